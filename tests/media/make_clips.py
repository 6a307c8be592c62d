#!/usr/bin/python3
"""Generates the clips of matrix.txt: short, small, deterministic, and readable by machines.

Every picture carries its frame number as a bar code, a disc that turns white for 100 ms at known
times while a 2 kHz beep sounds, and patches of known colours. A clip NAME.EXT has NAME.json beside
it, which says what a player has to show and sound (see `manifest`).

usage: make_clips.py FOLDER [NAME ...]     generates (only what is missing or outdated)
       make_clips.py --check               every combination is in matrix.txt or left out by a rule
Needs numpy and the ffmpeg command with libx264, libx265, libvpx and libaom.
"""
import concurrent.futures
import fractions
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
CONTAINERS = ["mp4", "mov", "mkv", "webm", "avi", "ts"]
CODECS = ["h264", "hevc", "vp9", "av1", "mpeg4"]
LENGTH_S = 6
FLASHES_S = [1, 2, 3, 4, 5]
FLASH_LENGTH_S = fractions.Fraction(1, 10)
BEEP_HZ, OTHER_TRACK_HZ, HUM_HZ, SOUND_HZ = 2000, 3150, 220, 48000
LATE_SOUND_S, GAP_S = 1.5, (3.3, 3.8)
CANARY = "CANARY-4711"

# Each variant is what differs from `plain`: 320x180, 30 fps, stereo, untagged colour.
VARIANTS = {
    "plain": {},
    "fps24": {"rate": (24, 1)},
    "fps60": {"rate": (60, 1)},
    "fps5994": {"rate": (60000, 1001)},
    "fps120": {"rate": (120, 1)},
    "vfr": {"vfr": True},                       # 60 fps, then 30, then 3/120 s and 7/120 s in turn
    "portrait": {"size": (180, 320)},
    "size1366x768": {"size": (1366, 768)},      # not a multiple of 16 or 4, and HD
    "wide21x9": {"size": (420, 180)},
    "rotated90": {"size": (180, 320), "rotate": 90},
    "rotated270": {"size": (180, 320), "rotate": 270},
    "sar": {"stored_width": 240},               # pixels 4:3 wide
    "mono": {"channels": 1},
    "surround": {"channels": 6},                # the beep is in the centre channel alone
    "silent": {"channels": 0},
    "twotracks": {"tracks": 2},                 # the second: other beeps at other times
    "latesound": {"without_sound_s": (0, LATE_SOUND_S)},
    "gaps": {"without_sound_s": GAP_S},
    "hdr10": {"colour": "pq"},
    "hlg": {"colour": "hlg"},
    "fullrange": {"colour": "full"},
    "tagged709": {"colour": "709"},
    "bframes": {"bframes": 2},
    "copied": {"hidden_s": 1},                  # cut out of a longer clip without encoding again
    "opengop": {"open_gop": True},              # pictures before a key picture need the GOP before
}
HIDDEN_NUMBER = 4000  # bar codes of what a cut hides begin here

# ---- the picture: a palette image, so that colour is exact in every system ---------------------

PALETTE = {  # sRGB
    "ground": (64, 64, 64), "black": (16, 16, 16), "white": (235, 235, 235),
    "red": (191, 30, 30), "green": (30, 191, 30), "blue": (30, 30, 191),
    "yellow": (191, 191, 30), "grey": (128, 128, 128), "light": (210, 210, 210),
}
NAMES = list(PALETTE)
PATCHES = ["red", "green", "blue", "yellow", "grey", "light"]


class Layout:
    """Where things are, for a display of W x H. All of it is in the centred square."""

    def __init__(self, width, height):
        self.side = min(width, height)
        self.left, self.top = (width - self.side) // 2, (height - self.side) // 2

    def box(self, x0, y0, x1, y1):
        """A box in 180ths of the square, as even pixels (x0, y0, x1, y1)."""
        def at(origin, u):
            return (origin + round(u * self.side / 180)) // 2 * 2
        return at(self.left, x0), at(self.top, y0), at(self.left, x1), at(self.top, y1)

    def bit(self, i):
        column, row = i % 8, i // 8
        return self.box(10 + 20 * column, 6 + 24 * row, 30 + 20 * column, 26 + 24 * row)

    def disc(self):
        """Centre x, centre y, radius."""
        unit = self.side / 180
        return self.left + 90 * unit, self.top + 92 * unit, 32 * unit

    def patch(self, i):
        return self.box(6 + 28 * i, 134, 34 + 28 * i, 170)


