"""Hedgewars 1.0 (turn-based artillery, AI teams) for make.py: a round set up and watched by a Lua
script of ours that prints one line per game event; the recorder stamps it with the video frame.

Row keys: map (a map of the game, or random-THEME, maze-THEME, perlin-THEME), seed, seconds, teams,
hogs (per team), ai (1 strongest to 5), arms (a set of ARMS), voices (packs of the teams), flags
(game flags of its Lua interface, joined by +), zoom (percent), volume, music=off, health.
events=none: two teams that have nothing but to walk and skip.
"""
import os

# What every hog may use without end; after ":" the first turn it is allowed in.
ARMS = {
    'classic': 'Bazooka Grenade ClusterBomb Shotgun Mortar DEagle FirePunch BaseballBat '
               'Dynamite:1 Mine:1',
    'heavy': 'Bazooka Mortar Watermelon:1 HellishBomb:2 Dynamite Drill Grenade ClusterBomb',
    'guns': 'Shotgun DEagle UZI SniperRifle Minigun SineGun Whip Hammer FirePunch',
    'fire': 'Molotov Flamethrower Grenade Napalm:1 Bazooka GasBomb Drill',
    'air': 'AirAttack Bazooka MineStrike:1 Napalm Grenade Mortar Shotgun',
    'none': '',
}
NAMES = ('Ash Birch Cedar Dogwood Elm Fir Gorse Hazel Iris Juniper Kale Larch Maple Nettle Oak '
         'Pine Quince Rowan Sedge Thistle Umbel Vetch Willow Yarrow').split()
HATS = ('NoHat Cowboy Viking Samurai Santa chef crown Sunglasses WizardHat RobinHood Zombi '
        'Skull').split()
COLOURS = (0xDD0000, 0x1F64D8, 0x2CA02C, 0xE0B020)
TEAMS = ('Reds', 'Blues', 'Greens', 'Golds')
GENERATORS = {'random': 'mgRandom', 'maze': 'mgMaze', 'perlin': 'mgPerlin'}

# Its console is flushed by the 256 bytes, so each line is followed by as many that say nothing.
WATCH = r'''
local function log(...)
  WriteLnToConsole("HLEV\t" .. table.concat({...}, "\t"))
  WriteLnToConsole(string.rep(".", 240)); WriteLnToConsole(string.rep(".", 240))
end
local function hog(g) return g and GetHogName(g) .. "/" .. GetHogTeamName(g) or "-" end
function onGameStart() log("start") end
function onNewTurn() log("turn", TotalRounds, hog(CurrentHedgehog)) end
function onHogAttack(a) log("attack", a, hog(CurrentHedgehog)) end
function onGearDamage(g, d)
  if GetGearType(g) == gtHedgehog then log("damage", d, hog(g), hog(CurrentHedgehog)) end
end
function onGearDelete(g)
  if GetGearType(g) == gtHedgehog then
    log("gone", GetY(g) > WaterLine and "drowned" or "killed", hog(g), hog(CurrentHedgehog))
  end
end
function onGameResult(w) log("over", w) end
'''


