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
        left_out = [] if bench.with_auto_editor else baselines.AUTO_EDITOR
        self.methods = [*(name for name in baselines.NAMES[:-1] if name not in left_out),
                        *self.detectors, baselines.ORACLE]

    def fold(self, video):
        return "maps" if self.by_maps else video.game

    def known(self, video):
        """What a trained method may have seen before this video."""
        return [v for v in footage.ranked(self.bench.videos)
                if (v.split == "train" if self.by_maps else v.game != video.game)]

    @functools.lru_cache(maxsize=None)
    def _baselines(self, video):
        return baselines.curves(self.bench.evaluate, video, self.bench.with_auto_editor)

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

    def of_game(self, game):
        return [video for video in self.videos if video.game == game]

    def groups(self, method, games, minus=None):
        """Rows by game; with `minus`, the paired gain over that method."""
        return [np.array([self.row(method, v) - (self.row(minus, v) if minus else 0)
                          for v in self.of_game(game)]) for game in games]


def session(answers, method, videos, draw):
    """S60 of some videos of one game behind each other."""
    curves = []
    for video in videos:
        own = answers.curves(method, video)
        curves.append(own[draw % len(own)])
    return answers.bench.evaluate.pooled(curves, [video.labels for video in videos], SESSION_S)


def sessions(answers, games):
    """{method: (value by game, (rounds, games) of drawn videos)} of S60."""
    rng = np.random.default_rng(2)
    value = {m: np.zeros(len(games)) for m in answers.methods}
    drawn = {m: np.zeros((S60_ROUNDS, len(games))) for m in answers.methods}
    for g, game in enumerate(games):
        videos = answers.of_game(game)
        picks = [rng.integers(len(videos), size=len(videos)) for _ in range(S60_ROUNDS)]
        for method in answers.methods:
            tries = len(answers.curves(method, videos[0]))
            value[method][g] = np.mean([session(answers, method, videos, k)
                                        for k in range(tries)])
            for r, pick in enumerate(picks):
                drawn[method][r, g] = session(answers, method, [videos[i] for i in pick], r)
        progress(f"{answers.setting}: sessions of {game}")
    return {method: (value[method], drawn[method]) for method in answers.methods}


def session_bounds(drawn):
    """Games are drawn anew too, as intervals.bootstrap does."""
    rng = np.random.default_rng(3)
    games = drawn.shape[1]
    means = [drawn[rng.integers(len(drawn), size=games), rng.integers(games, size=games)].mean()
             for _ in range(intervals.ROUNDS)]
    return np.percentile(means, [intervals.LOW, intervals.HIGH])


def mean_tables(answers, games, s60):
    """Two tables: the values, and the paired gains over loudness."""
    values, gains = [], []
    for method in answers.methods:
        mine, drawn = s60[method]
        groups = answers.groups(method, games)
        row, bounds = intervals.mean_over_games(groups), intervals.bootstrap(groups)
        values.append([method, *(intervals.span(x, b) for x, b in zip(row, bounds.T)),
                       intervals.span(mine.mean(), session_bounds(drawn))])
        if method in (baselines.LOUDNESS, baselines.ORACLE):
            continue
        theirs, also_drawn = s60[baselines.LOUDNESS]
        groups = answers.groups(method, games, minus=baselines.LOUDNESS)
        row, bounds = intervals.mean_over_games(groups), intervals.bootstrap(groups)
        gains.append([method, *(intervals.span(x, b, sign=True) for x, b in zip(row, bounds.T)),
                      intervals.span((mine - theirs).mean(), session_bounds(drawn - also_drawn),
                                     sign=True)])
    head = ["method", *RANKING, "S60"]
    return (["Mean over games:", "", *intervals.table(head, values),
             f"Paired gain over {baselines.LOUDNESS}:", "", *intervals.table(head, gains)])


