#!/usr/bin/python3
"""Standard input, output and error may be full, broken or closed: work goes on, results do not
get lost in silence, and no descriptor of a clip ever becomes standard error."""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402

CLIP = program.ROOT / "samples" / "freedoom_1_ambush.mp4"


def broken_pipe():
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def full():
    return os.open("/dev/full", os.O_WRONLY)


def run(arguments, out=None, err=None, closed=(), timeout=60):
    """Runs with `out` and `err` (makers of descriptors) and with the `closed` ones not open."""
    fds = {1: out() if out else None, 2: err() if err else None}

    def prepare():
        for fd in closed:
            os.close(fd)

    done = subprocess.run(
        [program.AIDITOR, *arguments], env=program.environment(), stdin=subprocess.DEVNULL,
        stdout=fds[1] if out else subprocess.PIPE, stderr=fds[2] if err else subprocess.PIPE,
        preexec_fn=prepare if closed else None, timeout=timeout, check=False)
    for fd in fds.values():
        if fd is not None:
            os.close(fd)
    return done


def check(tally, name, done, status, says=None):
    problems = [] if done.returncode == status else [f"ended with {done.returncode}, not {status}"]
    if says and says not in (done.stderr or b"").decode():
        problems.append(f"did not say {says!r}: {done.stderr!r}")
    tally.add(name, problems)


def check_standard_error(tally, folder):
    bad = folder / "bad.mp4"
    bad.write_bytes(b"no video at all")
    states = {"broken": {"err": broken_pipe}, "full": {"err": full}, "closed": {"closed": (2,)}}
    for name, state in states.items():
        for style in ([], ["--json"]):
            title = f"stderr {name} {' '.join(style)}"
            done = run(["analyse", CLIP, bad, *style], **state)
            check(tally, f"{title}: a clip is measured", done, program.OK)
            done = run(["probe", bad, folder / "none.mp4", *style], **state)
            check(tally, f"{title}: a failure keeps its status", done, program.NOTHING)
            done = run(["--nonsense", *style], **state)
            check(tally, f"{title}: a wrong command line", done, program.USAGE)


def check_standard_output(tally):
    states = {"broken": {"out": broken_pipe}, "full": {"out": full}, "closed": {"closed": (1,)}}
    for name, state in states.items():
        for command in (["probe", CLIP], ["doctor"], ["--help"], ["--version"]):
            done = run(command, **state)
            check(tally, f"stdout {name}: {command[0]} says so", done, program.UNWRITABLE,
                  "standard output")


def check_all_closed(tally, folder):
    """With 0 to 2 closed, the clip is still a clip and nothing is written into it."""
    clip, found = folder / "clip.mp4", folder / "found.json"
    clip.write_bytes(CLIP.read_bytes())
    bad = folder / "none.mp4"
    done = run(["detect", clip, bad, "-o", found], closed=(0, 1, 2))
    problems = [] if done.returncode == 0 else [f"ended with {done.returncode}"]
    if clip.read_bytes() != CLIP.read_bytes():
        problems.append("the clip was written to")
    if not found.exists():
        problems.append("the result is missing")
    tally.add("all three closed: the work is done", problems)
    check(tally, "stdin closed: a value from it is missing",
          run(["detect", "-"], closed=(0,)), program.MISSING, "standard input")


def main():
    program.require_program()
    tally = program.Tally("streams")
    with tempfile.TemporaryDirectory(prefix="aiditor-streams-") as name:
        folder = pathlib.Path(name)
        check_standard_error(tally, folder)
        check_standard_output(tally)
        check_all_closed(tally, folder)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
