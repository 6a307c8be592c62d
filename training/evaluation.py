"""Scores on games and maps that the network has not seen, beside loudness, with intervals.

The metrics are those of the footage's evaluate.py: AP of seconds, and W10/o, the share of event
weight that a montage of a tenth of the video holds, of what the best such montage would.
"""
import pathlib
import sys

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "bench/quality"))
from evaluator import load as load_evaluator  # noqa: E402, F401

ROUNDS = 2000


def per_second(curve, seconds):
    """Means of five samples; a last part of a second repeats the lowest."""
    whole = len(curve) // 5
    means = curve[:whole * 5].reshape(whole, 5).mean(1)
    return np.concatenate([means, np.full(max(0, seconds - whole), means.min())])[:seconds]


def loudness(recording):
    """Momentary loudness over 1 s; silence where there is none."""
    lufs = np.nan_to_num(recording.cues["audio.loudness_lufs@1"], nan=-70)
    return np.convolve(np.pad(lufs, 2, mode="edge"), np.ones(5) / 5, "valid")


def measure(evaluator, recording, curve):
    """(AP, W10/o) of one video."""
    labels = recording.labels
    row = evaluator.one(per_second(curve, len(labels["per_second"])), labels)
    return np.array([row["AP"], row["W10o"]])


def by_game(rows, recordings):
    """{name: (AP, W10/o)} -> {game: array of rows}."""
    games = {}
    for name, row in rows.items():
        games.setdefault(recordings[name].game, []).append(row)
    return {game: np.array(found) for game, found in sorted(games.items())}


def mean_over_games(games):
    return np.mean([found.mean(0) for found in games.values()], 0)


def interval(games, rng):
    """95 % of the mean over games: videos are drawn anew inside each game."""
    means = [np.mean([found[rng.randint(len(found), size=len(found))].mean(0)
                      for found in games.values()], 0) for _ in range(ROUNDS)]
    return np.percentile(means, [2.5, 97.5], axis=0)


def table(title, ours, theirs, recordings):
    """Markdown: by game and over all, the network beside loudness, and the paired gain."""
    rng = np.random.RandomState(0)
    a, b = by_game(ours, recordings), by_game(theirs, recordings)
    gain = {game: a[game] - b[game] for game in a}
    lines = [f"## {title}", "",
             "| game | videos | AP | loudness | gain | W10/o | loudness | gain |",
             "|---|---|---|---|---|---|---|---|"]

    def row(name, count, x, y, low, high):
        cells = [name, str(count)]
        for k in (0, 1):
            cells += [f"{x[k]:.3f}", f"{y[k]:.3f}",
                      f"{x[k] - y[k]:+.3f} ({low[k]:+.3f} to {high[k]:+.3f})"]
        lines.append("| " + " | ".join(cells) + " |")

    for game, found in a.items():
        row(game, len(found), found.mean(0), b[game].mean(0), *interval({game: gain[game]}, rng))
    row("**mean over games**", sum(map(len, a.values())), mean_over_games(a), mean_over_games(b),
        *interval(gain, rng))
    return lines + [""]