def code_of(number):
    """The 16 bits of a frame number: 12 of it, then a checksum that nothing plain fulfils."""
    check = (number + (number >> 4) + (number >> 8) + 5) & 15
    return (number & 4095) << 4 | check


def frame_of(code):
    number = code >> 4
    return number if code_of(number) == code else None


def base_picture(width, height):
    layout = Layout(width, height)
    picture = np.full((height, width), NAMES.index("ground"), np.uint8)
    for i, name in enumerate(PATCHES):
        x0, y0, x1, y1 = layout.patch(i)
        picture[y0:y1, x0:x1] = NAMES.index(name)
    x, y, radius = layout.disc()
    ys, xs = np.mgrid[0:height, 0:width] + 0.5
    return picture, layout, (xs - x) ** 2 + (ys - y) ** 2 < radius ** 2


def pictures(width, height, flashing, hidden=0):
    """Yields one palette image a frame; `flashing[i]` says whether the disc is white. `hidden`
    frames come before those."""
    base, layout, disc = base_picture(width, height)
    black, white = NAMES.index("black"), NAMES.index("white")
    numbers = [(HIDDEN_NUMBER + i, False) for i in range(hidden)] + list(enumerate(flashing))
    for number, flash in numbers:
        picture = base.copy()
        picture[disc] = white if flash else black
        code = code_of(number)
        for i in range(16):
            x0, y0, x1, y1 = layout.bit(i)
            picture[y0:y1, x0:x1] = white if code >> (15 - i) & 1 else black
        y = (number * 4) % (height - 16)
        picture[y:y + 16, :max(layout.left - 8, 0)] = white  # something moves beside the square
        yield picture


def srgb_to_linear(v):
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def palette_in(colour, hd):
    """The palette as Y, Cb, Cr codes in a colour system: (codes, bit depth)."""
    rgb = np.array([PALETTE[n] for n in NAMES]) / 255.0
    kr, kb = (0.2126, 0.0722) if hd or colour in ("709", "full") else (0.299, 0.114)
    depth = 8
    if colour in ("pq", "hlg"):
        depth, kr, kb = 10, 0.2627, 0.0593
        to_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114],
                            [0.0164, 0.0880, 0.8956]])
        linear = srgb_to_linear(rgb) @ to_2020.T
        if colour == "pq":  # SMPTE ST 2084, diffuse white at 203 cd/m2 (ITU-R BT.2408)
            y = (linear * 203 / 10000) ** 0.1593017578125
            rgb = ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375
        else:               # ITU-R BT.2100 HLG, diffuse white at 75 % signal
            e = linear * 0.265
            rgb = np.where(e <= 1 / 12, np.sqrt(3 * e),
                           0.17883277 * np.log(np.maximum(12 * e - 0.28466892, 1e-9)) + 0.55991073)
    luma = rgb @ np.array([kr, 1 - kr - kb, kb])
    cb, cr = (rgb[:, 2] - luma) / (2 - 2 * kb), (rgb[:, 0] - luma) / (2 - 2 * kr)
    if colour == "full":
        codes = np.stack([255 * luma, 128 + 255 * cb, 128 + 255 * cr], 1)
    else:
        scale = 1 << (depth - 8)
        codes = scale * np.stack([16 + 219 * luma, 128 + 224 * cb, 128 + 224 * cr], 1)
    return np.clip(np.rint(codes), 0, (1 << depth) - 1).astype("u1" if depth == 8 else "<u2"), depth


COLOUR_TAGS = {
    "untagged": [],
    "709": ["bt709", "bt709", "bt709", "tv"], "full": ["bt709", "bt709", "bt709", "pc"],
    "pq": ["bt2020", "smpte2084", "bt2020nc", "tv"],
    "hlg": ["bt2020", "arib-std-b67", "bt2020nc", "tv"],
}

# ---- the sound ---------------------------------------------------------------------------------


