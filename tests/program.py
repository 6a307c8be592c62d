"""Runs the program under test the way a person does, and keeps it out of the person's cache.

AIDITOR_BIN names the folder with `aiditor` and `aiditor-media` (else AIDITOR_DEFAULT_BIN, which
ctest sets, else the release build); AIDITOR_TEST_MEDIA the folder for generated clips.
"""
import dataclasses
import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("AIDITOR_BIN") or os.environ.get("AIDITOR_DEFAULT_BIN")
                   or ROOT / "build" / "release" / "bin").resolve()
MEDIA = pathlib.Path(os.environ.get("AIDITOR_TEST_MEDIA") or ROOT / "build" / "test-media")
AIDITOR = BIN / "aiditor"

OK, USAGE, MISSING, BAD_MEDIA, BAD_JSON, NOTHING, UNWRITABLE, CHILD = 0, 2, 3, 4, 5, 6, 7, 8
CANCELLED = 130


@dataclasses.dataclass
class Outcome:
    status: int      # exit status, -N for signal N, None when it had to be killed
    out: str
    err: str
    seconds: float

    def shows_bug(self):
        """What no input may ever cause: a signal, a sanitizer report, an uncaught exception."""
        if self.status is None:
            return f"did not end within {self.seconds:.0f} s"
        if self.status < 0 or self.status in (70, 99, 134, 139):
            return f"ended with {self.status}"
        for sign in ("Sanitizer", "runtime error:", "terminate called", "Assertion"):
            if sign in self.err or sign in self.out:
                at = (self.err + self.out).find(sign)
                return "said: " + (self.err + self.out)[max(at - 80, 0):at + 300]
        return None


def require_program():
    if not AIDITOR.exists():
        sys.exit(f"{AIDITOR} is missing: build it (tools/build release) or set AIDITOR_BIN.")


def environment(cache=None, variables=None):
    """A C locale, no colours, nobody's settings, and a cache of the test's own."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "TMPDIR")
            or k.endswith("SAN_OPTIONS")}
    return kept | {"LC_ALL": "C.UTF-8", "NO_COLOR": "1",
                   "XDG_CONFIG_HOME": "/nonexistent",
                   "AIDITOR_CACHE": str(cache or "/nonexistent")} | (variables or {})


def start(arguments, cache=None, wrapper=(), variables=None, **options):
    command = [*wrapper, AIDITOR, *arguments]
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
               "stderr": subprocess.PIPE} | options
    return subprocess.Popen(command, env=environment(cache, variables), **options)


def run(arguments, timeout=60, cache=None, wrapper=(), stdin_text=None, **options):
    """Runs to the end, or kills the whole session of it after `timeout` seconds."""
    begun = time.monotonic()
    if stdin_text is not None:
        options["stdin"] = subprocess.PIPE
    child = start(arguments, cache, wrapper, start_new_session=True, **options)
    try:
        out, err = child.communicate(stdin_text and stdin_text.encode(), timeout=timeout)
        status = child.returncode
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        out, err = child.communicate()
        status = None
    return Outcome(status, out.decode(errors="replace"), err.decode(errors="replace"),
                   time.monotonic() - begun)


class Tally:
    """One line a case, a last line with the sum."""

    def __init__(self, title):
        self.title, self.passed, self.failed, self.skipped = title, 0, [], 0

    def add(self, name, problems, seconds=None):
        took = "" if seconds is None else f"{seconds:7.1f} s"
        if problems:
            self.failed.append(name)
            print(f"FAIL  {name:<46}{took}", flush=True)
            for problem in problems:
                print(f"        {problem}", flush=True)
        else:
            self.passed += 1
            print(f"pass  {name:<46}{took}", flush=True)

    def skip(self, name, reason):
        self.skipped += 1
        print(f"skip  {name:<46} {reason}", flush=True)

    def finish(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.title}: {self.passed} passed, {len(self.failed)} failed{skipped}")
        if self.failed:
            print("failed: " + " ".join(self.failed[:20]))
        return 1 if self.failed or not self.passed else 0
