"""plan.md: montages that the program plans, beside loudness montages of the same length."""
import contextlib
import io

import numpy as np

import footage
import intervals
from baselines import cache_folder
from bench import described, progress
from measures import SHARE


def loudness_montage(evaluate, video, length_s):
    """The loudest 4-second takes; the last is cut to the asked length."""
    decibels, _, _ = evaluate.feats(str(video.path), str(cache_folder()))
    takes, left = [], length_s
    for start, end in evaluate.takes(decibels, length_s):
        end = min(end, start + left)
        takes.append([float(start), float(end)])
        left -= end - start
    return takes


def score(evaluate, plans, videos):
    """evaluate.py --plan, as {video: (of oracle, strict)}."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        evaluate.plan_table(plans, {video.name: video.labels for video in videos})
    rows = (line.split() for line in text.getvalue().splitlines())
    return {r[0]: np.array([float(r[2]), float(r[3])])
            for r in rows if r and r[0] in plans and len(r) == 4}


def beside(bench, detector, videos):
    """({video: row}, {video: row of loudness}, {video: length}, filled seconds)."""
    ours, loud, lengths, filled = {}, {}, {}, 0.0
    bench.detect_all(videos, detector)
    for video in videos:
        _, kept = bench.detect(video, detector, video.game)
        ours[video.name], fill = bench.program.plan(kept, SHARE * video.labels["duration"],
                                                    bench.options)
        lengths[video.name] = sum(end - start for start, end in ours[video.name])
        loud[video.name] = loudness_montage(bench.evaluate, video, lengths[video.name])
        filled += fill
        progress(f"plan, {detector.name}: {video.name}, {len(ours[video.name])} clips")
    return (score(bench.evaluate, ours, videos), score(bench.evaluate, loud, videos), lengths,
            filled)


def report(bench, detector, videos):
    ours, loud, lengths, filled = beside(bench, detector, videos)
    rows = [[v.name, v.game, f"{lengths[v.name]:.1f} s",
             *(f"{x:.3f}" for i in (0, 1) for x in (ours[v.name][i], loud[v.name][i]))]
            for v in videos]
    target = [v.name for v in videos if v.game != footage.NOT_TARGETED]
    a, b, gain = (intervals.by_game({n: row[n] for n in target}, bench.games)
                  for row in (ours, loud, {n: ours[n] - loud[n] for n in target}))
    mine, theirs, more = map(intervals.mean_over_games, (a, b, gain))
    rows.append(["**mean over games**", "", "", *(f"{x:.3f}" for i in (0, 1)
                                                  for x in (mine[i], theirs[i]))])
    bounds = intervals.bootstrap(gain)
    lines = [f"## {detector.name}", "", f"{filled:.1f} s of filler in all.", ""]
    lines += intervals.table(["video", "game", "length", "ours", "loudness", "ours, strict",
                              "loudness, strict"], rows)
    lines += [f"* Gain, {what}: {intervals.span(more[i], bounds[:, i], sign=True)}."
              for i, what in enumerate(("of oracle", "strict"))]
    return lines + [""]


def main(bench):
    videos = footage.ranked(bench.videos)
    lines = [f"{described(videos)}; montages of 10 % of each video. Numbers are event weight "
             "inside, as a share of what an oracle reaches with the same length; strict asks for "
             "1.5 s before and 1 s after each event. The mean is over games without "
             f"{footage.NOT_TARGETED}; intervals are 95 %, from a bootstrap over games and "
             "videos. A trained detector is always one that has not seen the game.", ""]
    for detector in bench.detectors:
        lines += report(bench, detector, videos)
    bench.write("plan", "Montages beside loudness montages of the same length", lines)
