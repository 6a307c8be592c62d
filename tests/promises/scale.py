"""How much of a promise a run looks at, and how sure the number makes one.

  NAME_test.py                a few, as CI does          --count N   so many
  NAME_test.py --full         as many as the promise     --seed S    the same choices again
"""
import argparse
import datetime
import os
import pathlib
import random
import sys
import time

RESULTS = pathlib.Path(__file__).resolve().parent / "results"


class Scale:
    """`few` and `full` are counts; `random` is seeded, the seed is printed."""

    def __init__(self, title, few, full):
        options = argparse.ArgumentParser()
        options.add_argument("--full", action="store_true")
        options.add_argument("--count", type=int)
        options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
        options.add_argument("--minutes", type=float, default=40, help="ends then in any case")
        options.add_argument("--keep", action="store_true", help="leave the folders of failures")
        asked = options.parse_args()
        self.title, self.seed, self.full, self.keep = title, asked.seed, asked.full, asked.keep
        self.count = asked.count or (full if asked.full else few)
        self.random = random.Random(self.seed)
        self.begun, self.minutes = time.monotonic(), asked.minutes
        print(f"{title}: count {self.count}, --seed {self.seed}", flush=True)

    def is_over(self):
        return time.monotonic() - self.begun > 60 * self.minutes

    def report(self, tried, failed, of_all=None, more=()):
        """Prints what was seen and its bound; a full run also keeps it in results/."""
        took = time.monotonic() - self.begun
        lines = [f"{failed} of {tried} broke the promise", bound(tried, failed)]
        if of_all:
            lines.append(f"{tried} of {of_all} possible ones were tried")
        lines += [*more, f"seed {self.seed}, {took:.0f} s, load {os.getloadavg()[0]:.1f} on "
                  f"{os.cpu_count()} cores"]
        print("\n".join(lines), flush=True)
        if not self.full:
            return
        RESULTS.mkdir(exist_ok=True)
        command = " ".join(["tests/promises/" + pathlib.Path(sys.argv[0]).name, *sys.argv[1:]])
        today = datetime.date.today().isoformat()
        (RESULTS / f"{self.title}.md").write_text(
            f"# {self.title}\n\n`{command}`, {today}\n\n"
            + "".join(f"* {line}\n" for line in lines), encoding="utf-8")


def bound(tried, failed):
    """The upper end of the one-sided 95 % interval (Clopper-Pearson) of the share that fails."""
    low, high = failed / tried if tried else 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if at_most(failed, tried, middle) > 0.05:
            low = middle
        else:
            high = middle
    return f"with 95 % confidence fewer than {100 * high:.2f} % do"


def at_most(failed, tried, share):
    """The chance of at most `failed` among `tried` when each fails with this share."""
    term = total = (1 - share) ** tried
    for k in range(failed):
        term *= (tried - k) / (k + 1) * share / (1 - share) if share < 1 else 0
        total += term
    return total
