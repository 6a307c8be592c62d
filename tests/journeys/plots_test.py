#!/usr/bin/python3
"""`--plot` of analyse and detect: pictures that show the clip, names, and what goes wrong."""
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402

SAMPLES = sorted((program.ROOT / "samples").glob("*.mp4"))
STRIP = (slice(80, 152), slice(196, 1476))  # rows and columns of the picture strip
BELOW = (slice(190, -40), slice(196, 1476))


def read_png(path):
    """Height x width x 3; raises ValueError for what ffmpeg does not take for a whole PNG."""
    head = path.read_bytes()[:24]
    if head[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError(f"{path.name} is no PNG")
    width, height = struct.unpack(">II", head[16:24])
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-xerror", "-i", path,
                           "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"],
                          capture_output=True, timeout=60, check=False)
    if done.returncode or done.stderr or len(done.stdout) != width * height * 3:
        raise ValueError(f"{path.name}: {done.stderr.decode(errors='replace')[-200:]}")
    return np.frombuffer(done.stdout, np.uint8).reshape(height, width, 3)


def picture_problems(path):
    """What a plot of a real clip must have: a strip with pictures in all slots, lanes below."""
    try:
        pixels = read_png(path).astype(int)
    except (OSError, ValueError) as error:
        return [str(error)]
    if pixels.shape[1] != 1600 or not 500 < pixels.shape[0] < 3000:
        return [f"it is {pixels.shape[1]} x {pixels.shape[0]}"]
    problems = []
    for slot, tile in enumerate(np.split(pixels[STRIP], 10, axis=1)):
        if tile.std() < 3:
            problems.append(f"slot {slot} of the strip is empty")
    if (pixels[BELOW].sum(axis=2) > 300).mean() < 0.01:
        problems.append("no lanes")
    return problems


def check_one(tally, folder):
    clip, plot, out = SAMPLES[0], folder / "cues.png", folder / "cues.json"
    done = program.run(["analyse", clip, "-o", out, "--plot", plot], timeout=120)
    plain = program.run(["analyse", clip, "--no-cache"], timeout=120)
    tally.add("analyse draws and measures the same", picture_problems(plot) if done.status == 0 and
              out.read_text() == plain.out else [done.err[-300:] or "other values"], done.seconds)
    found = folder / "found.png"
    done = program.run(["detect", out, "-o", folder / "found.json", "--plot", found], timeout=120)
    tally.add("detect draws from a saved analysis", picture_problems(found) if done.status == 0
              else [done.err[-300:]], done.seconds)
    if found.exists() and plot.exists():
        tally.add("with highlights it is higher", [] if read_png(found).shape[0] >
                  read_png(plot).shape[0] else ["it is not"])
    return out


def check_several(tally, folder):
    plot = folder / "all.png"
    broken = folder / "broken.mp4"
    broken.write_bytes(b"no video" * 100)
    done = program.run(["analyse", SAMPLES[1], broken, SAMPLES[2], "-o", folder / "all.json",
                        "--plot", plot, "--json"], timeout=120)
    names = sorted(p.name for p in folder.glob("all*.png"))
    tally.add("a plot a clip, without those that fail", [] if done.status == 0 and
              names == ["all-2.png", "all.png"] else [f"{done.status}: {names}", done.err[-300:]])
    tally.add("progress tells of the plots", [] if '"stage":"plot"' in done.err else [done.err])


def check_gone(tally, folder, analysis):
    """The clip of a saved analysis is no longer there, or is another."""
    text = json.loads(analysis.read_text())
    for name, prepare in (("gone", lambda p: p.unlink()),
                          ("changed", lambda p: p.write_bytes(SAMPLES[3].read_bytes()))):
        clip = folder / f"{name}.mp4"
        shutil.copyfile(SAMPLES[0], clip)
        prepare(clip)
        text["clips"][0]["media"]["file"] = str(clip)
        saved, plot = folder / f"{name}.json", folder / f"{name}.png"
        saved.write_text(json.dumps(text))
        done = program.run(["detect", saved, "-o", folder / "x.json", "--plot", plot], timeout=60)
        problems = [] if done.status == 0 and "its plot has no pictures" in done.err else [
            f"{done.status}: {done.err[-300:]}"]
        if not problems and read_png(plot)[STRIP].std() > 12:
            problems.append("it has pictures")
        tally.add(f"a clip that is {name} is told and plotted without pictures", problems)


def check_errors(tally, folder):
    clip = folder / "clip.mp4"
    shutil.copyfile(SAMPLES[0], clip)
    (folder / "taken.png").mkdir()
    disguised = folder / "disguised.png"
    shutil.copyfile(SAMPLES[0], disguised)
    for name, plot, status in (
            ("no such folder", folder / "none" / "cues.png", program.UNWRITABLE),
            ("a folder has its name", folder / "taken.png", program.UNWRITABLE),
            ("another ending", folder / "cues.jpg", program.USAGE),
            ("the input itself", disguised, program.UNWRITABLE),
            ("the name of the output", folder / "same.png", program.USAGE)):
        done = program.run(["analyse", disguised if plot == disguised else clip, "-o",
                            folder / ("same.png" if "output" in name else "o.json"), "--plot", plot,
                            "--json", "--no-cache"], timeout=60)
        problems = [] if done.status == status else [f"ended with {done.status}: {done.err}"]
        if '"stage":"analyse"' in done.err:
            problems.append("it was found after the work")
        if plot.name not in done.err:
            problems.append(f"it does not name the file: {done.err}")
        tally.add(f"refused before the work: {name}", problems)
    tally.add("the input is unharmed", [] if disguised.read_bytes() == SAMPLES[0].read_bytes()
              else ["it changed"])


def main():
    program.require_program()
    tally = program.Tally("plots")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        analysis = check_one(tally, folder)
        check_several(tally, folder)
        check_gone(tally, folder, analysis)
        check_errors(tally, folder)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
