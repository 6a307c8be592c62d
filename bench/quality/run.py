#!/usr/bin/python3
"""How good the detectors are, beside everything simpler.

  bench/quality/run.py [PART...] [OPTIONS] [-- PLAN OPTIONS]    all parts when none is named

  scores       ranking of moments on unseen games and maps, boundaries, repeats, dead air
  quiet        false highlights an hour where nothing happens
  plan         montages beside loudness montages of the same length (takes the plan options)
  short_clips  sets of replay-buffer clips: is the best one found
  reasons      whether the reason given for a highlight is what made it

  prepare      only what is slow, so that the rest is quick later (not among `all`)

Each writes a table with its numbers to bench/quality/results. Footage: shared/footage, and what
training/footage/make.py made. Answers of the program are kept in ~/.cache/aiditor-quality, so that
a stopped run goes on where it was. Needs python3-numpy, ffmpeg and auto-editor.
"""
import importlib
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: sums keep their order

import bench  # noqa: E402

PARTS = ["scores", "quiet", "plan", "short_clips", "reasons"]
MODULES = {"plan": "montages"}  # where the name of the part is not that of its file


def main():
    own = sys.argv[1:]
    plan_options = own[own.index("--") + 1:] if "--" in own else []
    parser = bench.parser(__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    options = parser.parse_args(own[:own.index("--")] if "--" in own else own)
    unknown = set(options.parts) - {"all", "prepare", *PARTS}
    if unknown:
        sys.exit(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
    typed = [word for word in own if word not in options.parts]
    made = bench.make(options, plan_options, typed)
    for part in ["prepare", *PARTS]:
        wanted = part in options.parts or (options.parts in ([], ["all"]) and part in PARTS)
        if wanted:
            importlib.import_module(MODULES.get(part, part)).main(made)


if __name__ == "__main__":
    main()