def game_table(answers, games, method, s60):
    """One game a row: values, and the paired gain over loudness with videos drawn anew."""
    rows = []
    for game in games:
        own = answers.groups(method, [game])
        gain = answers.groups(method, [game], minus=baselines.LOUDNESS)
        row, more = own[0].mean(0), gain[0].mean(0)
        bounds = intervals.bootstrap(gain)
        cells = [game, len(own[0])]
        for k in (0, 1):
            cells += [f"{row[k]:.3f}", intervals.span(more[k], bounds[:, k], sign=True)]
        cells += [f"{row[k]:.3f}" for k in (2, 3, 4)]
        rows.append([*cells, f"{s60[game][method]:.3f}"])
    return intervals.table(["game", "videos", "AP", "gain", "W10/o", "gain", *RANKING[2:], "S60"],
                           rows)


def montage_row(answers, games, method):
    """Recall and precision of highlights, their boundaries, and what montages repeat and waste;
    means over games."""
    found_share, right, errors, twice, dead = [], [], [], [], []
    for game in games:
        videos = answers.of_game(game)
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
    cells = [method]
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
            answers.row(method, video)
        progress(f"{setting}: {video.name}")
    games = footage.target_games(answers.videos)
    s60 = sessions(answers, games)
    by_game = {game: {m: s60[m][0][g] for m in answers.methods} for g, game in enumerate(games)}
    lines = [f"## {setting[0].upper()}{setting[1:]}", "",
             f"{what} {described(answers.videos)}.", ""]
    lines += mean_tables(answers, games, s60)
    apart = answers.of_game(footage.NOT_TARGETED)
    if apart:
        by_game[footage.NOT_TARGETED] = {m: session(answers, m, apart, 0) for m in answers.methods}
    for method in [*answers.detectors, baselines.LOUDNESS]:
        listed = [*games, *([footage.NOT_TARGETED] if apart else [])]
        lines += [f"By game, {method}:", "", *game_table(answers, listed, method, by_game)]
    lines += ["Highlights above the default threshold, and montages of 10 % (of detectors as the "
              "program plans them, of the others the best 4-s takes):", ""]
    lines += intervals.table(
        ["method", "recall", "precision", "start is off by", "end is off by",
         "clips that repeat a highlight", "dead air"],
        [montage_row(answers, games, method) for method in answers.methods])
    short = {m: [*intervals.mean_over_games(answers.groups(m, games))[:3], s60[m][0].mean()]
             for m in answers.methods}
    return lines, short


def show_in_readme(shorts):
    """Replaces the table of README.md: AP and W10/o of the methods people know."""
    methods = [baselines.RANDOM, *baselines.AUTO_EDITOR, baselines.PROTOTYPE, baselines.LOUDNESS,
               "rules", "model", baselines.ORACLE]
    rows = [[m, *(f"{x:.2f}".lstrip("0") for short in shorts for x in short[m][:2])]
            for m in methods if m in shorts[0]]
    head = ["mean over games", *(f"{name}, {setting}" for setting, _ in SETTINGS
                                 for name in RANKING[:2])]
    text = README.read_text()
    before, rest = text.split(README_BEGIN)
    after = rest.split(README_END)[1]
    table = "\n".join(intervals.table(head, rows)).rstrip()
    README.write_text(f"{before}{README_BEGIN}\n{table}\n{README_END}{after}")


def main(bench):
    parts, shorts = [], []
    for setting, what in SETTINGS:
        lines, short = setting_lines(bench, setting, what)
        parts += lines
        shorts.append(short)
    head = ["method", *(f"{name}, {setting}" for setting, _ in SETTINGS
                        for name in (*RANKING[:3], "S60"))]
    lines = [f"Means over games without {footage.NOT_TARGETED}, whose truth comes from sounds; "
             "it stands apart in the tables by game. 95 % intervals are from a bootstrap over "
             "videos and, for means, over games. AP, W10/o, P@5, Spearman and S60 are those of the "
             "footage's evaluate.py; HIT@1: the best 2-s clip is at least half highlight. The rule "
             "was made while looking at the nine videos of shared/footage."
             + ("" if bench.with_auto_editor else " auto-editor was left out."), "",
             *intervals.table(head, [[m, *(f"{x:.3f}" for short in shorts for x in short[m])]
                                     for m in shorts[0]]), *parts]
    if bench.is_complete:
        show_in_readme(shorts)
    bench.write("scores", "Detectors and baselines on games and maps they have not seen", lines)
