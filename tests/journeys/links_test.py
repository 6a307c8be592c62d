#!/usr/bin/python3
"""`aiditor` links no FFmpeg, not even through another library; `aiditor-media` does."""
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402

FFMPEG = re.compile(r"lib(av\w+|swscale|swresample|postproc)\.so")


def needed(path):
    """Direct dependencies, as the file says; nothing is executed."""
    done = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True)
    return re.findall(r"\(NEEDED\).*\[(.+?)\]", done.stdout)


def loaded(path):
    """All that the loader would load."""
    done = subprocess.run(["ldd", path], capture_output=True, text=True, check=True)
    return [line.split()[0] for line in done.stdout.splitlines() if line.strip()]


def main():
    program.require_program()
    tally = program.Tally("links")
    for what, names in (("needs", needed(program.AIDITOR)), ("loads", loaded(program.AIDITOR))):
        bad = [n for n in names if FFMPEG.search(n)]
        tally.add(f"aiditor {what} no FFmpeg", [f"it {what} {bad}"] if bad else [])
    tally.add("aiditor-media needs FFmpeg, so the check can fail",
              [] if any(FFMPEG.search(n) for n in needed(program.BIN / "aiditor-media"))
              else ["it needs none"])
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
