"""Means over games, and how sure they are: 95 % intervals from a bootstrap.

Within a game videos are drawn anew. For a mean over games the games are drawn anew as well: the
figure stands for games that nobody here has seen.
"""
import numpy as np

ROUNDS = 2000
LOW, HIGH = 2.5, 97.5


def by_game(rows, games):
    """{name: row} -> [array (videos, measures)], one for each game. `games`: {name: game}."""
    out = {}
    for name, row in rows.items():
        out.setdefault(games[name], []).append(row)
    return [np.array(out[game], float) for game in sorted(out)]


def mean_over_games(groups):
    return np.mean([group.mean(0) for group in groups], 0)


def bootstrap(groups, rounds=ROUNDS):
    """(2, measures): lower and upper bound of the mean over games."""
    rng = np.random.default_rng(1)
    means = np.zeros((rounds, groups[0].shape[1]))
    for _ in groups:  # one draw of a game for each that there is
        drawn = rng.integers(len(groups), size=rounds)
        for g, group in enumerate(groups):
            mine = np.flatnonzero(drawn == g)
            videos = rng.integers(len(group), size=(len(mine), len(group)))
            means[mine] += group[videos].mean(1)
    return np.percentile(means / len(groups), [LOW, HIGH], axis=0)


def poisson_bounds(count):
    """Exact 95 % interval of an expected count, when `count` was seen."""
    def at_most(k, rate):
        terms = np.cumsum(np.log(np.maximum(rate, 1e-300)) - np.log(np.arange(1, k + 1)))
        return np.exp(-rate) * (1 + np.exp(terms).sum())

    def solve(below):
        low, high = 0.0, 10.0 * count + 20
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if below(middle) else (low, middle)
        return low
    lower = 0.0 if count == 0 else solve(lambda rate: 1 - at_most(count - 1, rate) < 0.025)
    return lower, solve(lambda rate: at_most(count, rate) > 0.025)


def span(value, bounds, digits=3, sign=False):
    """`.435 (.38 to .49)`: the value with its interval, as tables show it."""
    form = f"{'+' if sign else ''}.{digits}f"
    return f"{value:{form}} ({bounds[0]:{form}} to {bounds[1]:{form}})"


def table(head, rows):
    """Markdown lines."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows] + [""]