def sound(channels, track, hidden_s=0):
    """Samples x channels. Track 0 beeps with the flashes, track 1 half a second later. Silence of
    `hidden_s` comes before that."""
    t = np.arange(LENGTH_S * SOUND_HZ) / SOUND_HZ
    hum = 0.03 * np.sin(2 * np.pi * HUM_HZ * t)
    beep = np.zeros_like(t)
    hz, shift = (BEEP_HZ, 0) if track == 0 else (OTHER_TRACK_HZ, 0.5)
    for at in FLASHES_S:
        at += shift
        on = (t >= at) & (t < at + float(FLASH_LENGTH_S))
        edge = np.clip(np.minimum(t[on] - at, at + float(FLASH_LENGTH_S) - t[on]) / 0.002, 0, 1)
        beep[on] = 0.5 * edge * np.sin(2 * np.pi * hz * (t[on] - at))
    if channels == 6:  # FL FR FC LFE BL BR
        nothing = np.zeros_like(t)
        mix = [hum, hum, beep, nothing, nothing, nothing]
    else:
        mix = [hum + beep] * channels
    heard = np.stack(mix, 1)
    return np.pad(heard, ((hidden_s * SOUND_HZ, 0), (0, 0))).astype("<f4")


def sound_codec(container, codec, spec):
    if container == "webm":
        return ["libopus", "-b:a", "96k"]
    if container == "avi":
        if spec["channels"] == 6:
            return ["ac3"]
        return ["libmp3lame"] if codec == "mpeg4" and spec["name"] == "plain" else ["pcm_s16le"]
    if container == "mov" and codec == "mpeg4":
        return ["pcm_s16le"]
    if container == "mkv" and spec["name"] == "mono":
        return ["flac"]
    if container == "mkv" and codec in ("vp9", "av1"):
        return ["libopus"]
    if spec["channels"] == 6 and container in ("ts", "mkv"):
        return ["ac3", "-b:a", "384k"]
    return ["aac", "-b:a", "128k"]


# ---- one clip ----------------------------------------------------------------------------------

PICTURE_CODECS = {
    "h264": ["libx264", "-preset", "ultrafast", "-crf", "18", "-g", "60"],
    "hevc": ["libx265", "-preset", "ultrafast", "-crf", "18",
             "-x265-params", "log-level=none:keyint=60:pools=none:frame-threads=1"],
    "vp9": ["libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-crf", "20", "-b:v", "0",
            "-g", "60"],
    "av1": ["libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-crf", "20", "-b:v", "0",
            "-g", "60"],
    "mpeg4": ["mpeg4", "-q:v", "2", "-g", "60"],
}
MUXERS = {"mp4": "mp4", "mov": "mov", "mkv": "matroska", "webm": "webm", "avi": "avi",
          "ts": "mpegts"}


def spec_of(container, codec, variant):
    spec = {"name": variant, "size": (320, 180), "rate": (30, 1), "channels": 2, "tracks": 1,
            "colour": "untagged", "rotate": 0, "without_sound_s": None, "vfr": False,
            "stored_width": 0, "hidden_s": 0, "open_gop": False,
            "bframes": 0 if container == "avi" or codec == "mpeg4" else 2}
    return spec | VARIANTS[variant]


def frame_times(spec):
    """Presentation times in seconds, exact."""
    if spec["vfr"]:
        ticks, n = [], 0
        while (t := vfr_ticks(n)) < LENGTH_S * 120:
            ticks.append(t)
            n += 1
        return [fractions.Fraction(t, 120) for t in ticks]
    rate = fractions.Fraction(*spec["rate"])
    return [n / rate for n in range(int(LENGTH_S * rate))]


