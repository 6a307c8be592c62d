#!/usr/bin/python3
"""Every file of the hostile corpus is refused or used as listed, and never does anything else.

usage: hostile_test.py [NAME ...]     no name runs the whole corpus
For each file: `probe` answers with a documented exit status and a sentence that names it; a
montage is made of the good clip beside it; nothing is left behind; the victim is never opened and
the network never called (inotify and a listener watch throughout, strace watches the attacks).
With AIDITOR_SANITIZED_BIN set, `analyse` runs on each file under ASan and UBSan as well.
"""
import concurrent.futures
import fractions
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
from hostile import canaries, make_corpus  # noqa: E402
from hostile.seeds import seeds_folder  # noqa: E402

LONGEST_S = 20
BATCH = 12  # refused files beside one good clip
MOST_MEMORY_BYTES = 2 << 30
ATTACKS = re.compile(r"playlist|concat|subfile|reference|gab2|dash|sami|xml|data_url|decoder_magic")
SYSTEM = re.compile(r"/(usr|lib|lib64|proc|sys|dev)(/|$)|/etc/(ld\.so|ssl|fonts|localtime|passwd$|"
                    r"nsswitch)")
SANITIZED = os.environ.get("AIDITOR_SANITIZED_BIN")


def names_the_file(said, path):
    """One clear sentence: a line with the file's name and more than a code after it."""
    lines = [line for line in said.splitlines() if path.name in line]
    if not lines:
        return [f"stderr does not name the file: {said.strip()[:200]!r}"]
    sentence = lines[0].split(path.name, 1)[1]
    problems = []
    if len(sentence.split()) < 4:
        problems.append(f"says no reason and no remedy: {lines[0][:200]!r}")
    if any(ord(ch) < 32 and ch not in "\t" for ch in lines[0]):
        problems.append("control characters reach the terminal")
    return problems


class Corpus:
    def __init__(self, base, cache):
        self.base, self.cache = base, cache
        self.folder = base / "corpus"
        seeds = seeds_folder(base)
        self.port = canaries.WatchedPort()
        self.victim = base / "victim.mp4"  # the corpus is one folder below
        self.text = self.victim.with_suffix(".srt")
        lure = make_corpus.Lure(str(self.victim), str(self.text), self.port.number)
        self.cases = make_corpus.write_corpus(self.folder, lure)
        self.text.write_text("1\n00:00:00,000 --> 00:00:09,000\nCANARY-4711\n")
        shutil.copy(seeds / "victim.mp4", self.victim)  # the seed is read by other tests too
        self.good = seeds / "good.mp4"
        self.watch = canaries.WatchedFiles([self.victim, self.text])

    def check(self, name):
        """What the file does alone; and beside a good clip when it is used, not refused."""
        begun = time.monotonic()
        path = self.folder / name
        problems, used = self.check_probe(path, self.cases[name].allowed)
        if used:
            problems += self.check_montage([path])
        return name, problems, time.monotonic() - begun, used

    def check_probe(self, path, allowed):
        """(problems, whether the program would use the file)"""
        done = program.run(["probe", path, "--no-cache"], timeout=LONGEST_S)
        if bug := done.shows_bug():
            return [f"probe {bug}"], True
        if done.status not in allowed:
            said = done.err[-300:]
            return [f"probe ended with {done.status}, not {sorted(allowed)}: {said!r}"], True
        return (names_the_file(done.err, path), False) if done.status else ([], True)

    def check_montage(self, paths):
        with tempfile.TemporaryDirectory(dir=self.base) as folder:
            out = pathlib.Path(folder) / "out.mp4"
            done = program.run(["montage", self.good, *paths, "-o", out, "--duration", "3",
                                "--resolution", "180"], timeout=LONGEST_S, cache=self.cache)
            if bug := done.shows_bug():
                return [f"montage {bug}"]
            if done.status:
                return [f"montage ended with {done.status}: {done.err[-300:]!r}"]
            left = sorted(p.name for p in pathlib.Path(folder).iterdir())
            if left != ["out.mp4"]:
                return [f"montage left {left}"]
            return check_playable(out)

    def check_sanitized(self, name):
        path = self.folder / name
        done = subprocess.run([pathlib.Path(SANITIZED) / "aiditor", "analyse", path, "--no-cache",
                               "-o", "-"], env=program.environment(), capture_output=True,
                              timeout=3 * LONGEST_S, check=False, stdin=subprocess.DEVNULL)
        seen = program.Outcome(done.returncode, "", done.stderr.decode(errors="replace"), 0)
        bug = seen.shows_bug()
        if bug or done.returncode == program.CHILD:
            return [f"sanitized analyse: {bug or seen.err[-1500:]}"]
        return []

    def check_traced(self, name):
        """Under strace: what was opened is the system's, the job's, or nothing."""
        with tempfile.TemporaryDirectory(dir=self.base) as folder:
            log = pathlib.Path(folder) / "log"
            program.run(["analyse", self.folder / name, "--no-cache", "-o", "-"],
                        timeout=2 * LONGEST_S, wrapper=canaries.strace_command(log))
            calls = log.read_text(errors="replace") if log.exists() else ""
        if "execve(" not in calls:
            return ["strace saw nothing"]
        return foreign_opens(calls, {str(self.folder / name)})


