"""Nexuiz 2.5 (fast arena shooter, bots) for make.py: the view of one bot, the truth of the event
log that the game's server prints; the recorder stamps each line with the video frame.

Row keys: map, seed, seconds, mode (dm, tdm, ctf, minstagib), bots (how many), skill (0 to 10), fov,
volume (0 to 1), music=off, gamma, and names of console variables with a dot before them
(.crosshair=5).
events=none: the one bot walks alone.
"""
import os
import re

# Clearing its map of shadows, 8192 wide, would cost half of the time.
LIGHT = '''exec effects-low.cfg
gl_picmip 1
gl_max_size 256
gl_texture_anisotropy 1
r_bloom 0
r_water 0
r_motionblur 0
r_coronas 0
r_shadow_shadowmapping 0
r_shadow_shadowmapping_texturesize 512
r_shadow_shadowmapping_maxsize 128
r_viewscale 0.75
r_glsl_deluxemapping 0
r_glsl_offsetmapping 0
r_glsl_postprocess 0
r_shadow_realtime_dlight 0
r_shadow_realtime_world 0
cl_decals 0
cl_particles_quality 0.4
'''
# Bots join 1 s after the map; the viewer then follows the first of them.
START = '''bot_join_empty 1
timelimit_override 0
fraglimit_override 0
capturelimit_override 0
g_warmup 0
sv_public 0
sv_eventlog 1
sv_eventlog_console 1
sv_eventlog_files 0
cl_autodemo 0
con_notify 0
defer 2 "+attack"
defer 2.2 "-attack"
defer 3.5 "echo HLSTART"
'''
MODES = {'dm': '', 'tdm': 'g_tdm 1\ng_dm 0\n', 'ctf': 'g_ctf 1\ng_dm 0\n',
         'minstagib': 'g_minstagib 1\n'}


def settings(row):
    more = {'skill': row.get('skill', 5), 'bot_number': row.get('bots', 5),
            'fov': row.get('fov', 90), 'volume': row.get('volume', .7),
            'v_gamma': row.get('gamma', 1.5),
            'bgmvolume': 0 if row.get('music') == 'off' else .6, 'g_tdm_teams': 2}
    more.update((key[1:], value) for key, value in row.items() if key.startswith('.'))
    return (LIGHT + MODES[row.get('mode', 'dm')] + START +
            ''.join('%s %s\n' % pair for pair in more.items()) + 'map %s\n' % row['map'])


class Log:
    """Reads the event log; `events` are those since recording began."""

    def __init__(self):
        self.names, self.events, self.me = {}, [], None

    def add(self, t, kind, weight, text, **more):
        self.events.append(dict(t=t, type=kind, weight=weight, text=text, **more))

    def name(self, who):
        return self.names.get(who, 'nobody')

    def kill(self, t, how, killer, victim):
        names = (self.name(killer), self.name(victim))
        if killer == self.me and victim != self.me:
            if how == 'tk':
                self.add(t, 'teamkill', .5, 'POV killed team mate ' + names[1])
            else:
                self.add(t, 'kill', 3.0, 'POV killed ' + names[1], chain=True)
        elif victim == self.me:
            alone = how in ('suicide', 'accident')
            self.add(t, 'death', 1.0 if alone else 1.5, 'POV killed by ' + names[0])
        else:
            self.add(t, 'other_kill', .2, '%s killed by %s' % (names[1], names[0]))

    def flag(self, t, what, who):
        weights = {'steal': .7, 'pickup': .7, 'capture': 3.0, 'return': .5}
        mine = {'steal': 2.0, 'pickup': 1.0, 'capture': 6.0, 'return': 1.5}
        if what in weights:
            me = who == self.me
            self.add(t, ('pov_' if me else '') + 'flag_' + what, (mine if me else weights)[what],
                     '%s: flag %s' % (self.name(who), what))

    def line(self, t, text):
        word = text.split(':')
        if word[1] == 'join':
            self.names[word[2]] = word[5]
            if word[4] == 'bot' and self.me is None:
                self.me = word[2]
        elif word[1] == 'kill':
            self.kill(t, word[2], word[3], word[4])
        elif word[1] == 'ctf' and len(word) > 4:
            self.flag(t, word[2], word[4])


def record(row, work, video, capture):
    """Records the row's game to `video`; returns (events, seconds, point of view, source)."""
    home = os.path.join(work, 'nx_' + row['name'])
    os.makedirs(home + '/data', exist_ok=True)
    open(home + '/data/recorded.cfg', 'w').write(settings(row))
    command = ['/usr/games/darkplaces', '-nexuiz', '-basedir', '/usr/share/games/nexuiz',
               '-userdir', home, '-window', '-width', '640', '-height', '360',
               '+vid_fullscreen', '0', '+exec', 'recorded.cfg']
    # One thread draws: with two, each of many short passes waits for both on a busy machine.
    lines, info = capture(command, video, int(row['seconds']) * 30, crf=29, work=work + '/cap',
                          env={'HOME': home, 'CAP_START': 'HLSTART', 'CAP_SELECT': '1',
                               'LP_NUM_THREADS': '0'},
                          preset='veryfast', epoch=1700000000 + int(row['seed']))
    log, started = Log(), False
    for frame, line in lines:
        line = re.sub(r'\x1b\[[0-9;]*m', '', line).strip()
        started = started or 'HLSTART' in line
        if line.startswith(':join:') or (started and line.startswith(':') and ':' in line[1:]):
            log.line(frame / 30, line)
    return (log.events, info['seconds'], 'first person (follow) of ' + log.name(log.me),
            'Nexuiz 2.5.2, bots; truth = server event log')
