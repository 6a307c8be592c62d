#!/usr/bin/python3
"""What hardly anybody would call gameplay: silence, black, music, a constant tone, slideshows,
three seconds, six hours, and files of marks that are broken. Each gets a sensible answer or a clear
error, never a crash and never a NaN.

  bad_input_test.py [--long]     --long makes the 6-hour clip with sound, too
"""
import json
import math
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402

SECONDS = 100  # long enough to be judged by itself
BLACK, TEST = "color=black:s=160x90:r=10", "testsrc=s=160x90:r=10"
# Four chords in turn with a beat. Changes of chords are found as moments.
MUSIC = ("aevalsrc='0.1*(sin(2*PI*t*220*pow(2,floor(mod(t,4))*5/12))"
         "+sin(2*PI*t*277*pow(2,floor(mod(t,4))*5/12))+sin(2*PI*t*330*pow(2,floor(mod(t,4))*5/12)))"
         "*(0.6+0.4*exp(-6*mod(t,0.5)))':s=24000")
# Noise with a bang every 10 s, all of it far beyond full scale.
CLIPPING = ("aevalsrc='max(-1,min(1,(random(0)-0.5)*(0.5+40*lt(mod(t,10),0.3)*gt(t,5))))':s=24000")

# name: (picture, sound or None, seconds, most highlights, at least)
CLIPS = {
    "silent": (BLACK, None, SECONDS, 0, 0),
    "digital silence": (BLACK, "anullsrc=r=24000:cl=mono", SECONDS, 0, 0),
    "constant tone": (BLACK, "sine=f=440:r=24000", SECONDS, 0, 0),
    "steady noise": (BLACK, "anoisesrc=r=24000:a=0.2:seed=3", SECONDS, 0, 0),
    "music only": (BLACK, MUSIC, SECONDS, 20, 0),
    "clipping": (TEST, CLIPPING, SECONDS, 20, 5),
    "slideshow": ("testsrc=s=160x90:r=1", "anoisesrc=r=24000:a=0.2:seed=4", SECONDS, 4, 0),
    "three seconds": (TEST, "sine=f=440:r=24000", 3, 1, 0),
}


def make(path, picture, sound, seconds):
    inputs = ["-f", "lavfi", "-i", picture] + (["-f", "lavfi", "-i", sound] if sound else [])
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, "-t", str(seconds),
                    "-c:v", "libx264", "-preset", "ultrafast", "-g", "40", "-pix_fmt", "yuv420p",
                    "-c:a", "aac", "-b:a", "64k", path], check=True)
    return path


def numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, float):
        yield value


def not_numbers(text):
    """NaN and infinity do not exist in JSON; a writer that leaves them out writes null."""
    found = json.loads(text, parse_constant=lambda name: math.nan)
    problems = ["NaN in the output"] if any(not math.isfinite(x) for x in numbers(found)) else []
    return problems + (["null in the output"] if "null" in text else [])


def check_clip(tally, folder, name, spec):
    picture, sound, seconds, most, least = spec
    clip = make(folder / f"{name.replace(' ', '_')}.mp4", picture, sound, seconds)
    done = program.run(["detect", clip], cache=folder / "cache")
    problems = [done.shows_bug()] if done.shows_bug() else []
    if done.status != program.OK:
        problems.append(f"ended with {done.status}: {done.err[-300:]}")
    else:
        problems += not_numbers(done.out)
        count = len(json.loads(done.out)["clips"][0]["highlights"])
        if not least <= count <= most:
            problems.append(f"{count} highlights, expected {least} to {most}")
    tally.add(f"detect: {name}", problems, done.seconds)
    return clip


def check_montage(tally, folder, clip, name, seconds):
    """Where nothing stands out the montage is filler, and says so."""
    done = program.run(["plan", clip, "--duration", "5"], cache=folder / "cache")
    problems = not_numbers(done.out) if done.status == program.OK else [done.err[-300:]]
    if not problems:
        plan = json.loads(done.out)
        if not min(4, seconds - 1) < plan["length_s"] <= 5:
            problems.append(f"{plan['length_s']} s")
        if "filler" not in done.err:
            problems.append(f"does not speak of filler: {done.err[-200:]}")
    tally.add(f"plan: {name}", problems, done.seconds)
    film = folder / "film.mp4"
    done = program.run(["montage", clip, "-o", film, "--duration", "2", "--resolution", "144",
                        "--preset", "ultrafast"], cache=folder / "cache", timeout=120)
    tally.add(f"montage: {name}", [] if done.status == program.OK and film.stat().st_size > 1000
              and "filler" in done.out else [done.err[-300:] + done.out[-300:]], done.seconds)


