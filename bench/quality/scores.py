"""scores.md: both detectors and all baselines on games and maps that were not seen."""
import functools

import numpy as np

import baselines
import footage
import intervals
import measures
from bench import ROOT, described, progress
from detectors import per_second
from measures import RANKING

SESSION_S = 60     # S60: a montage of one minute from all videos of a game
S60_ROUNDS = 50     # an oracle for each draw is slow
README = ROOT / "README.md"
README_BEGIN, README_END = "<!-- bench/quality/run.py scores -->", "<!-- end -->"
SETTINGS = [("unseen games", "Leave one game out: trained detectors have not seen the game."),
            ("unseen maps", "Videos outside split `train`, of games in it: trained detectors know "
             "the game, not the map.")]


class Answers:
    """Curves, highlights and montages of every method for the videos of one setting."""

    def __init__(self, bench, setting):
        self.bench, self.setting = bench, setting
        self.by_maps = setting == "unseen maps"
        self.videos = (footage.unseen_maps if self.by_maps else footage.ranked)(bench.videos)
        self.detectors = {detector.name: detector for detector in bench.detectors}
        names = [*baselines.NAMES[:-1], *self.detectors, baselines.ORACLE]
        games = footage.games_of(self.videos)
        self.methods = [name for name in names
                        if all(self.of_game(game, name) for game in games)]

    def fold(self, video):
        return "maps" if self.by_maps else video.game

    def known(self, video):
        """What a trained method may have seen before this video."""
        return [v for v in footage.ranked(self.bench.videos)
                if (v.split == "train" if self.by_maps else v.game != video.game)]

    @functools.lru_cache(maxsize=None)
    def _baselines(self, video):
        return baselines.curves(self.bench.evaluate, video, self.bench.run_auto_editor)

    @functools.lru_cache(maxsize=None)
    def curves(self, method, video):
        """One curve a second; twenty for random."""
        if method == baselines.RANDOM:
            return baselines.random_curves(video)
        if method == baselines.POSITION:
            return [baselines.prior(video, self.known(video))]
        if method in self.detectors:
            return [per_second(self.clip(method, video)["curve"], video.seconds)]
        return [self._baselines(video)[method]]

    def clip(self, method, video):
        return self.bench.detect(video, self.detectors[method], self.fold(video))[0]

    @functools.lru_cache(maxsize=None)
    def row(self, method, video):
        return np.mean([measures.ranking(self.bench.evaluate, curve, video.labels)
                        for curve in self.curves(method, video)], 0)

    def montages(self, method, video):
        """What a montage of a tenth of the video shows, for each curve of the method."""
        if method in self.detectors:
            _, kept = self.bench.detect(video, self.detectors[method], self.fold(video))
            clips, _ = self.bench.program.plan(kept, measures.SHARE * video.labels["duration"])
            return [measures.joined(clips)]
        return [measures.curve_montage(self.bench.evaluate, curve, video.seconds)
                for curve in self.curves(method, video)]

    def of_game(self, game, method=None):
        """Its videos; with a method, those that it judged: auto-editor may not have run on all."""
        return [video for video in self.videos if video.game == game and
                (method not in baselines.AUTO_EDITOR or method in self._baselines(video))]

    def label(self, method):
        """The method, and on how many videos when not on all."""
        count = sum(len(self.of_game(game, method)) for game in footage.games_of(self.videos))
        return method if count == len(self.videos) else f"{method} ({count} videos)"

    def is_whole(self, method):
        return self.label(method) == method

    def groups(self, method, games, minus=None):
        """Rows by game; with `minus`, the paired gain over that method."""
        return [np.array([self.row(method, v) - (self.row(minus, v) if minus else 0)
                          for v in self.of_game(game, method)]) for game in games]


def session(answers, method, videos, draw):
    """S60 of some videos of one game behind each other."""
    curves = []
    for video in videos:
        own = answers.curves(method, video)
        curves.append(own[draw % len(own)])
    return answers.bench.evaluate.pooled(curves, [video.labels for video in videos], SESSION_S)


