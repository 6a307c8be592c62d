#!/usr/bin/python3
"""Make every missing video of videos.txt: real games, played by bots, with exact event labels.

usage: make.py [--generators DIR] [--work DIR] [--out DIR] [--display :N] [--list] [NAME...]

Writes OUT/NAME.mp4 and OUT/NAME.json, one video at a time, games interleaved, so that a stop at any
moment leaves a balanced set; run it again and it goes on. A video counts only when both files are
whole. The label file is that of the generators (events, highlights, per_second, positive) plus
name, map, split, events_none and recipe (its line of the table). One line of log per video on
standard output; what the game and the generator print is in WORK/NAME.log. A video that fails is
reported and skipped; the exit status is 1 when any did.

The generators record a game under a virtual clock, so a busy machine slows them but cannot disturb
sync: run it for hours in the background (they run the games and the encoder at nice 10). Several
may run at once, each with its own --work and --display; no two make the same video. The recorder
and four of the generators are not part of this repository; DIR is copied to WORK and run from
there. Three games of ours (hedgewars.py, nexuiz.py, bzflag.py) use the same recorder. Debian
packages: gcc cmake make curl python3 ffmpeg xvfb libgl1-mesa-dri libsdl2-dev libsdl2-mixer-dev
libsdl2-net-dev libgl-dev libopenal-dev freedoom openarena ioquake3 armagetronad wesnoth-1.16-core
wesnoth-1.16-data wesnoth-1.16-music hedgewars nexuiz nexuiz-music bzflag-client bzflag-server.
"""
import argparse
import fcntl
import functools
import importlib.util
import json
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.expanduser('~/.cache/aiditor-footage')
FACTIONS = '/usr/share/games/wesnoth/1.16/data/multiplayer/factions/%s-default.cfg'
SPLITS = ('train', 'test-map')
DOOM_VIEWS = {'4:3': 'scale=480:360', 'wide': 'crop=640:360:0:120',
              'pillar': 'scale=480:360,pad=640:360:80:0'}
MIN_WEIGHT = 2.0  # the generators' rule: an event of this weight makes a highlight


# ---------------------------------------------------------------------------------- the table
def read_table(path):
    """Rows of videos.txt in the order of the file, as dicts of strings (plus 'line')."""
    rows = []
    for number, line in enumerate(open(path), 1):
        words = shlex.split(line, comments=True)
        if not words:
            continue
        where = '%s:%d' % (path, number)
        if len(words) < 4 or words[0] not in GAMES or words[2] not in SPLITS:
            sys.exit('%s: expected "game name train|test-map key=value ...".' % where)
        row = dict(game=words[0], name=words[1], split=words[2], line=' '.join(line.split()))
        for word in words[3:]:
            key, equals, value = word.partition('=')
            if not equals or key in row:
                sys.exit('%s: "%s" is not key=value, or the key is there twice.' % (where, word))
            row[key] = value
        rows.append(row)
    check_table(path, rows)
    return rows


def check_table(path, rows):
    """Names are unique, and no map of training is one that unseen maps are judged on."""
    names, side = set(), {}
    for row in rows:
        if row['name'] in names:
            sys.exit('%s: the name %s is there twice.' % (path, row['name']))
        names.add(row['name'])
        place = (row['game'], row.get('wad'), row['map'])
        if side.setdefault(place, row['split']) != row['split']:
            sys.exit('%s: %s of %s is in train and in test-map.' % (path, row['map'], row['game']))


def interleaved(rows):
    """Each game's rows (and the event-free ones) spread evenly over the whole run."""
    groups = {}
    for row in rows:
        groups.setdefault('none' if 'events' in row else row['game'], []).append(row)
    keyed = [((i + .5) / len(group), name, row)
             for name, group in groups.items() for i, row in enumerate(group)]
    return [row for _, _, row in sorted(keyed, key=lambda k: k[:2])]


# ---------------------------------------------------------- one row as a generator's SPEC entry
def openarena_spec(module, row):
    known = {'game', 'name', 'split', 'line', 'map', 'mode', 'seed', 'seconds', 'bots', 'events',
             'preset'}
    bots = []
    for word in row['bots'].split():
        bot, skill, team = (word.split(':') + [''])[:3]
        bots.append((bot, int(skill), team))
    cvars = {k: v for k, v in row.items() if k not in known}
    return (row['mode'], row['map'], int(row['seconds']), int(row['seed']), bots, 1, cvars)


