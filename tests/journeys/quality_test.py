#!/usr/bin/python3
"""A detector that works finds what happens in samples/, and a broken one does not pass here.

The small version of bench/quality. Two figures over all clips together, as their scores can be
compared: how often a second of a highlight scores above another one (auc: .5 is chance), and the
share of found highlights whose peak lies in a true one. Broken detectors are run beside the real
one, so that the bounds are known to stop them.
"""
import json
import pathlib
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "bench/quality")]
import detectors  # noqa: E402
import intervals  # noqa: E402
import measures  # noqa: E402
import program  # noqa: E402

SAMPLES = sorted((ROOT / "samples").glob("*.mp4"))
LEAST_AUC, LEAST_IN_PLACE = 0.80, 0.60
SEEDS = 20


def judge(clips):
    """(auc, share in place) of [(curve, peaks, labels)]."""
    curves = np.concatenate([curve for curve, _, _ in clips])
    positive = np.concatenate([labels["positive"] for _, _, labels in clips])
    hits = [any(h["start"] <= peak <= h["end"] for h in labels["highlights"])
            for _, peaks, labels in clips for peak in peaks]
    return measures.auc(curves, positive), np.mean(hits) if hits else 0.0


def passes(clips):
    auc, in_place = judge(clips)
    return auc >= LEAST_AUC and in_place >= LEAST_IN_PLACE


def found_by(options, folder):
    """What the program finds, as judge() takes it, and the name of the detector."""
    out = folder / "found.json"
    done = program.run(["detect", *SAMPLES, *options, "-o", out], cache=folder / "cache",
                       timeout=300)
    if done.status != program.OK:
        return None, done.err[-300:]
    answer = json.loads(out.read_text())
    clips = []
    for path, clip in zip(SAMPLES, answer["clips"]):
        labels = json.loads(path.with_suffix(".json").read_text())
        clips.append((detectors.per_second(clip["curve"], len(labels["positive"])),
                      [h["peak_s"] for h in clip["highlights"]], labels))
    return clips, answer["detector"]


def tops(curve, count):
    """Middles of the best seconds of a curve, at least 4 s apart: the peaks it would give."""
    left, out = np.array(curve, float), []
    for _ in range(count):
        best = int(left.argmax())
        out.append(best + 0.5)
        left[max(0, best - 3):best + 4] = -np.inf
    return out


def broken(clips):
    """{name: the answers of a detector that does not work}, as many moments as the real one."""
    def all_clips(change):
        return [(curve, tops(curve, len(peaks)), labels) for curve, peaks, labels in
                ((change(old), peaks, labels) for old, peaks, labels in clips)]
    out = {"inverted": all_clips(np.negative), "constant": all_clips(np.zeros_like),
           "without highlights": [(curve, [], labels) for curve, _, labels in clips],
           "in reverse": all_clips(lambda curve: curve[::-1])}
    for seed in range(SEEDS):
        rng = np.random.RandomState(seed)
        out[f"random, {seed}"] = all_clips(lambda curve, rng=rng: np.convolve(
            rng.rand(len(curve) + 4), np.ones(5) / 5, "valid"))
        out[f"shifted, {seed}"] = all_clips(
            lambda curve, rng=rng: np.roll(curve, rng.randint(8, len(curve) - 8)))
    return out


def check_detector(tally, options, folder, known=()):
    """Checks the detector that `options` choose, unless it is known; says which it was."""
    clips, name = found_by(options, folder)
    if clips is None:
        tally.add(f"detect {' '.join(options)}", [name])
    elif name not in known:
        auc, in_place = judge(clips)
        tally.add(f"{name}: auc {auc:.3f}, {in_place:.2f} in place",
                  [] if passes(clips) else [f"must be {LEAST_AUC} and {LEAST_IN_PLACE}"])
        passed = [kind for kind, answers in broken(clips).items() if passes(answers)]
        tally.add(f"{name}: no broken detector passes", passed)
    return name


def check_measures(tally):
    """Known answers of what bench/quality counts itself."""
    found = [{"start_s": 0, "end_s": 4, "score": 1}, {"start_s": 3, "end_s": 9, "score": 2}]
    wrong = []
    if measures.boundary_errors(found, [(2.0, 8.0)]).tolist() != [[1, 1]]:
        wrong.append("the better of two highlights takes the one true one")
    if measures.duplicates([[0, 3], [4, 7], [9, 9.5]], [(1, 9.4)]) != 1:
        wrong.append("two clips show the highlight, the third hardly")
    if abs(measures.dead_air([[0, 10]], [(5, 1), (6, 1)]) - 0.5) > 1e-9:
        wrong.append("events at 5 and 6 s cover half of ten seconds")
    if measures.auc([1, 2, 2, 3], [0, 0, 1, 1]) != 0.875:
        wrong.append("auc with one tie")
    if measures.hit_at_1([0, 5, 9, 9, 1, 1], [0, 0, 1, 0, 0, 0]) != 1:
        wrong.append("half of the best 2 s is highlight")
    if not np.allclose(intervals.poisson_bounds(0), (0, 3.689), atol=1e-3) or not np.allclose(
            intervals.poisson_bounds(3), (0.619, 8.767), atol=1e-3):
        wrong.append("Poisson bounds of 0 and 3 (Garwood 1936)")
    tally.add("measures give known answers", wrong)


def main():
    program.require_program()
    tally = program.Tally("quality")
    check_measures(tally)
    with tempfile.TemporaryDirectory() as folder:
        rules = check_detector(tally, ["--detector", "rules"], pathlib.Path(folder))
        check_detector(tally, [], pathlib.Path(folder), known=[rules])  # the default, if another
        model = check_detector(tally, ["--detector", "model"], pathlib.Path(folder))
        tally.add("the trained detector that is shipped", [] if model == "model/1" else [model])
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