def sessions(answers, games):
    """{method: (value by game, (rounds, games) of drawn videos)} of S60; without those that did
    not judge every video."""
    rng = np.random.default_rng(2)
    methods = [method for method in answers.methods if answers.is_whole(method)]
    value = {m: np.zeros(len(games)) for m in methods}
    drawn = {m: np.zeros((S60_ROUNDS, len(games))) for m in methods}
    for g, game in enumerate(games):
        videos = answers.of_game(game)
        picks = [rng.integers(len(videos), size=len(videos)) for _ in range(S60_ROUNDS)]
        for method in methods:
            tries = len(answers.curves(method, videos[0]))
            value[method][g] = np.mean([session(answers, method, videos, k)
                                        for k in range(tries)])
            for r, pick in enumerate(picks):
                drawn[method][r, g] = session(answers, method, [videos[i] for i in pick], r)
        progress(f"{answers.setting}: sessions of {game}")
    return {method: (value[method], drawn[method]) for method in methods}


def session_bounds(drawn):
    """Games are drawn anew too, as intervals.bootstrap does."""
    rng = np.random.default_rng(3)
    games = drawn.shape[1]
    means = [drawn[rng.integers(len(drawn), size=games), rng.integers(games, size=games)].mean()
             for _ in range(intervals.ROUNDS)]
    return np.percentile(means, [intervals.LOW, intervals.HIGH])


def session_cell(s60, method, minus=None):
    """S60 of a method, or its gain over another one, with its interval."""
    if method not in s60:
        return ""
    value, drawn = s60[method]
    if minus:
        value, drawn = value - s60[minus][0], drawn - s60[minus][1]
    return intervals.span(value.mean(), session_bounds(drawn), sign=bool(minus))


def mean_tables(answers, games, s60):
    """Two tables: the values, and the paired gains over loudness."""
    tables = []
    for minus in (None, baselines.LOUDNESS):
        rows = []
        for method in answers.methods:
            if minus and method in (baselines.LOUDNESS, baselines.ORACLE):
                continue
            groups = answers.groups(method, games, minus)
            row, bounds = intervals.mean_over_games(groups), intervals.bootstrap(groups)
            rows.append([answers.label(method),
                         *(intervals.span(x, b, sign=bool(minus)) for x, b in zip(row, bounds.T)),
                         session_cell(s60, method, minus)])
        tables.append(intervals.table(["method", *RANKING, "S60"], rows))
    return ["Mean over games:", "", *tables[0],
            f"Paired gain over {baselines.LOUDNESS} on the same videos:", "", *tables[1]]


def game_table(answers, games, method, s60):
    """One game a row: values, and the paired gain over loudness with videos drawn anew; one video
    has no interval."""
    rows = []
    for game in games:
        own = answers.groups(method, [game])
        gain = answers.groups(method, [game], minus=baselines.LOUDNESS)
        row, more = own[0].mean(0), gain[0].mean(0)
        bounds = intervals.bootstrap(gain)
        cells = [game, len(own[0])]
        for k in (0, 1):
            cells += [f"{row[k]:.3f}", intervals.span(more[k], bounds[:, k], sign=True)
                      if len(own[0]) > 1 else f"{more[k]:+.3f}"]
        cells += [f"{row[k]:.3f}" for k in (2, 3, 4)]
        rows.append([*cells, f"{s60[game][method]:.3f}"])
    return intervals.table(["game", "videos", "AP", "gain", "W10/o", "gain", *RANKING[2:], "S60"],
                           rows)


def montage_row(answers, games, method):
    """Recall and precision of highlights, their boundaries, and what montages repeat and waste;
    means over games."""
    found_share, right, errors, twice, dead = [], [], [], [], []
    for game in games:
        videos = answers.of_game(game, method)
        shown = [(v, m) for v in videos for m in answers.montages(method, v)]
        twice.append(np.mean([measures.duplicates(m, v.truth) for v, m in shown]))
        dead.append(np.nanmean([measures.dead_air(m, v.events) for v, m in shown]))
        if method not in answers.detectors:
            continue
        found = [(answers.clip(method, v)["highlights"], v.truth) for v in videos]
        pairs = [measures.boundary_errors(*x) for x in found]
        hits = sum(map(len, pairs))
        found_share.append(hits / sum(len(truth) for _, truth in found))
        right.append(hits / max(1, sum(len(hs) for hs, _ in found)))
        errors.append(np.median(np.concatenate(pairs), axis=0) if hits else [np.nan, np.nan])
    cells = [answers.label(method)]
    if errors:
        start, end = np.nanmean(errors, 0)
        cells += [f"{np.mean(found_share):.2f}", f"{np.mean(right):.2f}", f"{start:.2f} s",
                  f"{end:.2f} s"]
    else:
        cells += [""] * 4
    return [*cells, f"{np.mean(twice):.2f}", f"{100 * np.mean(dead):.0f} %"]


