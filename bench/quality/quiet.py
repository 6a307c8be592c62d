"""quiet.md: false highlights an hour on video where nothing happens, against recall elsewhere."""
import numpy as np

import baselines
import footage
import intervals
from bench import described, progress
from detectors import per_second
from measures import matched

RECALLS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


def loud_moments(bench, video):
    """The simple way: 4-s takes, the loudest first, scored above what is usual in the video."""
    loud, _, _ = bench.evaluate.feats(str(video.path), str(baselines.cache_folder()))
    z = (loud - np.median(loud)) / (loud.std() + 1e-9)
    return [{"start_s": float(a), "end_s": float(b), "score": float(z[a:b].mean())}
            for a, b in bench.evaluate.takes(z, len(z))]


def threshold_for(recall, scores_by_game, counts):
    """The highest score from which on `recall` of the true highlights (mean over games) is found;
    None when the detector never finds that many."""
    for threshold in sorted({s for scores in scores_by_game.values() for s in scores},
                            reverse=True):
        found = np.mean([sum(s >= threshold for s in scores_by_game[g]) / counts[g]
                         for g in counts])
        if found >= recall - 1e-9:
            return threshold
    return None


def per_hour(count, hours):
    low, high = intervals.poisson_bounds(count)
    return f"{count / hours:.1f} ({low / hours:.1f} to {high / hours:.1f})"


def rows_of(moments, ranked, quiet, games):
    """Table rows from {video name: highlights}."""
    # The score a true highlight was found with; one that the detector misses has none.
    found = {g: [h["score"] for v in ranked if v.game == g
                 for h, _ in matched(moments[v.name], v.truth)] for g in games}
    counts = {g: sum(len(v.truth) for v in ranked if v.game == g) for g in games}
    false = np.array([h["score"] for v in quiet for h in moments[v.name]])
    hours = sum(v.labels["duration"] for v in quiet) / 3600
    most = np.mean([len(found[g]) / counts[g] for g in games])
    rows = [["every moment", f"{most:.2f}", "", len(false), per_hour(len(false), hours)]]
    for recall in RECALLS:
        threshold = threshold_for(recall, found, counts)
        if threshold is None:
            rows.append(["", f"{recall:.2f}", "not reached", "", ""])
            continue
        count = int((false >= threshold).sum())
        rows.append(["", f"{recall:.2f}", f"{threshold:.2f}", count, per_hour(count, hours)])
    return rows


def main(bench):
    ranked, quiet = footage.ranked(bench.videos), [v for v in bench.videos if v.is_quiet]
    if not quiet:
        progress("quiet: there is no video labelled events_none; nothing to do.")
        return
    games = footage.target_games(ranked)
    lines = [f"Nothing happens in {described(quiet)}: each highlight there is false. Recall is the "
             f"share of true highlights that are found in {described(ranked)}, mean over games "
             f"without {footage.NOT_TARGETED}. A trained detector has seen neither the game of a "
             "quiet video nor that of another. 95 % intervals are those of a Poisson count: so "
             "little footage leaves them wide.", ""]
    for detector in bench.detectors:
        bench.detect_all([*ranked, *quiet], detector)
        moments = {v.name: bench.detect(v, detector, v.game)[0]["highlights"]
                   for v in [*ranked, *quiet]}
        lines += [f"## {detector.name}", "", *intervals.table(
            ["", "recall", "least score", "false highlights", "an hour"],
            rows_of(moments, ranked, quiet, games))]
        lines += intervals.table(
            ["quiet video", "false highlights", "highest score", "top of the curve"],
            [[v.name, len(moments[v.name]),
              f"{max((h['score'] for h in moments[v.name]), default=0):.2f}",
              f"{per_second(bench.detect(v, detector, v.game)[0]['curve'], v.seconds).max():.2f}"]
             for v in quiet])
        progress(f"quiet, {detector.name}: done")
    moments = {v.name: loud_moments(bench, v) for v in [*ranked, *quiet]}
    lines += ["## loudness, 4-s takes above the video's usual", "", *intervals.table(
        ["", "recall", "least score", "false highlights", "an hour"],
        rows_of(moments, ranked, quiet, games)[1:])]
    bench.write("quiet", "False highlights where nothing happens", lines)
