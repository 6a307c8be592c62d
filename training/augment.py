"""Variants of the training videos, as people record them: streamed at a constant bit rate with
music under it, or cropped with a face camera and a voice over it.

Deterministic: all that is random comes from the name of the video. Needs ffmpeg, espeak-ng (the
voice) and wesnoth-1.16-music (the music). A variant is 30 s of work for 150 s of video.
"""
import pathlib
import random
import subprocess

MUSIC = pathlib.Path("/usr/share/games/wesnoth/1.16/data/core/music")
LINES = ["Okay, let us go in from the left this time.", "Wait, wait, wait. Behind you!",
         "I have no idea how that missed.", "Oh my god, did you see that?", "Yes! Let us go!",
         "I will get some water, then one more round.", "Thanks for the follow, welcome in.",
         "No no no no, not like this.", "He is low, he is really low.", "That was so close."]


def run(command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def speech(seconds, folder, rng):
    """A wav of lines spoken at random, about a third of the time."""
    delays, inputs, at = [], [], rng.uniform(0, 6)
    while at < seconds - 4:
        line = folder / f"line{len(inputs)}.wav"
        run(["espeak-ng", "-v", rng.choice(["en-us", "en-gb", "en-us+f3", "en-gb+m4"]),
             "-s", str(rng.randint(150, 230)), "-p", str(rng.randint(25, 80)), "-w", line,
             rng.choice(LINES)])
        inputs += ["-i", line]
        delays.append(at)
        at += rng.uniform(3, 16)
    graph = "".join(f"[{i}]adelay={int(d * 1000)}:all=1[d{i}];" for i, d in enumerate(delays))
    mixed = "".join(f"[d{i}]" for i in range(len(delays)))
    out = folder / "voice.wav"
    run(["ffmpeg", "-v", "error", "-y", *inputs, "-filter_complex",
         f"{graph}{mixed}amix=inputs={len(delays)}:normalize=0", "-ar", "48000", "-ac", "2", out])
    return out


def equaliser(rng):
    return ",".join(f"equalizer=f={f}:t=o:w=1.5:g={rng.uniform(-8, 8):.1f}"
                    for f in (120, 900, 5000))


def streamed(video, seconds, folder, out, rng):
    """60 frames a second at a constant bit rate: packet sizes flatten; music under the game."""
    tracks = sorted(MUSIC.glob("*.ogg"))
    music, rate = rng.choice(tracks), rng.randint(1500, 3000)
    graph = (f"[0:v]fps=60[v];[0:a]{equaliser(rng)},volume={rng.uniform(-9, 3):.1f}dB[g];"
             f"[1:a]volume={rng.uniform(-18, -8):.1f}dB,aresample=48000[m];"
             "[g][m]amix=inputs=2:duration=first:normalize=0[a]")
    run(["ffmpeg", "-v", "error", "-y", "-i", video, "-stream_loop", "-1", "-i", music,
         "-filter_complex", graph, "-map", "[v]", "-map", "[a]", "-t", str(seconds), "-c:v",
         "libx264", "-preset", "superfast", "-g", "120", "-b:v", f"{rate}k", "-minrate",
         f"{rate}k", "-maxrate", f"{rate}k", "-bufsize", f"{rate}k", "-x264-params",
         "nal-hrd=cbr:force-cfr=1", "-c:a", "aac", "-b:a", "128k", out])


def commented(video, seconds, folder, out, rng):
    """A voice over the game, a face camera in a corner, part of the picture cut away, clipping."""
    voice = speech(seconds, folder, rng)
    x = rng.choice(["0", "w*3/4"])
    cut = rng.choice(["crop=iw*3/4:ih", "crop=iw:ih*3/4", "crop=ih*9/16:ih", "null"])
    graph = (f"[0:v]{cut},scale=trunc(iw/2)*2:trunc(ih/2)*2,"
             f"drawbox=x={x.replace('w', 'iw')}:y=ih*3/4:w=iw/4:h=ih/4:color=gray:t=fill[v];"
             f"[0:a]{equaliser(rng)},volume={rng.uniform(-6, 12):.1f}dB[g];"
             f"[1:a]volume={rng.uniform(-6, 2):.1f}dB[m];"
             "[g][m]amix=inputs=2:duration=first:normalize=0,alimiter=limit=0.98[a]")
    run(["ffmpeg", "-v", "error", "-y", "-i", video, "-i", voice, "-filter_complex", graph,
         "-map", "[v]", "-map", "[a]", "-c:v", "libx264", "-preset", "superfast", "-crf", "26",
         "-g", rng.choice(["60", "250"]), "-c:a", "aac", "-b:a", "96k", out])


KINDS = {"streamed": streamed, "commented": commented}


def make(kind, video, seconds, folder, out):
    """Writes `out`; `folder` is for scratch files."""
    folder.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part.mp4")
    KINDS[kind](video, seconds, folder, part, random.Random(f"{kind} {video.stem}"))
    part.rename(out)