def vfr_ticks(n):
    if n < 120:
        return 2 * n
    if n < 180:
        return 240 + 4 * (n - 120)
    return 480 + 10 * ((n - 180) // 2) + 3 * ((n - 180) % 2)


VFR_FILTER = ("settb=1/120,setpts='if(lt(N,120),2*N,if(lt(N,180),240+4*(N-120),"
              "480+10*floor((N-180)/2)+3*mod(N-180,2)))'")


def manifest(name, container, codec, spec, key):
    times = frame_times(spec)
    flashing = is_flashing(times)
    heard = [t for t in FLASHES_S if spec["channels"] and not
             (spec["name"] == "latesound" and t < LATE_SOUND_S)]
    width, height = spec["size"]
    return {
        "key": key, "file": f"{name}.{container}", "container": container, "codec": codec,
        "variant": spec["name"],
        "display_size": [width, height],
        "frame_rate": None if spec["vfr"] else list(spec["rate"]),
        "frame_times_s": [float(t) for t in times],
        "flashing": [bool(f) for f in flashing],
        "beeps_s": heard,
        "silence_s": list(GAP_S) if spec["name"] == "gaps" else None,
        "channels": spec["channels"], "tracks": spec["tracks"] if spec["channels"] else 0,
        "hdr": spec["colour"] in ("pq", "hlg"),
        "patches": {n: PALETTE[n] for n in PATCHES},
        "canary": CANARY,
    }


def is_flashing(times):
    return [any(f <= t < f + FLASH_LENGTH_S for f in FLASHES_S) for t in times]


def ffmpeg_command(container, codec, spec, sounds, out):
    width, height = stored_size(spec)
    ten_bit = spec["colour"] in ("pq", "hlg")
    rate = "60/1" if spec["vfr"] else "{}/{}".format(*spec["rate"])
    command = ["ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-f", "rawvideo",
               "-pixel_format", "yuv420p10le" if ten_bit else "yuv420p",
               "-video_size", f"{width}x{height}", "-framerate", rate, "-i", "pipe:0"]
    for path in sounds:
        command += ["-f", "f32le", "-ar", str(SOUND_HZ), "-ac", str(spec["channels"]), "-i", path]
    command += ["-map", "0:v"]
    for i in range(len(sounds)):
        command += ["-map", f"{i + 1}:a"]
    filters = [VFR_FILTER] if spec["vfr"] else []
    if spec["stored_width"]:
        filters.append(f"setsar={spec['size'][0]}/{spec['stored_width']}")
    if filters:
        command += ["-vf", ",".join(filters)]
    command += ["-fps_mode", "passthrough"]  # or AVI gets a frame twice
    if spec["vfr"]:
        command += ["-enc_time_base:v", "1:120"]
    command += ["-c:v"] + PICTURE_CODECS[codec] + ["-threads", "1"]
    if codec == "h264":
        command += ["-bf", str(spec["bframes"])]
    if spec["open_gop"]:
        command += ["-x264-params", "open-gop=1"]
    if codec == "vp9" and ten_bit:
        command += ["-profile:v", "2"]
    if codec == "hevc" and container in ("mp4", "mov"):
        command += ["-tag:v", "hvc1"]
    for option, value in zip(["-color_primaries", "-color_trc", "-colorspace", "-color_range"],
                             COLOUR_TAGS[spec["colour"]]):
        command += [option, value]
    if sounds:
        command += ["-c:a"] + sound_codec(container, codec, spec)
    if spec["without_sound_s"]:  # by packet numbers: the filter's own time base is not the packets'
        frame = 960 if "libopus" in command else 1024
        first, last = (round(t * SOUND_HZ / frame) for t in spec["without_sound_s"])
        command += ["-bsf:a", f"noise=drop='between(n\\,{first}\\,{last})'"]
    if container == "ts" and spec["without_sound_s"]:
        command += ["-pes_payload_size", "0"]  # or frames from both sides share a time stamp
    command += ["-metadata", f"title={CANARY}", "-metadata", f"comment={CANARY}",
                "-metadata", "creation_time=2001-02-03T04:05:06Z",
                "-metadata", "location=+48.8584+002.2945/", "-metadata", f"artist={CANARY}",
                "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
                "-f", MUXERS[container], out]
    return command


def turned(path, anticlockwise):
    """FFmpeg 5.1 writes a display matrix only when it copies packets."""
    result = path + ".turned" + pathlib.Path(path).suffix
    subprocess.run(["ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-i", path, "-map", "0",
                    "-c", "copy", "-metadata:s:v:0", f"rotate={anticlockwise}",
                    "-fflags", "+bitexact", result], check=True, timeout=60)
    return result


def cut(path, seconds):
    """The key picture before the cut and all from there stay in the file; an edit list hides them.
    The cut must lie between key pictures."""
    result = path + ".cut" + pathlib.Path(path).suffix
    subprocess.run(["ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-ss", str(seconds), "-i",
                    path, "-map", "0", "-c", "copy", "-fflags", "+bitexact", result], check=True,
                   timeout=60)
    return result


def stored_size(spec):
    width, height = spec["size"]
    if spec["rotate"] in (90, 270):
        width, height = height, width
    return spec["stored_width"] or width, height


def stored_picture(picture, spec):
    """What the file holds: turned against its display rotation, squeezed by its pixel aspect."""
    if spec["rotate"]:
        picture = np.rot90(picture, spec["rotate"] // 90)
    if spec["stored_width"]:
        width = picture.shape[1]
        columns = (np.arange(spec["stored_width"]) + 0.5) * width / spec["stored_width"]
        picture = picture[:, columns.astype(int)]
    return picture


def write_pictures(pipe, spec):
    codes, _ = palette_in(spec["colour"], spec["size"][1] > 576 and spec["size"][0] > 1024)
    hidden = spec["hidden_s"] * spec["rate"][0] // spec["rate"][1]
    for picture in pictures(*spec["size"], is_flashing(frame_times(spec)), hidden):
        stored = stored_picture(picture, spec)
        pipe.write(codes[:, 0][stored].tobytes())
        quarter = stored[::2, ::2]
        pipe.write(codes[:, 1][quarter].tobytes())
        pipe.write(codes[:, 2][quarter].tobytes())


def make(folder, container, codec, variant):
    """Generates one clip; returns its name and whether it had to be made."""
    name = f"{container}-{codec}-{variant}"
    spec = spec_of(container, codec, variant)
    source = pathlib.Path(__file__).read_bytes()
    key = hashlib.sha256(source + name.encode()).hexdigest()
    clip, side = folder / f"{name}.{container}", folder / f"{name}.json"
    if clip.exists() and side.exists() and json.loads(side.read_text())["key"] == key:
        return name, False
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        sounds = []
        for track in range(spec["tracks"] if spec["channels"] else 0):
            path = os.path.join(scratch, f"{track}.f32")
            sound(spec["channels"], track, spec["hidden_s"]).tofile(path)
            sounds.append(path)
        part = os.path.join(scratch, clip.name)
        command = ffmpeg_command(container, codec, spec, sounds, part)
        with tempfile.TemporaryFile() as errors:
            child = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=errors)
            try:
                write_pictures(child.stdin, spec)
                child.stdin.close()
            except BrokenPipeError:
                pass
            status = child.wait(timeout=120)
            errors.seek(0)
            text = errors.read().decode(errors="replace")
        if status != 0:
            raise RuntimeError(f"{name}: ffmpeg ended with {status}: {text}\n{' '.join(command)}")
        if spec["rotate"]:
            part = turned(part, 360 - spec["rotate"])
        if spec["hidden_s"]:
            part = cut(part, spec["hidden_s"])
        os.replace(part, clip)
    side.write_text(json.dumps(manifest(name, container, codec, spec, key)))
    return name, True


# ---- the list ----------------------------------------------------------------------------------


def read_matrix():
    """(included combinations in order, rules as (container, codec, variant patterns, reason))."""
    included, rules = [], []
    for line in (HERE / "matrix.txt").read_text().splitlines():
        if line.startswith("!"):
            pattern, _, reason = line[1:].partition(":")
            rules.append((*pattern.split(), reason.strip()))
        elif line.strip() and not line.startswith("#"):
            included.append(tuple(line.split()))
    return included, rules


def check():
    included, rules = read_matrix()
    problems = [f"listed twice: {c}" for c in set(included) if included.count(c) > 1]
    problems += [f"unknown: {c}" for c in included if not
                 (c[0] in CONTAINERS and c[1] in CODECS and c[2] in VARIANTS)]
    used = set()
    for combination in ((a, b, c) for a in CONTAINERS for b in CODECS for c in VARIANTS):
        if combination in included:
            continue
        for i, rule in enumerate(rules):
            if all(p == "*" or x in p.split("|") for p, x in zip(rule, combination)):
                used.add(i)
                break
        else:
            problems.append("neither listed nor left out: " + " ".join(combination))
    problems += [f"a rule leaves nothing out: {r}" for i, r in enumerate(rules) if i not in used]
    problems += [f"a rule has no reason: {r}" for r in rules if not r[3]]
    for problem in problems:
        print("matrix.txt:", problem)
    print(f"matrix.txt: {len(included)} combinations listed, {len(problems)} problems")
    return not problems


def ensure(folder, names=None, workers=2):
    """Generates what is missing; returns the manifests, in the order of matrix.txt."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [c for c in read_matrix()[0] if not names or "-".join(c) in names]
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        done = list(pool.map(lambda c: make(folder, *c), wanted))
    fresh = sum(1 for _, made in done if made)
    if fresh:
        print(f"clips: {fresh} generated, {len(done) - fresh} kept", flush=True)
    return [json.loads((folder / f"{name}.json").read_text()) for name, _ in done]


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 2
    if arguments[0] == "--check":
        return 0 if check() else 1
    manifests = ensure(arguments[0], set(arguments[1:]))
    print(f"clips: {len(manifests)} ready in {arguments[0]}")
    return 0 if manifests else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
