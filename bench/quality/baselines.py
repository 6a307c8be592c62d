"""What others would choose: one curve a second and video for each simple method.

Signals and their cache are those of the footage's evaluate.py.
"""
import os
import pathlib

import numpy as np

from footage import position_prior

SEEDS = 20
LOUDNESS = "loudness"
PROTOTYPE = "prototype's rule"
RANDOM, ORACLE, POSITION = "random", "oracle", "position prior"
AUTO_EDITOR = ["auto-editor audio", "auto-editor motion"]
NAMES = [RANDOM, "uniform", POSITION, "motion", LOUDNESS, PROTOTYPE, *AUTO_EDITOR, ORACLE]


def cache_folder():
    """The one evaluate.py uses."""
    folder = pathlib.Path(os.environ.get("EVALCACHE") or
                          pathlib.Path.home() / ".cache/aiditor-eval")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def kept_auto_editor(video, mode):
    """The file of its answer; one that is older than the video is deleted, because auto-editor's
    answers are kept by the video's name alone."""
    kept = cache_folder() / f"{video.path.name}.ae_{mode}.json"
    if kept.exists() and kept.stat().st_mtime < video.path.stat().st_mtime:
        kept.unlink()
    return kept


def auto_editor(evaluate, video, mode):
    """1 where auto-editor keeps the second."""
    kept_auto_editor(video, mode)
    return evaluate.ae_seconds(evaluate.autoedit(str(video.path), str(cache_folder()), mode),
                               video.seconds)


def random_curves(video):
    seed = sum(video.name.encode())
    return [np.random.RandomState(1000 * k + seed).rand(video.seconds) for k in range(SEEDS)]


def prior(video, known):
    """Where highlights lay in the videos that were known."""
    bins = position_prior(known)
    places = (np.arange(video.seconds) + 0.5) / video.seconds
    return np.interp(places, (np.arange(len(bins)) + 0.5) / len(bins), bins)


def curves(evaluate, video, run_auto_editor):
    """{method: curve}, those without knowledge of other videos. Without `run_auto_editor` its
    curves are there when it has run before."""
    loud, _, motion = evaluate.feats(str(video.path), str(cache_folder()))
    out = {"uniform": np.array([1.0 if i % 40 < 4 else 0.0 for i in range(video.seconds)]),
           "motion": motion, LOUDNESS: loud,
           PROTOTYPE: evaluate.blocks(motion + 0.45 * np.maximum(0, 30 + loud))}
    for name in AUTO_EDITOR:
        mode = name.split()[-1]
        if run_auto_editor or kept_auto_editor(video, mode).exists():
            out[name] = auto_editor(evaluate, video, mode)
    out[ORACLE] = np.array(video.labels["per_second"])
    return out
