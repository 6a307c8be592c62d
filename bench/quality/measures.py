"""How good one answer for one video is. Ranking measures come from the footage's evaluate.py; those
of highlights and montages are here, and what the small version on samples/ needs."""
import numpy as np

from footage import AFTER_S, BEFORE_S

RANKING = ["AP", "W10/o", "P@5", "HIT@1", "Spearman"]
SHARE = 0.10          # of a video's length in its montage
LEAST_SHARED_S = 1.0  # a clip that shows less of a highlight does not show it


def overlap(a, b):
    return min(a[1], b[1]) - max(a[0], b[0])


def hit_at_1(curve, positive):
    """Whether the best of the video's 2-s clips is at least half highlight; of equals the mean."""
    pairs = len(curve) // 2
    score = np.asarray(curve, float)[:2 * pairs].reshape(pairs, 2).mean(1)
    hit = np.asarray(positive, float)[:2 * pairs].reshape(pairs, 2).mean(1) >= 0.5
    return float(hit[score == score.max()].mean())


def ranking(evaluate, curve, labels):
    """What RANKING names, of one curve a second."""
    row = evaluate.one(curve, labels)
    curve = np.asarray(curve, float)[:len(labels["per_second"])]
    return np.array([row["AP"], row["W10o"], row["P5"],
                     hit_at_1(curve, labels["positive"][:len(curve)]), row["rho"]])


def curve_montage(evaluate, curve, seconds):
    """The best 4-s takes of a curve for a montage of a tenth of the video, as intervals."""
    budget = max(evaluate.TAKE, round(seconds * SHARE / evaluate.TAKE) * evaluate.TAKE)
    return [[float(a), float(b)] for a, b in evaluate.merge(evaluate.takes(curve, budget))]


def matched(found, truth):
    """Pairs (found, true) of highlights that overlap, one to one: the best found one chooses
    first, and chooses the one it shows most of."""
    left, pairs = list(truth), []
    for h in sorted(found, key=lambda h: -h["score"]):
        mine = (h["start_s"], h["end_s"])
        best = max(left, key=lambda t: overlap(mine, t), default=None)
        if best and overlap(mine, best) > 0:
            left.remove(best)
            pairs.append((h, best))
    return pairs


def boundary_errors(found, truth):
    """(pairs, 2): |start - start| and |end - end| in seconds."""
    return np.array([[abs(h["start_s"] - t[0]), abs(h["end_s"] - t[1])]
                     for h, t in matched(found, truth)]).reshape(-1, 2)


def duplicates(intervals, truth):
    """How many clips of a montage show a highlight that another clip shows already."""
    shown = [sum(overlap(clip, t) >= LEAST_SHARED_S for clip in intervals) for t in truth]
    return sum(max(0, count - 1) for count in shown)


def joined(intervals, gap=0.05):
    """Clips that follow each other in the video are one for the eye."""
    out = []
    for start, end in sorted(intervals):
        if out and start - out[-1][1] <= gap:
            out[-1][1] = max(out[-1][1], end)
        else:
            out.append([start, end])
    return out


def dead_air(intervals, events):
    """Share of a montage that no event covers."""
    busy = joined([[t - BEFORE_S, t + AFTER_S] for t, _ in events], gap=0)
    total = sum(end - start for start, end in intervals)
    shown = sum(max(0.0, overlap(clip, span)) for clip in intervals for span in busy)
    return 1 - shown / total if total > 0 else np.nan


def auc(scores, positive):
    """How often a highlight's second beats another one; .5 is chance, equals count half."""
    scores, positive = np.asarray(scores, float), np.asarray(positive, bool)
    yes, no = scores[positive][:, None], scores[~positive][None]
    return float(((yes > no) + 0.5 * (yes == no)).mean())
