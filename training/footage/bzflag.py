"""BZFlag 2.4 (tank battle) for make.py: the view from one tank that the game's autopilot drives,
robots against it; the truth is what the client prints about kills.

Row keys: map (size-N: N the seed of an arena of boxes and pyramids, size its half width in m),
seed, seconds, robots, shots (of a tank at a time), ricochet=on, jump=on, flags (how many super
flags lie about), team (red, green, blue, purple, rogue). The server keeps real time, so two runs
of one row are not the same battle.
events=none: no robots, or none that shoot.
"""
import os
import random
import re
import socket
import subprocess
import sys

# While it joins, the client asks its server a few times in a row, by a clock that stands still.
WAIT = r'''
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <sys/select.h>
int select(int n, fd_set *r, fd_set *w, fd_set *x, struct timeval *t) {
    static int (*real)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
    if (!real) real = dlsym(RTLD_NEXT, "select");
    if (n > 0 && r && w && t && t->tv_sec >= 1 && FD_ISSET(n - 1, r)) {
        struct pollfd p = {n - 1, POLLIN, 0};
        poll(&p, 1, 5000);
    }
    return real(n, r, w, x, t);
}
'''
ME = 'Viewer'
SETTINGS = '''set disableMOTD 1
set quality medium
set panelopacity 0.3
set radaropacity 0.3
set startcode 0
bind Enter down fire
bind Enter up fire
bind 9 down autopilot
bind I up restart
'''


def arena(name):
    """A world file: a ring of boxes and pyramids, the same for the same name."""
    size, number = (int(x) for x in name.split('-'))
    pick = random.Random(number)
    out = ['world', 'size %d' % size, 'end']
    for _ in range(8 + size // 10):
        x, y = (pick.uniform(-.85, .85) * size for _ in range(2))
        if abs(x) + abs(y) < .15 * size:
            continue
        wide, deep, high = pick.uniform(4, 16), pick.uniform(4, 16), pick.choice((6, 8, 12, 20))
        out += [pick.choice(('box', 'box', 'pyramid')), 'position %.1f %.1f 0' % (x, y),
                'size %.1f %.1f %.1f' % (wide, deep, high),
                'rotation %.0f' % pick.uniform(0, 360), 'end']
    return '\n'.join(out) + '\n'


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def events_of(lines):
    events = []

    def add(t, kind, weight, text, **more):
        events.append(dict(t=t, type=kind, weight=weight, text=text, **more))

    for frame, line in lines:
        line = re.sub(r'\x1b\[[0-9;]*m', '', line).strip()
        t = frame / 30
        victim, colon, rest = line.partition(': ')
        by = re.match(r'(?:killed by|destroyed by|was destroyed by) (?:teammate )?(\S+)', rest)
        if colon and by:
            killer = by.group(1)
            if killer == ME and 'teammate' in rest:
                add(t, 'teamkill', .5, 'POV killed team mate ' + victim)
            elif killer == ME:
                add(t, 'kill', 3.0, 'POV killed ' + victim, chain=True)
            elif victim != ME:
                add(t, 'other_kill', .2, '%s killed by %s' % (victim, killer))
        elif re.match(r'(Got (shot|flattened|skewered)|Killed by)', line):
            add(t, 'death', 1.5, 'POV ' + line)
    return events


def record(row, work, video, capture):
    """Records the row's battle to `video`; returns (events, seconds, point of view, source)."""
    home = os.path.join(work, 'bz_' + row['name'])
    os.makedirs(home, exist_ok=True)
    open(home + '/config.cfg', 'w').write(SETTINGS)
    open(home + '/arena.bzw', 'w').write(arena(row['map']))
    shim = os.path.join(work, 'bzwait.so')
    subprocess.run(['gcc', '-O1', '-shared', '-fPIC', '-x', 'c', '-o', shim, '-', '-ldl'],
                   input=WAIT, text=True, check=True)
    recorder = sys.modules['capture']
    recorder.SHIM = shim + ':' + recorder.SHIM
    port = str(free_port())
    server = ['/usr/games/bzfs', '-p', port, '-i', '127.0.0.1', '-ms', row.get('shots', '3'),
              '-mp', '40', '-autoTeam', '-world', home + '/arena.bzw']
    server += ['+r'] if row.get('ricochet') == 'on' else []
    server += ['-j'] if row.get('jump') == 'on' else []
    server += ['+s', row['flags']] if 'flags' in row else []
    client = ['/usr/games/bzflag', '-e', '-window', '640x360', '-nolist', '-nomotd',
              '-configdir', home, '-team', row.get('team', 'red')]
    client += ['-solo', row['robots']] if row.get('robots', '6') != '0' else []
    # "i" brings a dead tank back, 9 hands it to the autopilot.
    frames = int(row['seconds']) * 30
    keys = ','.join(['60:9'] + ['%d:I' % frame for frame in range(30, frames, 60)])
    with open(home + '/server.log', 'w') as log:
        child = subprocess.Popen(server, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            lines, info = capture(
                client + ['%s@localhost:%s' % (ME, port)], video, frames, crf=28,
                env={'HOME': home, 'LP_NUM_THREADS': '0', 'CAP_START': '[SERVER->]',
                     'CAP_KEYS': keys},
                work=work + '/cap', preset='veryfast', epoch=1700000000 + int(row['seed']))
        finally:
            child.kill()
            child.wait()
    return (events_of(lines), info['seconds'], 'first person, autopilot',
            'BZFlag 2.4.26, robots; truth = messages of the client')