def doom_spec(module, row):
    if row.get('music') == 'off':
        module.NOMUSIC.add(row['name'])
    warp = re.fullmatch(r'MAP(\d\d)|E(\d)M(\d)', row['map'])
    if not warp:
        raise ValueError('no such Doom map: ' + row['map'])
    levels = [str(int(x)) for x in warp.groups() if x]
    return (row['wad'], levels, int(row['skill']), int(row['seed']), int(row['seconds']),
            DOOM_VIEWS[row['view']], row.get('args', '').split())


def armagetron_spec(module, row):
    extra = [s.strip() for s in row.get('set', '').split(';')]
    extra += ['ARENA_AXES ' + row['axes']] if 'axes' in row else []
    extra += ['MAP_FILE ' + row['file']] if 'file' in row else []
    settings = dict(blind='.05', step='.05', range=row.get('range', '2.5'), ais=int(row['ais']),
                    iq=int(row.get('iq', 60)), finish=3, speed=int(row.get('speed', 0)),
                    size=int(row['size']), rounds=60, walls=int(row.get('walls', -1)),
                    stay=row.get('stay', '8'), extra='\n'.join(extra))
    return (int(row['seconds']), int(row['seed']), int(row['camera']), settings)


def wesnoth_spec(module, row):
    volume = int(row.get('music', 60))
    module.PREFS = module.PREFS.replace('music_volume=60', 'music_volume=%d' % volume)
    if volume == 0:
        module.PREFS = module.PREFS.replace('\nmusic=yes', '\nmusic=no')
    sides = []
    for i, faction in enumerate(row['sides'].split(',')):
        text = open(FACTIONS % faction).read()
        leaders, recruits = (re.search(r'^ *%s=(.*)$' % key, text, re.M).group(1).split(',')
                             for key in ('leader', 'recruit'))
        leader = leaders[int(row['seed']) % len(leaders)]
        sides.append((leader, ','.join(recruits), int(row.get('gold', 200)),
                      int(row.get('income', 10)), .7 + .1 * i, 0))
    return (int(row['seconds']), int(row['seed']), int(row['turn']), row['map'],
            int(row.get('xp', 60)), sides)


# A game either has one of the shared generators (its script and how a row becomes its SPEC entry)
# or a module beside this file with record(row, work, video, capture).
GAMES = {'openarena': ('openarena/oa2_gen.py', openarena_spec),
         'doom': ('doom/doom_gen.py', doom_spec),
         'armagetron': ('armagetron/at_gen.py', armagetron_spec),
         'wesnoth': ('wesnoth/wes_gen.py', wesnoth_spec),
         'hedgewars': ('hedgewars', None),
         'nexuiz': ('nexuiz', None),
         'bzflag': ('bzflag', None)}


def render(row, generators, work):
    """Run the row's generator in this process; W, OUT and DISPLAY are set by the parent."""
    script, spec = GAMES[row['game']]
    if spec is None:
        return render_own(script, row, generators, work)
    path = os.path.join(generators, script)
    loader = importlib.util.spec_from_file_location('generator', path)
    module = importlib.util.module_from_spec(loader)
    loader.loader.exec_module(module)
    module.SPEC[row['name']] = spec(module, row)
    if 'preset' in row:
        module.capture = functools.partial(module.capture, preset=row['preset'])
    module.main(row['name'], False)


def render_own(script, row, generators, work):
    """A game of ours: its module records and tells the events, the shared rule labels them."""
    sys.path[:0] = [generators, generators + '/capshim', HERE]
    import capture
    import labels
    module = importlib.import_module(script)
    base = os.path.join(os.environ['OUT'], row['name'])
    events, seconds, view, source = module.record(row, work, base + '.mp4', capture.capture)
    labels.save(base + '.json', labels.build(row['game'], seconds, 30, view, events,
                                             {'source': source}))
    kinds = [event['type'] for event in events]
    print('  ', {kind: kinds.count(kind) for kind in sorted(set(kinds))})


