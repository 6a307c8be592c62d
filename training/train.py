#!/usr/bin/python3
"""From labelled footage to models/highlight.onnx, and to the networks that test it.

  training/train.py [--videos FOLDER...] [--program build/release/bin/aiditor] [--no-variants]
                    [--work ~/.cache/aiditor-training] [--models models]

Analyses every video (training/footage/make.py makes them; ../shared/footage holds nine more) and
a variant of each (augment.py), then writes

  models/folds/GAME.json, .onnx   trained without any recording of GAME
  models/folds/maps.json, .onnx   trained on the rows of split `train` only
  MODELS/highlight.json, .onnx  trained on all, and MODELS/README.md, its card

bench/quality/run.py scores the folds, through the program, on what they have not seen. Needs
python3-torch and python3-numpy, and what augment.py needs. The fits take seconds; a variant takes
15 s, once.
"""
import argparse
import pathlib
import subprocess
import time

import numpy as np
import torch

import recordings as records
from export import export
from fit import SHRINK, STEPS, fit, parts_of
from network import COUNT, TAPS, WINDOWS

ROOT = pathlib.Path(__file__).resolve().parents[1]
HOME = pathlib.Path.home()
SHARED = ROOT.parent / "shared" / "footage"
NAME = "model/1"


def reached(net, recordings):
    """The score that half of the labelled highlights reach, as the mean over games."""
    best = {}
    for r in recordings:
        score = parts_of(net, r).sum(0)
        for h in r.labels["highlights"]:
            inside = score[int(h["start"] * records.RATE_HZ):int(h["end"] * records.RATE_HZ) + 1]
            if len(inside):
                best.setdefault(r.game, []).append(inside.max())
    return float(np.mean([np.median(found) for found in best.values()]))


def write(net, known, path, notes):
    """Half of the highlights of the training recordings are found. Between two moments the score
    falls by half of what one must reach, as it does for the rules."""
    least = max(0.5, reached(net, known))
    export(net, known, path, NAME, least, least / 2, notes)
    print(f"  {path}: {len(known)} recordings, least {least:.2f}", flush=True)


def card(all_of, variants, commit):
    """Markdown: what the network is made of and from."""
    games = sorted({r.game for r in all_of})
    lines = [
        "# The trained detector", "",
        f"`highlight.onnx`, described by `highlight.json`, is written by `training/train.py`"
        f"{'' if variants else ' --no-variants'} ({time.strftime('%Y-%m-%d')}, commit {commit}). "
        f"One grouped convolution: {COUNT} cue groups, {TAPS} taps at 5 Hz (means over "
        f"{', '.join(map(str, WINDOWS))} samples), ranking loss within recordings, {STEPS} steps, "
        f"weights shrunk by {SHRINK}; loudness counts as much as all that was learned "
        "(training/fit.py). No random choice but the seed 0 of the compared pairs.", "",
        "Scores on games and maps it has not seen: `bench/quality/results`. It was trained on all "
        "recordings below, so scores of this very file on them say nothing.", "",
        f"## {len(all_of)} recordings, {sum(r.labels['duration'] for r in all_of) / 60:.0f} "
        "minutes", "",
        "Each is made by `training/footage/make.py NAME`, which holds the command and the seed; "
        "those of split `shared` lie in `../shared/footage`. "
        + ("Each also as one variant of `training/augment.py`." if variants else ""), "",
        "| game | recordings | minutes | highlights | names |", "|---|---|---|---|---|"]
    for game in games:
        of = [r for r in all_of if r.game == game]
        lines.append(f"| {game} | {len(of)} | {sum(r.labels['duration'] for r in of) / 60:.0f} | "
                     f"{sum(len(r.labels['highlights']) for r in of)} | "
                     f"{', '.join(r.name for r in of)} |")
    return "\n".join(lines) + "\n"


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--videos", nargs="+", type=pathlib.Path,
                         default=[SHARED, HOME / ".cache/aiditor-footage/videos"])
    options.add_argument("--program", type=pathlib.Path,
                         default=ROOT / "build/release/bin/aiditor")
    options.add_argument("--work", type=pathlib.Path, default=HOME / ".cache/aiditor-training")
    options.add_argument("--models", type=pathlib.Path, default=ROOT / "models")
    options.add_argument("--no-variants", action="store_true")
    options = options.parse_args()
    torch.set_num_threads(1)  # the sums keep their order
    all_of = list(records.load(options.videos, options.program, options.work).values())
    if not options.no_variants:
        records.add_variants([r for r in all_of if r.has_highlights], options.program,
                             options.work)
    folds = options.models / "folds"
    for game in sorted({r.game for r in all_of}):
        known = [r for r in all_of if r.game != game]
        write(fit(known), known, folds / f"{game}.json", {"x_unseen": game})
    known = [r for r in all_of if r.split == "train"]
    write(fit(known), known, folds / "maps.json", {"x_unseen": "maps"})
    write(fit(all_of), all_of, options.models / "highlight.json", {})
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], text=True,
                            capture_output=True).stdout.strip()
    (options.models / "README.md").write_text(card(all_of, not options.no_variants, commit))


if __name__ == "__main__":
    main()
