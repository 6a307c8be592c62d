#!/usr/bin/python3
"""docs/api.md: its shell blocks are run in order over the real binary, in a folder with two clips;
every command must succeed.
"""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent)]
import program  # noqa: E402  (tests/program.py)

GUIDE = ROOT / "docs" / "api.md"
CLIPS = {"match1.mp4": "freedoom_1_ambush.mp4", "match2.mp4": "freedoom_6_secret.mp4"}
PATIENCE_S = 800


def blocks(text):
    """(heading, commands) of each shell block."""
    heading = ""
    for match in re.finditer(r"^## ([^\n]+)$|^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if match[1]:
            heading = match[1]
        else:
            yield heading, match[2]


def free_address():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


def script_of(steps):
    """One script that says when each step is reached."""
    said = [f"echo 'STEP {number}'\n{commands}" for number, (_, commands) in enumerate(steps)]
    return "set -eu\n" + "\n".join(said) + "\necho 'STEP end'\n"


def run(steps, folder):
    """(status, what it printed); whatever it started is ended."""
    address = free_address()
    text = script_of(steps).replace("127.0.0.1:8080", address)
    environment = program.environment() | {"PATH": f"{program.BIN}:{os.environ['PATH']}",
                                           "HOME": str(folder)}
    child = subprocess.Popen(["bash", "-o", "pipefail", "-c", text], cwd=folder, env=environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        out, _ = child.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        out, _ = child.communicate()
    finally:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return child.returncode, out


def main():
    program.require_program()
    tally = program.Tally("guide")
    steps = list(blocks(GUIDE.read_text()))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for clip, sample in CLIPS.items():
            shutil.copy(ROOT / "samples" / sample, folder / clip)
        status, out = run(steps, folder)
        reached = re.findall(r"^STEP (\w+)$", out, re.MULTILINE)
        for number, (heading, commands) in enumerate(steps):
            problem = None
            if str(number) not in reached:
                problem = "not reached"
            elif reached[-1] == str(number):
                problem = f"ended with {status}: {out[-800:]}\n{commands}"
            tally.add(f"{heading}: {commands.split(chr(10))[0][:30]}",
                      [problem] if problem else [])
        done = subprocess.run(["ffprobe", "-v", "error", folder / "montage.mp4"],
                              capture_output=True, text=True)
        tally.add("the montage plays", [done.stderr] if done.returncode else [])
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
