"""short_clips.md: sets of replay-buffer clips, cut from the footage. Is the best one found?

A clip is 15 to 60 s long, begins at a key frame as replay buffers do, and is copied, not encoded
again. Half of a set were saved 2 to 8 s after a moment, the others at random; no second of footage
is in a set twice.
"""
import json
import math
import random

import numpy as np

import baselines
import footage
import intervals
from bench import progress
from cutting import cut, labels
from detectors import per_second

SETS, CLIPS = 10, 30  # sets in all, over the games; clips in a set
SHORTEST_S, LONGEST_S = 15, 60
LATE_S = (2, 8)
SESSION_S = 60
MEASURES = ["hit@1", "hit@3", "best 3", "S60"]


def wanted_end(rng, video, after_moment):
    if not after_moment:
        return rng.uniform(SHORTEST_S, video.labels["duration"])
    moments = [t for t, weight in video.events if weight >= footage.BIG_WEIGHT]
    return min(rng.choice(moments) + rng.uniform(*LATE_S), video.labels["duration"])


def pieces(videos, seed):
    """[(video, start, end)] of a set: at most CLIPS, disjoint."""
    rng = random.Random(seed)
    taken, out = {video.name: [] for video in videos}, []
    for attempt in range(60 * CLIPS):
        if len(out) == CLIPS:
            break
        video = rng.choice(videos)
        end = wanted_end(rng, video, after_moment=len(out) % 2 == 0)
        starts = [t for t in video.key_frames if SHORTEST_S <= end - t <= LONGEST_S
                  and all(end <= a or b <= t for a, b in taken[video.name])]
        if not starts:
            continue
        start = rng.choice(starts)
        taken[video.name].append((start, end))
        out.append((video, start, end))
    return out


def make_set(bench, game, seed):
    """[(path, labels)] of the clips, cut when they are not there yet."""
    videos = [v for v in footage.ranked(bench.videos) if v.game == game]
    folder = bench.work / "clips" / f"{game}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for i, (video, start, end) in enumerate(pieces(videos, f"{game} {seed}")):
        path = folder / f"{i:02}.mp4"
        recipe = json.dumps([video.name, video.path.stat().st_size, start, end])
        kept = path.with_suffix(".recipe")
        if not kept.exists() or kept.read_text() != recipe:
            cut(video.path, start, end, path)
            kept.write_text(recipe)
        out.append((path, labels(video.labels, start, end, video.name)))
    return out


def best_take(evaluate, truth):
    """Weight of the best 4 s of a clip."""
    events = [(e["t"], e["weight"]) for e in truth["events"]
              if e["weight"] >= footage.LEAST_WEIGHT]
    return evaluate.oracle(events, len(truth["per_second"]), evaluate.TAKE)


def top(curve):
    """The best 4 s of a curve."""
    return np.convolve(curve, np.full(4, 0.25), "valid").max()


def z(curve):
    return (curve - curve.mean()) / (curve.std() + 1e-9)


def answers(bench, clips, game):
    """{method: (curves, a value for each clip)} on one set."""
    truths = [truth for _, truth in clips]
    loud = [bench.evaluate.audio_db(str(path))[0] for path, _ in clips]
    loud = [np.pad(x, (0, max(0, len(t["per_second"]) - len(x))), mode="edge")
            for x, t in zip(loud, truths)]
    rng = np.random.RandomState(len(clips))
    curves = {baselines.RANDOM: [rng.rand(len(t["per_second"])) for t in truths],
              baselines.LOUDNESS: loud, "loudness, each clip by itself": list(map(z, loud))}
    out = {method: (own, list(map(top, own))) for method, own in curves.items()}
    for detector in bench.detectors:
        found, _ = bench.program.detect([path for path, _ in clips], detector, game)
        own = [per_second(clip["curve"], len(t["per_second"])) for clip, t in zip(found, truths)]
        # A clip without a highlight is behind all that have one.
        value = [max((h["score"] for h in clip["highlights"]), default=top(curve) - 1e6)
                 for clip, curve in zip(found, own)]
        out[detector.name] = own, value
        alone = list(map(z, own))
        out[f"{detector.name}, each clip by itself"] = alone, list(map(top, alone))
    return out


def measure(evaluate, curves, values, truths):
    """What MEASURES names."""
    weights = np.array([best_take(evaluate, truth) for truth in truths])
    order = np.argsort(-np.array(values), kind="stable")
    best = weights[order] >= weights.max() - 1e-9
    return np.array([best[0], best[:3].any(),
                     weights[order[:3]].sum() / max(1e-9, np.sort(weights)[-3:].sum()),
                     evaluate.pooled(curves, truths, SESSION_S)], float)


def main(bench):
    rows, games, sizes = {}, {}, {}
    targets = footage.target_games(footage.ranked(bench.videos))
    for game in targets:
        for seed in range(math.ceil(SETS / len(targets))):
            name, clips = f"{game} {seed + 1}", make_set(bench, game, seed)
            if len(clips) < 3:
                progress(f"short clips: {name} is left out, there is too little footage")
                continue
            games[name], sizes[name] = game, len(clips)
            truths = [truth for _, truth in clips]
            for method, (curves, values) in answers(bench, clips, game).items():
                rows.setdefault(method, {})[name] = measure(bench.evaluate, curves, values, truths)
            progress(f"short clips: {name}, {len(clips)} clips")
    bench.write("short_clips", "The best of many short clips", report(rows, games, sizes))


def report(rows, games, sizes):
    table, loud = [], rows[baselines.LOUDNESS]
    for method, own in rows.items():
        groups = intervals.by_game(own, games)
        gain = intervals.by_game({n: own[n] - loud[n] for n in own}, games)
        value, bounds = intervals.mean_over_games(groups), intervals.bootstrap(groups)
        more, more_bounds = intervals.mean_over_games(gain), intervals.bootstrap(gain)
        table.append([method, *(intervals.span(x, b, 2) for x, b in zip(value, bounds.T)),
                      intervals.span(more[-1], more_bounds[:, -1], 2, sign=True)])
    each = [[name, sizes[name], *(f"{rows[m][name][-1]:.2f}" for m in rows)] for name in games]
    return ["Clips of 15 to 60 s, cut from the footage at key frames without encoding again: half "
            "of them end 2 to 8 s after a moment, half anywhere. Each set is of one game, which a "
            "trained detector has not seen. The true value of a clip is the weight of events in "
            "its best 4 s. hit@1: the clip that the method puts first is the best; hit@3: the "
            "best is among the first three; best 3: value of the three it puts first, as a share "
            "of the best three; S60: event weight in a montage of 60 s from the set, as a share of "
            "an oracle's (evaluate.py). `each clip by "
            "itself`: the curve is normalised in each clip, as if it were the only one. Means over "
            "games, 95 % intervals from a bootstrap over sets and games.", "",
            *intervals.table(["method", *MEASURES, "gain in S60 over loudness"], table),
            "S60 of each set:", "",
            *intervals.table(["set", "clips", *rows], each)]
