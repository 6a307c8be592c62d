"""What others would choose: one curve a second and video for each simple method.

Signals and their cache are those of the footage's evaluate.py.
"""
import os
import pathlib
import signal
import sys

import numpy as np

from footage import position_prior

SEEDS = 20
AUTO_EDITOR_LIMIT_S = 300
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


def out_of_time(*_):
    raise TimeoutError


def auto_editor(evaluate, video, mode):
    """1 where auto-editor keeps the second; None when it does not end."""
    kept_auto_editor(video, mode)
    before = signal.signal(signal.SIGALRM, out_of_time)
    signal.alarm(AUTO_EDITOR_LIMIT_S)
    try:
        said = evaluate.autoedit(str(video.path), str(cache_folder()), mode)
    except (TimeoutError, OSError) as error:
        print(f"{video.name}: auto-editor {mode} gave nothing ({error!r})", file=sys.stderr)
        return None
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return evaluate.ae_seconds(said, video.seconds)


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
            curve = auto_editor(evaluate, video, mode)
            if curve is not None:
                out[name] = curve
    out[ORACLE] = np.array(video.labels["per_second"])
    return out
