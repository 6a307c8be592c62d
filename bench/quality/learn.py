#!/usr/bin/python3
"""What ten thumbs up and down gain on parts of the same game that were not marked.

  bench/quality/learn.py [--program build/release/bin/aiditor] [--footage FOLDER...]
                         [--detector D] [--draws 5] [--marks 10] [--shared] [--out FILE]

A simulated person sees what `aiditor detect` found in one part of a recording and marks up to
ten moments of it, drawn at random: up where an event of weight 2 or more covers it, else down.
Where there are fewer highlights, the next best places of the curve are marked too. `aiditor like`
writes the marks, `aiditor detect --learn` uses them. Measured is what changes where nobody marked
anything:
  halves      marks in one half of a recording, measured on the other half; halves by turns
  recordings  marks in another recording of the same game, measured on the whole recording
W10/o and AP are those of the footage's evaluate.py, of the curve. The gain of a video is the mean
of its draws; intervals are bootstrapped over videos. Width and strength of taste were chosen on the
nine videos of the shared footage, which are left out (--shared takes them alone).
Needs python3-numpy.
"""
import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import evaluator  # noqa: E402
import footage  # noqa: E402
from detectors import per_second  # noqa: E402

ROUNDS = 10_000
EDGE_S, APART_S = 5, 4  # marks keep away from what is measured, and from each other


