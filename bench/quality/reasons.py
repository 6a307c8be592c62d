"""reasons.md: whether the reason given for a highlight is what made it.

`why` of a highlight gives each cue group's part of the score; the top group is the one with the
largest part. Here a group's curve over the whole video is replaced by its median, as if nothing had
stood out in it, and the highlight is scored again: the highest the curve then reaches between its
start and end. That the top group costs more than another one is not certain: its part may be large
everywhere in the video, and another moment of the highlight may step in.

A group's curve is the whole curve less the one of `detect --weight GROUP=0`; as scores are sums,
that is exact, and it is checked against `why`.
"""
import collections

import numpy as np

import footage
import intervals
from bench import described, progress

WANTED = 0.90
EXACT = 1e-6


def groups_of(clip):
    return {group for h in clip["highlights"] for group in h["why"]}


def parts_of(bench, video, detector, clip):
    """{group: curve} of a detected clip."""
    whole = np.array(clip["curve"]["values"])
    return {group: whole - np.array(bench.detect(video, detector, video.game, without=group)[0]
                                    ["curve"]["values"]) for group in sorted(groups_of(clip))}


def drops(clip, parts, highlight):
    """{group: how far the highlight's score falls without what stands out in it}."""
    whole, rate = np.array(clip["curve"]["values"]), clip["curve"]["rate_hz"]
    inside = slice(round(highlight["start_s"] * rate), max(round(highlight["end_s"] * rate),
                                                           round(highlight["start_s"] * rate) + 1))
    before = whole[inside].max()
    return {group: before - (whole - part + np.median(part))[inside].max()
            for group, part in parts.items()}


def is_exact(clip, parts, highlight):
    """Whether the curves hold the parts that `why` names, at the moment that has the score."""
    whole, rate = np.array(clip["curve"]["values"]), clip["curve"]["rate_hz"]
    near = range(max(0, int(highlight["start_s"] * rate) - 1),
                 min(len(whole), int(highlight["end_s"] * rate) + 2))
    return any(abs(whole[i] - highlight["score"]) < EXACT and
               all(abs(parts[g][i] - x) < EXACT for g, x in highlight["why"].items()) for i in near)


def judged(bench, detector, videos):
    """One row a highlight: (game, top group, share of others it beats, beats all, exact)."""
    out = []
    bench.detect_all(videos, detector)
    clips = [bench.detect(video, detector, video.game)[0] for video in videos]
    for group in sorted(set().union(*map(groups_of, clips))):
        bench.detect_all(videos, detector, without=group)
    for video in videos:
        clip, _ = bench.detect(video, detector, video.game)
        parts = parts_of(bench, video, detector, clip)
        for h in clip["highlights"]:
            top = max(h["why"], key=h["why"].get)
            fall = drops(clip, parts, h)
            beaten = [fall[top] > fall[other] for other in fall if other != top]
            if beaten:
                out.append((video.game, top, np.mean(beaten), all(beaten),
                            is_exact(clip, parts, h)))
        progress(f"reasons, {detector.name}: {video.name}")
    return out


def report(detector, rows):
    exact = sum(row[4] for row in rows)
    share = np.mean([row[2] for row in rows])
    lines = [f"## {detector.name}", "",
             f"Of {len(rows)} highlights the top group costs more than a group drawn at random "
             f"from the others in **{100 * share:.1f} %** (wanted: {100 * WANTED:.0f} %), and more "
             f"than every other in {100 * np.mean([row[3] for row in rows]):.1f} %. The curves "
             f"hold exactly what `why` says in {exact} of {len(rows)}.", ""]
    table = []
    for title, column in (("game", 0), ("top group", 1)):
        for name, count in sorted(collections.Counter(row[column] for row in rows).items()):
            own = [row for row in rows if row[column] == name]
            table.append([f"{title} {name}", count, f"{100 * np.mean([r[2] for r in own]):.1f} %",
                          f"{100 * np.mean([r[3] for r in own]):.1f} %"])
    return lines + intervals.table(["", "highlights", "more than a random other",
                                    "more than every other"], table)


def main(bench):
    videos = footage.ranked(bench.videos)
    lines = [f"{described(videos)}. `why` gives each cue group's part of a highlight's score; the "
             "top group is the one with the largest part. A group's curve over the whole video is "
             "replaced by its median and the highlight scored again, by the highest the curve then "
             "reaches in it. The random group is not drawn: its expectation is taken, over all "
             "others. A score is a sum, so a large part mostly is a large loss; it is not where "
             "the part is large all the time, or another moment steps in. A trained detector has "
             "not seen the game.", ""]
    for detector in bench.detectors:
        rows = judged(bench, detector, videos)
        lines += report(detector, rows) if rows else [f"{detector.name} finds no highlight.", ""]
    bench.write("reasons", "Is the reason given what made the highlight", lines)
