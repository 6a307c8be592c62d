#!/usr/bin/python3
"""From labelled footage to scores on unseen games and maps.

  training/train.py [--videos FOLDER...] [--program build/release/bin/aiditor] [--seeds N]
                    [--work ~/.cache/aiditor-training] [--out training/results.md]

Analyses every video (training/footage/make.py makes them; ../shared/footage holds nine more), then
fits networks that have not seen one game, or no map of the tested videos, and scores them there.
Needs python3-torch and python3-numpy. About a minute for each fit on one core.
"""
import argparse
import pathlib
import subprocess
import sys
import time

import numpy as np
import torch

import evaluation
import recordings as records
from fit import fit, parts_of

ROOT = pathlib.Path(__file__).resolve().parents[1]
HOME = pathlib.Path.home()
SHARED = ROOT.parent / "shared" / "footage"


def scored(known, tested, seeds, evaluator):
    """{name: (AP, W10/o)} of the tested recordings by nets that saw only the known ones."""
    nets = [fit(known, seed) for seed in range(seeds)]
    return {r.name: evaluation.measure(evaluator, r, np.mean(
        [parts_of(net, r).sum(0) for net in nets], 0)) for r in tested}


def unseen_games(all_of, seeds, evaluator):
    out = {}
    for game in sorted({r.game for r in all_of.values()}):
        tested = [r for r in all_of.values() if r.game == game and r.has_highlights]
        known = [r for r in all_of.values() if r.game != game]
        if tested:
            out |= scored(known, tested, seeds, evaluator)
            print(f"  unseen game {game}: {len(tested)} videos", flush=True)
    return out


def unseen_maps(all_of, seeds, evaluator):
    """Nets see the maps of split `train`; the rest of the same games is tested."""
    known = [r for r in all_of.values() if r.split == "train"]
    games = {r.game for r in known}
    tested = [r for r in all_of.values()
              if r.split != "train" and r.game in games and r.has_highlights]
    return scored(known, tested, seeds, evaluator)


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--videos", nargs="+", type=pathlib.Path,
                         default=[SHARED, HOME / ".cache/aiditor-footage/videos"])
    options.add_argument("--program", type=pathlib.Path,
                         default=ROOT / "build/release/bin/aiditor")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--work", type=pathlib.Path, default=HOME / ".cache/aiditor-training")
    options.add_argument("--out", type=pathlib.Path, default=ROOT / "training/results.md")
    options = options.parse_args()
    torch.set_num_threads(1)  # the nets are small; and sums keep their order
    all_of = records.load(options.videos, options.program, options.work)
    if not any(r.has_highlights for r in all_of.values()):
        sys.exit("No labelled video with a highlight; make some with training/footage/make.py.")
    evaluator = evaluation.load_evaluator(SHARED)
    loud = {name: evaluation.measure(evaluator, r, evaluation.loudness(r))
            for name, r in all_of.items() if r.has_highlights}
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], text=True,
                            capture_output=True).stdout.strip()
    lines = ["# The network on games and maps it has not seen", "",
             f"Made by `training/train.py --seeds {options.seeds}` on "
             f"{time.strftime('%Y-%m-%d')}, commit {commit}: {len(all_of)} videos, "
             f"{sum(r.labels['duration'] for r in all_of.values()) / 60:.0f} minutes. Gains over "
             "loudness with 95 % bootstrap intervals over videos.", ""]
    for title, test in (("Unseen games", unseen_games), ("Unseen maps of known games",
                                                         unseen_maps)):
        ours = test(all_of, options.seeds, evaluator)
        lines += evaluation.table(title, ours, {name: loud[name] for name in ours}, all_of)
    options.out.write_text("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