def lua(row):
    """The script of one round."""
    flags = row.get('flags', '').split('+') if row.get('flags') else []
    kind, _, theme = row['map'].partition('-')
    land = ['MapGen = %s; Theme = "%s"' % (GENERATORS[kind], theme)] if theme else [
        'Map = "%s"' % row['map']]
    seed, teams, hogs = int(row['seed']), int(row.get('teams', 2)), int(row.get('hogs', 4))
    voices = row.get('voices', 'Default').split(',')
    out = ['function onGameInit()', 'Seed = "%d"' % seed, *land,
           'GameFlags = ' + (' + '.join(flags) or '0'), 'TurnTime = 20000; Delay = 0; Ready = 0',
           'CaseFreq = 5; MinesNum = 4; Explosives = 3; SuddenDeathTurns = 40']
    for team in range(teams):
        out.append('AddTeam("%s", %d, "Statue", "Castle", "%s", "hedgewars")' % (
            TEAMS[team], COLOURS[team], voices[team % len(voices)]))
        for i in range(hogs):
            k = seed + 7 * team + i
            out.append('AddHog("%s", %d, %d, "%s")' % (
                NAMES[k % len(NAMES)], int(row.get('ai', 2)), int(row.get('health', 100)),
                HATS[(k * 5) % len(HATS)]))
    out += ['end', 'function onAmmoStoreInit()', 'SetAmmo(amSkip, 9, 0, 0, 0)']
    for word in ARMS[row.get('arms', 'classic')].split():
        name, _, turn = word.partition(':')
        out.append('SetAmmo(am%s, 9, 0, %s, 1)' % (name, turn or '0'))
    return '\n'.join(out + ['end', WATCH])


def events_of(lines):
    """Events of the stamped lines: what one attack did to hogs counts once, at its first hit."""
    events, hit = [], None

    def close():
        if hit:
            total = hit['damage']
            big = total >= 40
            events.append(dict(t=hit['t'], type='big_hit' if big else 'hit',
                               weight=round(min(3.0, 2 + (total - 40) / 60) if big
                                            else total / 25, 2),
                               text='%s does %d damage to %d' % (hit['by'], total,
                                                                 len(hit['hogs']))))

    for frame, line in lines:
        if 'HLEV\t' not in line:
            continue
        word = line[line.index('HLEV\t'):].split('\t')[1:]
        t = frame / 30
        if word[0] == 'damage':
            if hit and (t - hit['last'] > 2.5 or hit['by'] != word[3]):
                close()
                hit = None
            hit = hit or dict(t=t, by=word[3], damage=0, hogs=set())
            hit['damage'] += int(word[1])
            hit['hogs'].add(word[2])
            hit['last'] = t
        elif word[0] == 'gone':
            events.append(dict(t=t, type=word[1], weight=3.0, chain=True,
                               text='%s is %s in the turn of %s' % (word[2], word[1], word[3])))
        elif word[0] == 'turn':
            events.append(dict(t=t, type='turn', weight=0.0, text='turn of ' + word[2]))
        elif word[0] == 'attack':
            events.append(dict(t=t, type='attack', weight=0.2, text='%s attacks' % word[2]))
        elif word[0] == 'over':
            events.append(dict(t=t, type='game_over', weight=4.0, text='round over'))
    close()
    return events


def record(row, work, video, capture):
    """Records the row's round to `video`; returns (events, seconds, point of view, source)."""
    user = os.path.join(work, 'hw_' + row['name'])
    os.makedirs(user + '/Data/Scripts', exist_ok=True)
    open(user + '/Data/Scripts/watched.lua', 'w').write(lua(row))
    messages = ['TL', 'escript Scripts/watched.lua', 'eseed ' + row['seed'], '!']
    open(user + '/round.hwd', 'wb').write(
        b''.join(bytes([len(m)]) + m.encode() for m in messages))
    command = ['/usr/lib/hedgewars/bin/hwengine', '--prefix', '/usr/share/games/hedgewars/Data',
               '--user-prefix', user, '--width', '640', '--height', '360', '--nick', 'viewer',
               '--zoom', row.get('zoom', '55'), '--volume', row.get('volume', '70')]
    command += ['--nomusic'] if row.get('music') == 'off' else []
    lines, info = capture(command + [user + '/round.hwd'], video, int(row['seconds']) * 30, crf=28,
                          env={'HOME': user, 'CAP_START': 'HLEV\tstart'}, work=work + '/cap',
                          preset='veryfast', epoch=1700000000 + int(row['seed']))
    return (events_of(lines), info['seconds'], 'whole battlefield, camera follows the action',
            'Hedgewars 1.0.2, AI teams; truth = its Lua hooks')