# ------------------------------------------------------------------------------- whole or not
def stream_seconds(path):
    """Length of a file that has video and audio to its end, else 0."""
    probe = subprocess.run(['ffprobe', '-v', 'error', '-show_entries', 'stream=codec_type,duration',
                            '-of', 'json', path], capture_output=True, text=True)
    if probe.returncode:
        return 0.0
    streams = json.loads(probe.stdout)['streams']
    lengths = {s['codec_type']: float(s.get('duration', 0)) for s in streams}
    return min(lengths.get('video', 0.0), lengths.get('audio', 0.0))


def is_whole(folder, row):
    """Both files are there, agree on the length, and cover the seconds the table asks for."""
    base = os.path.join(folder, row['name'])
    if not (os.path.exists(base + '.mp4') and os.path.exists(base + '.json')):
        return False
    try:
        label = json.load(open(base + '.json'))
    except ValueError:
        return False
    seconds = label['duration']
    return seconds >= .95 * int(row['seconds']) and abs(stream_seconds(base + '.mp4') - seconds) < 1


def complaint(label, row):
    """Why the label is of no use, or ''."""
    heavy = [e for e in label['events'] if e['weight'] >= MIN_WEIGHT]
    if row.get('events') == 'none':
        return 'has %d events of weight >= 2, first %s at %.1f s' % (
            len(heavy), heavy[0]['type'], heavy[0]['t']) if heavy else ''
    return '' if label['highlights'] else 'has no highlight'


# ---------------------------------------------------------------------------------- the run
def prepare(generators, work):
    """Copy the generators to WORK and build the recorder and the Doom with a bot."""
    copy = os.path.join(work, 'generators')
    os.makedirs(work, exist_ok=True)
    if not os.path.isdir(copy):
        shutil.copytree(generators, copy + '.new', copy_function=shutil.copy)
        subprocess.run(['chmod', '-R', 'u+w', copy + '.new'], check=True)
        os.rename(copy + '.new', copy)
    made = [copy + '/capshim/capshim.so', work + '/chocolate-doom-hl']
    if not all(map(os.path.exists, made)):
        with open(work + '/build.log', 'w') as log:
            subprocess.run([copy + '/doom/build.sh'], env=dict(os.environ, W=work), stdout=log,
                           stderr=log)
    if not os.path.exists(made[0]):
        sys.exit('The recorder could not be built; see %s/build.log.' % work)
    if not os.path.exists(made[1]):
        print('Doom could not be built; see %s/build.log.' % work, flush=True)
    return copy