def clips_of(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{program} {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return json.loads(done.stdout)["clips"][0] if done.stdout else None


class Video:
    def __init__(self, program, labelled, work):
        self.name, self.game = labelled.name, labelled.game
        self.labels, self.seconds = labelled.labels, labelled.seconds
        self.cues = work / f"{labelled.name}.json"
        clips_of(program, "analyse", labelled.path, "-o", self.cues)
        self.found = clips_of(program, "detect", self.cues)

    def is_highlight(self, at):
        return any(e["weight"] >= 2 and e["t"] - 2.5 <= at <= e["t"] + 1.5
                   for e in self.labels["events"])

    def candidates(self, begin, end):
        """Highlights of a part, then the best places of the curve away from them."""
        highlights = [h["peak_s"] for h in self.found["highlights"] if begin <= h["peak_s"] <= end]
        curve = np.array(self.found["curve"]["values"])
        others = []
        for i in np.argsort(-curve, kind="stable"):
            at = (i + 0.5) / 5
            if begin <= at <= end and all(abs(at - x) > APART_S for x in highlights + others):
                others.append(float(at))
            if len(others) >= 20:
                break
        return highlights, others

    def draw(self, begin, end, count, rng):
        """[(moment, up or down)]: at random among the highlights, then the next best."""
        highlights, others = self.candidates(begin, end)
        chosen = [highlights[i] for i in rng.permutation(len(highlights))[:count]]
        chosen += others[:count - len(chosen)]
        return [(at, self.is_highlight(at)) for at in chosen]

    def part(self, begin, end):
        """The labels of [begin, end) in whole seconds."""
        return {"events": [{**e, "t": e["t"] - begin} for e in self.labels["events"]
                           if begin <= e["t"] < end],
                "per_second": self.labels["per_second"][begin:end],
                "positive": self.labels["positive"][begin:end], "duration": end - begin}


def gain(program, evaluate, marked, marks, measured, begin, end):
    """(W10/o, AP) with the marks above that without, on [begin, end) of `measured`."""
    with tempfile.TemporaryDirectory() as folder:
        likes = pathlib.Path(folder) / "likes.json"
        thumbs = [x for at, up in marks for x in ("--up" if up else "--down", f"{at:.3f}")]
        clips_of(program, "like", marked.cues, *thumbs, "-o", likes)
        with_taste = clips_of(program, "detect", measured.cues, "--learn", likes)
    rows = []
    for found in (with_taste, measured.found):
        curve = per_second(found["curve"], measured.seconds)[begin:end]
        row = evaluate.one(curve, measured.part(begin, end))
        rows.append(np.array([row["W10o"], row["AP"]]))
    return rows[0] - rows[1]


def halves(program, evaluate, video, count, draws):
    rng, middle, out = np.random.default_rng(1), video.seconds // 2, []
    for draw in range(draws):
        marked, measured = ((0, middle), (middle, video.seconds))[::1 if draw % 2 == 0 else -1]
        if not any(e["weight"] >= 2 for e in video.part(*measured)["events"]):
            continue
        edge = (EDGE_S if marked[0] else 0, 0 if marked[0] else EDGE_S)
        marks = video.draw(marked[0] + edge[0], marked[1] - edge[1], count, rng)
        out.append(gain(program, evaluate, video, marks, video, *measured))
    return np.mean(out, 0) if out else None


def recordings(program, evaluate, video, videos, count, draws):
    rng, out = np.random.default_rng(2), []
    others = [v for v in videos if v.game == video.game and v is not video]
    for _ in range(draws if others else 0):
        other = others[rng.integers(len(others))]
        marks = other.draw(0, other.seconds, count, rng)
        out.append(gain(program, evaluate, other, marks, video, 0, video.seconds))
    return np.mean(out, 0) if out else None


def cell(values, rng):
    """Mean and 95 % interval over videos."""
    means = [np.mean(rng.choice(values, len(values))) for _ in range(ROUNDS)]
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{np.mean(values):+.3f} ({low:+.3f} to {high:+.3f})"


def table(rows, videos):
    rng = np.random.default_rng(0)
    lines = ["| game | videos | W10/o | AP |", "|---|---|---|---|"]
    games = sorted({videos[n].game for n in rows})
    for name, members in [(g, [n for n in rows if videos[n].game == g]) for g in games] + [
            ("**all**", list(rows))]:
        values = np.array([rows[n] for n in members])
        lines.append(f"| {name} | {len(members)} | {cell(values[:, 0], rng)} | "
                     f"{cell(values[:, 1], rng)} |")
    return "\n".join(lines)


def load(arguments, work):
    """By name; SuperTuxKart's one recording is among the shared ones."""
    return {labelled.name: Video(arguments.program, labelled, work)
            for labelled in footage.load(arguments.footage)
            if labelled.is_ranked and (labelled.split == "shared") == arguments.shared}


def made_with(program):
    def first(*command):
        return subprocess.run(command, capture_output=True, text=True,
                              cwd=ROOT).stdout.split("\n")[0]
    return (f"{first(program, '--version')}, commit "
            f"{first('git', 'rev-parse', '--short=10', 'HEAD')}; numpy {np.__version__}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = ROOT.parent / "shared/footage"
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/aiditor"))
    parser.add_argument("--footage", type=pathlib.Path, nargs="+", default=[
        shared, pathlib.Path.home() / ".cache/aiditor-footage/videos"])
    parser.add_argument("--evaluator", type=pathlib.Path, default=shared)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--marks", type=int, default=10)
    parser.add_argument("--detector", help="as `aiditor` takes it")
    parser.add_argument("--shared", action="store_true", help="the nine videos of the choice")
    parser.add_argument("--out", type=pathlib.Path,
                        default=ROOT / "bench/quality/results/learn.md")
    arguments = parser.parse_args()
    if arguments.detector:
        os.environ["AIDITOR_DETECTOR"] = arguments.detector
    evaluate = evaluator.load(arguments.evaluator)
    with tempfile.TemporaryDirectory() as folder:
        videos = load(arguments, pathlib.Path(folder))
        tables = {}
        for name, measure in (
                ("Marks in one half, measured on the other", lambda v: halves(
                    arguments.program, evaluate, v, arguments.marks, arguments.draws)),
                ("Marks in another recording of the game", lambda v: recordings(
                    arguments.program, evaluate, v, videos.values(), arguments.marks,
                    arguments.draws))):
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                rows = dict(zip(videos, pool.map(measure, videos.values())))
            tables[name] = table({n: r for n, r in rows.items() if r is not None}, videos)
            print(f"{name}\n{tables[name]}", flush=True)
    detector = json.loads(subprocess.run(
        [arguments.program, "detect", ROOT / "samples"], capture_output=True, text=True,
        check=True).stdout)["detector"]
    chosen = "videos that taste was chosen on" if arguments.shared else \
        "videos besides the shared ones (docs/detection.md: which were seen before)"
    sections = "\n\n".join(f"## {name}\n\n{text}" for name, text in tables.items())
    command = shlex.join(["bench/quality/learn.py", *sys.argv[1:]])
    arguments.out.write_text(f"""# What thumbs up and down gain

Made by `{command}` on {datetime.date.today()} with
{made_with(arguments.program)}; detector {detector}; {arguments.marks} marks,
{arguments.draws} draws a video, {len(videos)} {chosen}. Gains over the same detector without
marks, with 95 % intervals over videos; what is measured was never marked.

{sections}
""")


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