def foreign_opens(calls, own):
    problems = []
    for line in calls.splitlines():
        if "connect(" in line and "AF_UNIX" not in line and "= -1" not in line:
            problems.append(f"connects: {line[:160]}")
        found = re.search(r"\bopen(?:at2?)?\([^\"]*\"((?:[^\"\\]|\\.)*)\"", line)
        # O_TMPFILE names a folder: the job's own scratch file, which has no name.
        if not found or "O_DIRECTORY" in line or "O_TMPFILE" in line or re.search(r"= -1 E", line):
            continue
        path = found.group(1)
        if path in own or SYSTEM.match(path) or path.startswith(str(program.BIN)):
            continue
        if not path.startswith("/") or path.startswith("/tmp/aiditor"):
            continue
        problems.append(f"opens {path}")
    return problems[:4]


def check_playable(path):
    """Three seconds at whatever rate the clips led to."""
    done = subprocess.run(["ffprobe", "-v", "error", "-count_packets", "-select_streams", "v",
                           "-show_entries", "stream=r_frame_rate,nb_read_packets", "-of", "json",
                           path], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        return [f"the montage is not playable: {done.stderr[:200]}"]
    video = json.loads(done.stdout)["streams"][0]
    frames, rate = int(video["nb_read_packets"]), fractions.Fraction(video["r_frame_rate"])
    return [] if frames == round(3 * rate) else [f"the montage has {frames} frames at {rate}"]


def attack_is_live(corpus):
    """The playlist does read the victim when the stock ffmpeg opens it: the test can fail."""
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i",
                           corpus.folder / "playlist.mp4", "-frames:v", "1", "-f", "framemd5", "-"],
                          capture_output=True, timeout=60, check=False)
    touched = corpus.watch.touched()
    return [] if done.returncode == 0 and touched else ["the canary did not see ffmpeg read it"]


def run_corpus(corpus, names, tally):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        refused = []
        for name, problems, seconds, used in pool.map(corpus.check, names):
            tally.add(name, problems, seconds)
            refused += [] if used else [corpus.folder / name]
        batches = [refused[i:i + BATCH] for i in range(0, len(refused), BATCH)]
        for batch, problems in zip(batches, pool.map(corpus.check_montage, batches)):
            tally.add(f"a montage beside {len(batch)} from {batch[0].name}", problems)
    # Of all children so far, so before those that sanitizers and strace make larger.
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    tally.add(f"memory stays in its limit: {most >> 20} MiB at most",
              [] if 0 < most < MOST_MEMORY_BYTES else [f"the limit is {MOST_MEMORY_BYTES >> 20}"])
    run_elsewhere(corpus, names, tally)


def run_elsewhere(corpus, names, tally):
    """Sanitized and traced, then what was watched throughout."""
    if SANITIZED:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for name, problems in zip(names, pool.map(corpus.check_sanitized, names)):
                tally.add(f"sanitized {name}", problems)
    else:
        tally.skip("sanitized", "AIDITOR_SANITIZED_BIN is not set")
    if shutil.which("strace"):
        traced = [n for n in names if ATTACKS.search(n)]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for name, problems in zip(traced, pool.map(corpus.check_traced, traced)):
                tally.add(f"traced {name}", problems)
    else:
        tally.skip("traced", "strace is not installed")
    tally.add("the victim was never opened", ["it was"] if corpus.watch.touched() else [])
    tally.add("the network was never called",
              [f"{corpus.port.calls} calls"] if corpus.port.calls else [])


def main(wanted):
    program.require_program()
    tally = program.Tally("hostile corpus")
    base = program.MEDIA / "hostile"
    with tempfile.TemporaryDirectory() as cache:
        corpus = Corpus(base, cache)
        names = [n for n in corpus.cases if not wanted or n in wanted]
        if not names:
            sys.exit(f"the corpus has none of: {' '.join(wanted)}")
        if len(names) == len(corpus.cases):
            size = sum((corpus.folder / n).stat().st_size for n in names)
            tally.add("80 files or more, under 20 MB", [f"{len(names)} files, {size} bytes"]
                      if len(names) < 80 or size > 20e6 else [])
        tally.add("the attack works on the stock ffmpeg", attack_is_live(corpus))
        run_corpus(corpus, names, tally)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