def check_broken_files(tally, folder, clip):
    """Marks beside the clip are told and left out; likes that cannot be read end the run."""
    beside = folder / (clip.name + ".events.json")
    beside.write_text('{"schema": "aiditor.events/1", "events": [{"at_s": NaN}]}')
    done = program.run(["detect", clip], cache=folder / "cache")
    tally.add("a NaN in a sidecar", [] if done.status == program.OK and beside.name in done.err
              else [f"{done.status}: {done.err[-300:]}"], done.seconds)
    beside.unlink()
    likes = folder / "likes.json"
    mark = '{"at_s": 2, "like": true, "sha256": "00"}'
    begin = '{"schema": "aiditor.likes/1", "marks": ['
    for name, text, says in (
            ("empty", "", "likes.json"),
            ("cut off", begin + mark, "likes.json"),
            ("of another schema", begin.replace("likes", "events") + mark + "]}",
             "aiditor.likes/1"),
            ("with NaN", begin + mark.replace("2", "NaN") + "]}", "likes.json"),
            ("with an unknown key", begin + mark.replace("like", "thumb") + "]}", "/marks/0"),
            ("of 1001 marks", begin + ",".join([mark] * 1001) + "]}", "1001")):
        likes.write_text(text)
        done = program.run(["detect", clip, "--learn", likes], cache=folder / "cache")
        tally.add(f"likes {name}", [] if done.status in (program.BAD_JSON, program.BAD_MEDIA)
                  and says in done.err else [f"{done.status}: {done.err[-300:]}"], done.seconds)


def check_taste(tally, folder, clip):
    """A disliked highlight is gone, a liked one stays; the file grows by what is said."""
    cache, likes = folder / "cache", folder / "taste.json"

    def peaks(*more):
        done = program.run(["detect", clip, *more], cache=cache)
        return [h["peak_s"] for h in json.loads(done.out)["clips"][0]["highlights"]]
    before = peaks()
    for thumb, peak in (("--up", before[0]), ("--down", before[1])):
        program.run(["like", clip, thumb, str(peak), "-o", likes], cache=cache)
    marks = json.loads(likes.read_text())["marks"]
    tally.add("like adds to its file", [] if [m["like"] for m in marks] == [True, False] and
              all(len(m["sound"]) == 56 for m in marks) else [str(marks)[:300]])
    after = peaks("--learn", likes)
    tally.add("what is not liked is gone", [] if before[0] in after and before[1] not in after
              else [f"{before} became {after}"])
    done = program.run(["like", clip, "--up", "5:00", "-o", likes], cache=cache)
    tally.add("a time beyond the clip", [] if done.status == program.USAGE and "end" in done.err
              else [f"{done.status}: {done.err[-200:]}"])


def check_long(tally, folder, sound):
    """A day of streaming in one file: more than is measured, and told at once."""
    clip = folder / "long.mp4"
    make(clip, "color=black:s=32x32:r=1", sound, 6 * 3600)
    done = program.run(["detect", clip], timeout=600, cache=folder / "cache")
    tally.add("six hours" + (" with sound" if sound else ""), [] if done.status != program.OK and
              "hours" in done.err and not done.shows_bug() else [done.err[-300:]], done.seconds)


def main():
    program.require_program()
    tally = program.Tally("bad input")
    with tempfile.TemporaryDirectory(prefix="aiditor-bad-input-") as name:
        folder = pathlib.Path(name)
        clips = {name: check_clip(tally, folder, name, spec) for name, spec in CLIPS.items()}
        for name in ("silent", "constant tone"):
            check_montage(tally, folder, clips[name], name, SECONDS)
        check_montage(tally, folder, clips["three seconds"], "three seconds", 3)
        check_broken_files(tally, folder, clips["clipping"])
        check_taste(tally, folder, clips["clipping"])
        check_long(tally, folder, "anullsrc=r=8000:cl=mono" if "--long" in sys.argv else None)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
