#!/usr/bin/python3
"""Ctrl-C and kill -9, while analysing and while rendering: quick, no half file, no child left."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402

SOON_S = 2.0
LENGTH_S = 240  # long enough to be interrupted on any machine


def long_clip():
    """A clip that takes seconds to analyse and minutes to render; copied together, so made fast."""
    path = program.MEDIA / "hostile" / "long.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part, whole = path.with_name(f"{os.getpid()}.mp4"), path.with_name(f"{os.getpid()}-all.mp4")
        sources = ["-f", "lavfi", "-i", "testsrc2=d=20:s=1280x720:r=60", "-f", "lavfi", "-i",
                   "anoisesrc=d=20:seed=1:amplitude=0.2:r=48000"]
        subprocess.run(["ffmpeg", "-nostdin", "-y", "-loglevel", "error", *sources, "-pix_fmt",
                        "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-g", "15", "-c:a",
                        "aac", part], check=True, timeout=120)
        subprocess.run(["ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-stream_loop",
                        str(LENGTH_S // 20 - 1), "-i", part, "-c", "copy", whole], check=True,
                       timeout=120)
        part.unlink()
        whole.rename(path)
    return path


def tree_of(pid):
    """The process and all that it started, by /proc."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
    tree = {pid}
    while more := {p for p, parent in parents.items() if parent in tree} - tree:
        tree |= more
    return tree


def alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def media_children(pid):
    found = []
    for child in tree_of(pid) - {pid}:
        try:
            name = pathlib.Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        if b"aiditor-media" in name:
            found.append(child)
    return found


def begin(stage, clip, folder, cache):
    """Starts a montage and waits until its media process is busy in the given stage."""
    child = program.start(["montage", clip, "-o", folder / "out.mp4", "--duration", "200",
                           "--resolution", "1080", "--json", *(
                               ["--no-cache"] if stage == "analyse" else [])], cache,
                          start_new_session=True)
    os.set_blocking(child.stderr.fileno(), False)
    os.set_blocking(child.stdout.fileno(), False)
    heard = b""

    def busy():
        nonlocal heard
        heard += (child.stderr.read() or b"") + (child.stdout.read() or b"")
        if child.poll() is not None:
            return True
        return stage.encode() in heard and media_children(child.pid)
    wait_for(busy, 60)
    if child.poll() is None:
        time.sleep(0.3)  # into the work itself, past the start of the media process
    return child, heard


def check(stage, how, clip, cache):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        child, heard = begin(stage, clip, folder, cache)
        if child.poll() is not None:
            return [f"ended with {child.returncode} before it could be stopped: {heard[-300:]!r}"]
        problems = [] if media_children(child.pid) else [f"never saw a media process in {stage}"]
        tree = tree_of(child.pid)
        begun = time.monotonic()
        os.kill(child.pid, how)
        wait_for(lambda: child.poll() is not None, 3 * SOON_S)
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            return problems + [f"still runs {3 * SOON_S} s later"]
        took = time.monotonic() - begun
        if took > SOON_S:
            problems.append(f"took {took:.1f} s to stop")
        wanted = -how if how == signal.SIGKILL else program.CANCELLED
        if child.returncode != wanted:
            problems.append(f"ended with {child.returncode}, not {wanted}")
        if not wait_for(lambda: not any(alive(p) for p in tree), SOON_S):
            problems.append(f"still alive: {[p for p in tree if alive(p)]}")
            for pid in filter(alive, tree):
                os.kill(pid, signal.SIGKILL)
        left = sorted(p.name for p in folder.iterdir())
        if left:
            problems.append(f"left behind: {left}")
        return problems


def main():
    program.require_program()
    tally = program.Tally("stopping")
    clip = long_clip()
    with tempfile.TemporaryDirectory() as cache:
        done = program.run(["analyse", clip, "-o", "-"], timeout=300, cache=cache)
        tally.add("the long clip can be analysed", [] if done.status == 0 else [done.err[-300:]],
                  done.seconds)
        for stage in ("analyse", "render"):
            for name, how in (("Ctrl-C", signal.SIGINT), ("a polite kill", signal.SIGTERM),
                              ("kill -9", signal.SIGKILL)):
                tally.add(f"{name} while {stage}", check(stage, how, clip, cache))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
