#!/usr/bin/python3
"""The closer look: it finds what happens at known times, and never decodes more than its share."""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402

FPS, LENGTH_S, SIZE = 15, 200, (320, 180)
SHARE, ENOUGH = 0.05, 0.15  # what is used unless asked for, and enough for three moments
FLASH_S, TEXT_S, SCORE_S = 70, 110, 150  # each with a bang beside it
KEYS = {"gop30": ["-g", "30"], "gop120": ["-g", "120"], "gop250": ["-g", "250"],
        "intra": ["-g", "1"], "bframes": ["-g", "30", "-bf", "3"],
        "refresh": ["-g", "60", "-x264-params", "intra-refresh=1"]}


def picture(frame):
    """A world that moves, with a bar for the score and what happens in it."""
    width, height = SIZE
    t = frame / FPS
    x, y = np.arange(width) // 2 * 2, np.arange(height)[:, None]
    out = (70 + ((x + 4 * frame) // 40 * 37 + y // 40 * 53) % 90).astype(np.uint8)
    if FLASH_S <= t < FLASH_S + 0.3:
        out[40:140, 60:260] = 250
    out[:24, :80] = 20
    out[6:18, 30:40] = 90 if t < SCORE_S else 230
    if TEXT_S <= t < TEXT_S + 4:
        for letter in range(24):
            left = 100 + 5 * letter
            out[150:164, left:left + 2] = 240
            out[150:164, left + 2:left + 5] = 10
    return out


def sound():
    rng = np.random.RandomState(1)
    t = np.arange(LENGTH_S * 16000) / 16000
    x = 0.01 * rng.randn(len(t))
    for bang in (FLASH_S, TEXT_S, SCORE_S):
        since = t - bang - 0.5
        x += np.where(since >= 0, 0.6 * np.exp(-3 * np.clip(since, 0, None)), 0) * rng.randn(len(t))
    return (np.clip(x, -1, 1) * 32000).astype("<i2").tobytes()


def encode(folder, name, options, source, more=()):
    path = folder / f"{name}.mp4"
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *source, "-c:v", "libx264",
                    "-preset", "ultrafast", "-crf", "18", "-pix_fmt", "yuv420p",
                    "-sc_threshold", "0", *options, "-c:a", "aac", *more, path], check=True)
    return path


def make_films(folder):
    (folder / "sound.raw").write_bytes(sound())
    raw = folder / "pictures.raw"
    with open(raw, "wb") as file:
        for frame in range(FPS * LENGTH_S):
            file.write(picture(frame).tobytes())
    source = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", "x".join(map(str, SIZE)), "-r", str(FPS),
              "-i", raw, "-f", "s16le", "-ar", "16000", "-ac", "1", "-i", folder / "sound.raw"]
    films = {name: encode(folder, name, options, source) for name, options in KEYS.items()}
    black = ["-f", "lavfi", "-i", f"color=black:s=320x180:r={FPS}:d={LENGTH_S}", *source[-8:]]
    films["black"] = encode(folder, "black", KEYS["gop30"], black)
    films["short"] = encode(folder, "short", KEYS["gop30"], source, ["-t", "3"])
    slides = [*source[:6], "-r", "1", *source[8:]]
    films["slides"] = encode(folder, "slides", KEYS["gop30"], slides, ["-t", str(LENGTH_S)])
    broken = bytearray(films["gop30"].read_bytes())
    begin, size = len(broken) // 3, len(broken) // 40  # around the flash, a third into the film
    noise = np.random.RandomState(2).randint(0, 256, size, np.uint8).tobytes()
    broken[begin:begin + size] = noise
    films["broken"] = folder / "broken.mp4"
    films["broken"].write_bytes(broken)
    return films


def analyse(path, *options):
    done = program.run(["analyse", path, "--no-cache", *options], timeout=120)
    bug = done.shows_bug()
    if bug or done.status != 0:
        raise RuntimeError(bug or done.err[-500:])
    return json.loads(done.out)["clips"][0], done.out


def details(clip):
    out = {}
    for cue in clip["cues"]["cues"]:
        x = np.frombuffer(base64.b64decode(cue["float32_base64"]), "<f4").copy()
        for run in cue["missing"]:
            x[run["from"]:run["to"]] = np.nan
        if cue["name"].startswith("detail."):
            out[cue["name"].partition(".")[2].partition("@")[0]] = x
    return out


def around(column, seconds):
    """The highest value within 0.6 s; NaN where nothing was measured."""
    part = column[int((seconds - 0.6) * 5):int((seconds + 0.6) * 5) + 1]
    return np.nan if np.isnan(part).all() else np.nanmax(part)


def check_budget(tally, name, clip, share=SHARE):
    frames, decoded = clip["media"]["video"]["frames"], clip.get("decoded_frames", 0)
    tally.add(f"{name}: {decoded} of {frames} pictures decoded",
              [] if decoded <= share * frames else [f"more than {share:.0%}"])


def check_found(tally, clip):
    found = details(clip)
    for name, at, other in (("flash_share", FLASH_S, TEXT_S),
                            ("text_change_share", TEXT_S, FLASH_S),
                            ("hud_change_share", SCORE_S, TEXT_S)):
        there, elsewhere = around(found[name], at), around(found[name], other)
        tally.add(f"{name} at {at} s: {there:.3f}, elsewhere {elsewhere:.3f}",
                  [] if there > 0.002 and there > 3 * elsewhere else ["not found"])
    motion = found["motion_level"]
    measured = np.isfinite(motion).sum() / 5
    tally.add(f"{measured:.1f} s measured, motion {np.nanmedian(motion):.1f}",
              [] if 12 < measured < ENOUGH * LENGTH_S and np.nanmedian(motion) > 1 else ["odd"])


def main():
    program.require_program()
    tally = program.Tally("closer look")
    with tempfile.TemporaryDirectory() as name:
        films = make_films(pathlib.Path(name))
        answers = {film: analyse(path) for film, path in films.items()}
        for film, (clip, _) in answers.items():
            check_budget(tally, film, clip)
        for film in ("gop30", "intra", "bframes"):
            clip = analyse(films[film], "--refine", str(ENOUGH))[0]
            check_budget(tally, film, clip, ENOUGH)
            check_found(tally, clip)
        again = analyse(films["broken"])[1]
        tally.add("the same damaged bytes give the same numbers",
                  [] if again == answers["broken"][1] else ["they differ"])
        plain = analyse(films["gop30"], "--no-refine")[0]
        tally.add("--no-refine measures no details",
                  [] if "decoded_frames" not in plain
                  and all(np.isnan(x).all() for x in details(plain).values()) else ["it does"])
        whole = analyse(films["gop30"], "--refine", "1")[0]
        tally.add("--refine 1 looks at every moment",
                  [] if whole["decoded_frames"] > answers["gop30"][0]["decoded_frames"]
                  else ["at no more than before"])
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
