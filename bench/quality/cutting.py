"""Cutting a piece of a labelled video, labels and all, as tools/make_samples.py does."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from make_samples import cut, labels  # noqa: E402

__all__ = ["cut", "labels"]