def setting_lines(bench, setting, what):
    """(lines, row of the short table by method)."""
    answers = Answers(bench, setting)
    for detector in bench.detectors:
        bench.detect_all(answers.videos, detector, answers.by_maps)
    for video in answers.videos:
        for method in answers.methods:
            if video in answers.of_game(video.game, method):
                answers.row(method, video)
        progress(f"{setting}: {video.name}")
    games = footage.target_games(answers.videos)
    s60 = sessions(answers, games)
    by_game = {game: {m: s60[m][0][g] for m in s60} for g, game in enumerate(games)}
    lines = [f"## {setting[0].upper()}{setting[1:]}", "",
             f"{what} {described(answers.videos)}.", ""]
    lines += mean_tables(answers, games, s60)
    apart = answers.of_game(footage.NOT_TARGETED)
    if apart:
        by_game[footage.NOT_TARGETED] = {m: session(answers, m, apart, 0) for m in s60}
    for method in answers.detectors:
        listed = [*games, *([footage.NOT_TARGETED] if apart else [])]
        lines += [f"By game, {method}, and its gain over {baselines.LOUDNESS}:", "",
                  *game_table(answers, listed, method, by_game)]
    lines += ["Highlights above the default threshold, and montages of 10 % (of detectors as the "
              "program plans them, of the others the best 4-s takes):", ""]
    lines += intervals.table(
        ["method", "recall", "precision", "start is off by", "end is off by",
         "clips that repeat a highlight", "dead air"],
        [montage_row(answers, games, method) for method in answers.methods])
    short = {answers.label(m): [*(f"{x:.3f}" for x in intervals.mean_over_games(
        answers.groups(m, games))[:3]), f"{s60[m][0].mean():.3f}" if m in s60 else ""]
        for m in answers.methods}
    return lines, short


def short_rows(shorts, count):
    """One row a method: its first `count` figures in each setting."""
    methods = list(dict.fromkeys(m.partition(" (")[0] for short in shorts for m in short))
    rows = []
    for method in methods:
        labels = [next((m for m in short if m.partition(" (")[0] == method), None)
                  for short in shorts]
        named = next(label for label in labels if label)
        rows.append([named, *(x for short, label in zip(shorts, labels)
                              for x in (short[label] if label else [""] * 4)[:count])])
    return rows


def show_in_readme(shorts):
    """Replaces the table of README.md: AP and W10/o of the methods people know."""
    known = (baselines.RANDOM, *baselines.AUTO_EDITOR, baselines.PROTOTYPE, baselines.LOUDNESS,
             "rules", "model", baselines.ORACLE)
    rows = [row for row in short_rows(shorts, 2) if row[0].partition(" (")[0] in known]
    head = ["mean over games", *(f"{name}, {setting}" for setting, _ in SETTINGS
                                 for name in RANKING[:2])]
    before, rest = README.read_text().split(README_BEGIN)
    after = rest.split(README_END)[1]
    table = "\n".join(intervals.table(head, rows)).rstrip()
    README.write_text(f"{before}{README_BEGIN}\n{table}\n{README_END}{after}")


def main(bench):
    parts, shorts = [], []
    for setting, what in SETTINGS:
        if not Answers(bench, setting).videos:
            progress(f"{setting}: left out, there is no video for it")
            continue
        lines, short = setting_lines(bench, setting, what)
        parts += lines
        shorts.append(short)
    head = ["method", *(f"{name}, {setting}" for setting, _ in SETTINGS[:len(shorts)]
                        for name in (*RANKING[:3], "S60"))]
    lines = [f"Means over games without {footage.NOT_TARGETED}, whose truth comes from sounds; "
             "it stands apart in the tables by game. 95 % intervals are from a bootstrap over "
             "videos and, for means, over games. AP, W10/o, P@5, Spearman and S60 are those of the "
             "footage's evaluate.py; HIT@1: the best 2-s clip is at least half highlight. The rule "
             "was made while looking at the nine videos of shared/footage.", "",
             *intervals.table(head, short_rows(shorts, 4)), *parts]
    if bench.is_complete and len(shorts) == len(SETTINGS):
        show_in_readme(shorts)
    bench.write("scores", "Detectors and baselines on games and maps they have not seen", lines)
