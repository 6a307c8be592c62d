#!/usr/bin/python3
"""What training on streamed and commented variants changes: each game left out in turn, judged by a
network that saw variants of the others and by one that saw none. Prints a markdown table.

  training/compare_variants.py [--videos FOLDER...] [--program aiditor] [--work FOLDER]
"""
import argparse
import copy
import pathlib
import sys

import numpy as np
import torch

import fit
import recordings as records
from recordings import RATE_HZ
from train import HOME, ROOT, SHARED

sys.path.insert(0, str(ROOT / "bench/quality"))
import evaluator  # noqa: E402  (the metrics of the footage)


def per_second(curve, seconds):
    whole = len(curve[:seconds * RATE_HZ]) // RATE_HZ
    means = np.asarray(curve[:whole * RATE_HZ], float).reshape(whole, RATE_HZ).mean(1)
    return np.pad(means, (0, seconds - whole), mode="edge")


def loudness(recording):
    return 10 ** (np.nan_to_num(recording.cues["audio.loudness_lufs@1"], nan=-70) / 20)


def kinds_of(recording):
    """(kind, recording): itself is `clean`; a variant's file is NAME.KIND.mp4."""
    return [("clean", recording),
            *((v.video.suffixes[-2][1:], v) for v in recording.variants)]


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--videos", nargs="+", type=pathlib.Path,
                         default=[SHARED, HOME / ".cache/aiditor-footage/videos"])
    options.add_argument("--program", type=pathlib.Path,
                         default=ROOT / "build/release/bin/aiditor")
    options.add_argument("--work", type=pathlib.Path, default=HOME / ".cache/aiditor-training")
    options = options.parse_args()
    torch.set_num_threads(1)
    evaluate = evaluator.load(SHARED)
    varied = list(records.load(options.videos, options.program, options.work).values())
    ranked = [r for r in varied if r.has_highlights and r.game != "supertuxkart"]
    records.add_variants(ranked, options.program, options.work)
    bare = [copy.copy(r) for r in varied]
    for r in bare:
        r.variants = []
    rows = {}  # (kind, judge) -> game -> [(AP, W10/o)]
    for game in sorted({r.game for r in ranked}):
        nets = {f"network, {name}": fit.fit([r for r in of if r.game != game])
                for name, of in (("no variants", bare), ("variants", varied))}
        for r in (r for r in ranked if r.game == game):
            for kind, one in kinds_of(r):
                curves = {"loudness": loudness(one)} | {
                    name: fit.parts_of(net, one).sum(0) for name, net in nets.items()}
                for name, curve in curves.items():
                    score = evaluate.one(per_second(curve, len(r.labels["per_second"])), r.labels)
                    rows.setdefault((kind, name), {}).setdefault(game, []).append(
                        (score["AP"], score["W10o"]))
    print("| recordings | judge | games | videos | AP | W10/o |", "|---|---|---|---|---|---|",
          sep="\n")
    for (kind, name), games in sorted(rows.items()):
        ap, w10 = np.mean([np.mean(x, 0) for x in games.values()], 0)
        print(f"| {kind} | {name} | {len(games)} | {sum(map(len, games.values()))} | {ap:.3f} | "
              f"{w10:.3f} |")


if __name__ == "__main__":
    main()
