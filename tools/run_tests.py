#!/usr/bin/env python3
"""Builds and runs the tests; `./test` starts it. One line a step, details only of what failed.

Usage: run_tests.py [NAME | --list]. NAME matches steps, ctest names, or single test cases.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEV = ROOT / "build" / "dev"
TAIL_LINES = 40

# Steps around the ctest tests: name, command. The programs of the release take part in journeys.
BEFORE = [
    ("format", ["python3", "tools/check_format.py"]),
    ("build-dev", ["tools/build", "dev"]),
    ("build-release", ["tools/build", "release"]),
]
# A case that cannot live under AddressSanitizer: it runs in the clang build instead.
UNSANITIZED = "Limits.MemoryEndsInAnErrorAndNotInACrash"
AFTER = [
    ("build-clang", ["tools/build", "clang"]),
    ("memory-limit", ["build/clang/engine_sandbox_test", f"--gtest_filter={UNSANITIZED}"]),
    ("clang-tidy", ["python3", "tools/check_clang_tidy.py"]),
]
ON_DEMAND = [("tsan", ["tools/tsan"])]  # takes minutes to build: only when it is named
RESULT = re.compile(r"\s*\d+/\d+ Test\s+#(\d+): (\S+) [.\s]*(\*\*\*)?(.*?)\s+([\d.]+) sec")
OUTPUT = re.compile(r"(\d+): (.*)")
# A part that a test left out, as the scripts and as GoogleTest say it.
SKIPPED = re.compile(r"skip  (\S.*)|\[  SKIPPED \] (\S+) \(")


class Report:
    """Prints as results come in and counts them."""

    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], 0
        self.tty = sys.stdout.isatty()
        colour = self.tty and "NO_COLOR" not in os.environ
        self.marks = {word: f"\033[{code}m{word}\033[0m" if colour else word
                      for word, code in (("pass", 32), ("FAIL", 31), ("skip", 33))}

    def line(self, mark, name, seconds, output=""):
        clear = "\r\033[K" if self.tty else ""
        print(f"{clear}{self.marks[mark]}  {name:<34}{seconds:8.1f} s", flush=True)
        if mark == "pass":
            self.passed += 1
        if mark == "skip":
            self.skipped += 1
        if mark == "FAIL":
            self.failed.append(name)
            tail = output.rstrip().splitlines()[-TAIL_LINES:]
            print("\n".join("      " + text for text in tail), flush=True)
        for part in skipped_parts(output):
            self.skipped += 1
            print(f"{self.marks['skip']}    {name}: {part}", flush=True)

    def busy(self, text):
        if self.tty:
            print(f"\r\033[K  {text} ...", end="", flush=True)

    def finish(self):
        if self.failed:
            print(f"failed: {' '.join(self.failed)}; one again: ./test {self.failed[0]}")
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {len(self.failed)} failed{skipped}")
        return 1 if self.failed or not self.passed else 0


def skipped_parts(output):
    """What a test says it left out, once each."""
    found = (SKIPPED.match(text.strip()) for text in output.splitlines())
    parts = dict.fromkeys(" ".join((m[1] or m[2]).split()) for m in found if m)
    return [part for part in parts if part != UNSANITIZED]


def step(report, name, command):
    """Runs one step. Builds show their own progress on stderr."""
    report.busy(name)
    begun = time.monotonic()
    builds = command[0] in ("tools/build", "tools/tsan")
    done = subprocess.run(command, cwd=ROOT, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=None if builds else subprocess.STDOUT)
    report.line("FAIL" if done.returncode else "pass", name, time.monotonic() - begun, done.stdout)
    return done.returncode == 0


def configured(report):
    """The ctest tests as {name: description}; configures the dev build when that is due."""
    report.busy("configuring")
    new = not (DEV / "build.ninja").exists()
    subprocess.run(["cmake", "--preset", "dev"] if new else ["ninja", "-C", DEV, "build.ninja"],
                   cwd=ROOT, check=True, capture_output=True, text=True)
    listed = subprocess.run(["ctest", "--test-dir", DEV, "--show-only=json-v1"], text=True,
                            check=True, capture_output=True)
    tests = json.loads(listed.stdout)["tests"]
    return {test["name"]: test for test in tests}


def unit_program(test):
    """The path of a GoogleTest program in the dev build, or None for other tests."""
    # ctest tells no command for a program that was not built yet.
    path = pathlib.Path(test.get("command", [DEV / f"{test['name']}_test"])[0])
    return path if path.parent == DEV and path.name.endswith("_test") else None


def needs_no_build(test):
    """The house rules read sources only."""
    labels = [p["value"] for p in test.get("properties", []) if p["name"] == "LABELS"]
    return ["house"] in labels


def run_ctest(report, names):
    """Runs the named ctest tests and reports each as it ends."""
    command = ["ctest", "--test-dir", str(DEV), "--verbose", "--timeout", "900",
               "-j", str(os.cpu_count() or 1),
               "-R", "^(" + "|".join(re.escape(name) for name in names) + ")$"]
    environment = {**os.environ, "AIDITOR_BIN": str(ROOT / "build" / "release" / "bin")}
    child = subprocess.Popen(command, cwd=ROOT, text=True, errors="replace", env=environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
    read_ctest(report, child.stdout, child.wait, names)


def read_ctest(report, lines, status, names):
    """Reports the results in ctest's lines. One that is missing, or a bad status(), is a failure:
    ctest itself may be killed, and its words may change."""
    outputs, other, missing, failed = {}, [], set(names), False
    for text in lines:
        text = text.rstrip("\n")
        if match := OUTPUT.match(text):  # first: a test may print what looks like a result
            outputs.setdefault(match[1], []).append(match[2])
        elif match := RESULT.match(text):
            number, name, bad, word, seconds = match.groups()
            skipped = "Skipped" in word or "Disabled" in word
            failed = failed or bool(bad and not skipped)
            report.line("skip" if skipped else "FAIL" if bad else "pass", name, float(seconds),
                        "\n".join(outputs.pop(number, [])))
            missing.discard(name)
        elif re.match(r"\s+Start\s+\d+:", text):
            report.busy(text.split(":", 1)[1].strip())
        else:
            other.append(text)
    code = status()
    if missing:
        other.append(f"ctest ended with {code} without a result of: {' '.join(sorted(missing))}")
    elif code and not failed:
        other.append(f"ctest ended with {code}, though no test failed")
    else:
        return
    report.line("FAIL", "ctest", 0, "\n".join(other))


def run_cases(report, tests, wanted):
    """Runs the single cases of the unit programs whose 'Suite.Case' holds `wanted`."""
    for name, test in tests.items():
        program = unit_program(test)
        if not program or not program.exists():
            continue
        listed = subprocess.run([program, "--gtest_list_tests"], text=True, capture_output=True)
        suite, found = "", []
        for text in listed.stdout.splitlines():
            if text.startswith("  "):
                case = suite + text.split("#")[0].strip()
                if wanted.lower() in case.lower():
                    found.append(case)
            elif text.split("#")[0].strip().endswith("."):
                suite = text.split("#")[0].strip()
        for case in found:
            step(report, f"{name}: {case}", [str(program), f"--gtest_filter={case}"])


def run_all(report):
    good = {name: step(report, name, command) for name, command in BEFORE}
    if good["build-dev"] and good["build-release"]:
        run_ctest(report, list(configured(report)))
    for name, command in AFTER:
        good[name] = step(report, name, command)


def run_matching(report, wanted):
    pattern = re.compile(wanted, re.IGNORECASE)
    steps = [s for s in BEFORE + AFTER if pattern.search(s[0])]
    steps += [s for s in ON_DEMAND if s[0] == wanted]
    for name, command in steps:
        step(report, name, command)
    tests = configured(report)
    matching = {n: t for n, t in tests.items() if pattern.search(n)}
    if matching:
        built = [t for t in matching.values() if not needs_no_build(t)]
        programs = [unit_program(t) for t in built]
        builds = BEFORE[1:] if built else []
        if built and all(programs):
            builds = [("build-dev", ["tools/build", "dev", *[p.name for p in programs]])]
        if all([step(report, name, command) for name, command in builds]):
            run_ctest(report, list(matching))
    elif not steps and step(report, "build-dev", ["tools/build", "dev"]):
        before = report.passed
        run_cases(report, configured(report), wanted)
        if before == report.passed and not report.failed:
            sys.exit(f"Nothing matches '{wanted}'. ./test --list shows the names.")


def show_list(report):
    for name, _ in BEFORE:
        print(name)
    for name, test in configured(report).items():
        print(f"{name}{'  (unit tests)' if unit_program(test) else ''}")
    for name, _ in AFTER:
        print(name)
    for name, _ in ON_DEMAND:
        print(f"{name}  (only when named)")


def main(arguments):
    report = Report()
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    if arguments[:1] == ["--list"]:
        show_list(report)
        return 0
    if not arguments:
        run_all(report)
    else:
        for wanted in arguments:
            run_matching(report, wanted)
    return report.finish()


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ./test --list | head
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(map(str, error.cmd))} failed:\n{error.stderr or error.stdout or ''}")