def start_display(name):
    """An X server of our own; it is ended with this process."""
    ready, told = os.pipe()
    server = subprocess.Popen(['Xvfb', name, '-screen', '0', '1280x720x24', '-nolisten', 'tcp',
                               '-displayfd', str(told)], pass_fds=[told],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(told)
    # It writes its number and, apart, a line feed when it takes clients; it dies of a pipe closed
    # between the two. The pipe ends without them when it fails.
    number = b''
    while not number.endswith(b'\n') and select.select([ready], [], [], 10)[0]:
        piece = os.read(ready, 16)
        if not piece:
            break
        number += piece
    os.close(ready)
    if number.endswith(b'\n'):
        return server
    server.kill()
    sys.exit('Xvfb %s did not start; is that display in use? Try --display.' % name)


def stay_behind(nice):
    """Leaves the processor to everything else: where the kernel shares it between sessions, the
    niceness of a single process counts only within its own."""
    try:
        with open('/proc/self/autogroup', 'w') as group:
            group.write(str(nice))
    except OSError:
        os.nice(nice)


def run_generator(row, args, making):
    """The child that renders; returns '' or what went wrong. Ends all it started when too slow."""
    env = dict(os.environ, W=args.work, OUT=making, DISPLAY=args.display)
    # Drawing in software takes and returns memory all the time: keep it.
    env.update(MALLOC_TOP_PAD_='67108864', MALLOC_TRIM_THRESHOLD_='1073741824',
               MALLOC_MMAP_THRESHOLD_='1073741824')
    command = [sys.executable, os.path.abspath(__file__), '--work', args.work, '--nice',
               str(args.nice), '--render', row['name']]
    with open('%s/%s.log' % (args.work, row['name']), 'w') as log:
        child = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
        try:
            status = child.wait(300 + 12 * int(row['seconds']))
        except subprocess.TimeoutExpired:
            return 'took too long'
        finally:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
    return 'the generator failed' if status else ''


def make(row, args):
    """Make one video; returns its label or a string that says what went wrong."""
    making = os.path.join(args.work, 'making')
    shutil.rmtree(making, ignore_errors=True)
    os.makedirs(making)
    start = time.time()
    wrong = run_generator(row, args, making)
    while wrong and time.time() - start < 30:  # Armagetron often dies of itself while it starts
        wrong = run_generator(row, args, making)
    if wrong:
        return wrong
    if not is_whole(making, row):
        return 'the video is not whole'
    base = os.path.join(making, row['name'])
    label = json.load(open(base + '.json'))
    wrong = complaint(label, row)
    if wrong:
        return wrong
    label.update(name=row['name'], map=row['map'], split=row['split'], recipe=row['line'],
                 events_none=row.get('events') == 'none')
    json.dump(label, open(base + '.json', 'w'), indent=0)
    for end in ('.mp4', '.json'):  # the label last: with it the video counts
        temporary = os.path.join(args.out, '.' + row['name'] + end)
        shutil.move(base + end, temporary)
        os.replace(temporary, os.path.join(args.out, row['name'] + end))
    return label


def run(rows, args):
    os.makedirs(args.out, exist_ok=True)
    os.makedirs(args.work, exist_ok=True)
    lock = open(os.path.join(args.work, '.lock'), 'w')
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit('Another make.py works in %s; give this one another --work.' % args.work)
    missing = [row for row in rows if not is_whole(args.out, row)]
    print('%d of %d videos are missing.' % (len(missing), len(rows)), flush=True)
    if not missing:
        return 0
    prepare(args.generators, args.work)
    server = start_display(args.display)
    failed = []
    try:
        for row in missing:
            start = time.time()
            with open(os.path.join(args.out, '.%s.lock' % row['name']), 'w') as claim:
                try:
                    fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue  # another make.py is at it
                if is_whole(args.out, row):
                    continue  # another has made it
                result = make(row, args)
            wall = time.time() - start
            clock = time.strftime('%H:%M:%S')
            if isinstance(result, str):
                failed.append(row['name'])
                print('%s %-20s FAILED after %4.0f s: %s' % (clock, row['name'], wall, result),
                      flush=True)
            else:
                print('%s %-20s %4.0f s of video in %4.0f s, %2d highlights, %s' % (
                    clock, row['name'], result['duration'], wall, len(result['highlights']),
                    row['split']), flush=True)
    finally:
        server.terminate()
        server.wait()
    print('Done; failed: %s.' % (', '.join(failed) or 'none'), flush=True)
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--generators', default=HERE + '/../../../shared/footage/generators')
    parser.add_argument('--work', default=CACHE + '/work')
    parser.add_argument('--out', default=CACHE + '/videos')
    parser.add_argument('--display', default=':78', help='X display to start for the games')
    parser.add_argument('--nice', type=int, default=15, help='of the games, 0 to 19 (default 15)')
    parser.add_argument('--list', action='store_true', help='print the order and what is there')
    parser.add_argument('--render', action='store_true', help=argparse.SUPPRESS)
    parser.add_argument('names', nargs='*', metavar='NAME')
    args = parser.parse_args()
    args.work, args.out = os.path.abspath(args.work), os.path.abspath(args.out)
    rows = interleaved(read_table(HERE + '/videos.txt'))
    unknown = set(args.names) - {row['name'] for row in rows}
    if unknown:
        sys.exit('videos.txt has no ' + ', '.join(sorted(unknown)) + '.')
    rows = [row for row in rows if not args.names or row['name'] in args.names]
    if args.render:
        stay_behind(args.nice)
        return render(rows[0], args.work + '/generators', args.work)
    if args.list:
        for row in rows:
            print('%-7s %s' % ('there' if is_whole(args.out, row) else 'missing', row['line']))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit('Stopped.'))
    return run(rows, args)


if __name__ == '__main__':
    sys.exit(main())
