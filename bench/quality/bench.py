"""What every part of the evaluation works on, and how its result is written."""
import argparse
import dataclasses
import datetime
import functools
import os
import pathlib
import subprocess
import sys

import numpy as np

import evaluator
import footage
from detectors import Detector, Program

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench/quality/results"
HOME = pathlib.Path.home()


@dataclasses.dataclass
class Bench:
    program: Program
    evaluate: object
    videos: list
    detectors: list     # those that can be scored
    notes: list         # what was left out, as sentences
    work: pathlib.Path  # for files that can be made again
    out: pathlib.Path
    options: list       # for `plan`
    typed: list         # the options of this run, as they were typed
    run_auto_editor: bool

    @functools.cached_property
    def games(self):
        return {video.name: video.game for video in self.videos}

    @property
    def is_complete(self):
        """Whether this is the evaluation that README.md shows."""
        return self.out == RESULTS and not self.options and self.typed in ([], ["--no-auto-editor"])

    @functools.cached_property
    def made_with(self):
        def first(command):
            try:
                return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                      text=True, cwd=ROOT).stdout.splitlines()[0]
            except (OSError, IndexError):
                return "unknown"
        commit = first(["git", "rev-parse", "--short=10", "HEAD"])
        ffmpeg = first(["ffmpeg", "-version"]).split(" Copyright")[0]
        return (f"{self.program.version()}, commit {commit}; {ffmpeg}; numpy {np.__version__}; "
                f"auto-editor {first(['auto-editor', '--version'])}")

    def detect(self, video, detector, fold, without=None):
        """Highlights of one video, and the file that holds them."""
        clips, kept = self.program.detect([video.path], detector, fold, without)
        return clips[0], kept

    def detect_all(self, videos, detector, by_maps=False, without=None):
        """Prepares detect() of all these videos by the models that have not seen their game, or
        their map."""
        for fold in ["maps"] if by_maps or not detector.models else footage.games_of(videos):
            paths = [v.path for v in videos if fold in ("maps", v.game)
                     and v.labels["duration"] >= footage.ALONE_S]
            self.program.detect_each(paths, detector, fold, without)

    def write(self, name, title, lines):
        """Writes results/NAME.md and shows it."""
        command = " ".join(["bench/quality/run.py", name, *self.typed])
        text = "\n".join([f"# {title}", "", f"Made by `{command}` on {datetime.date.today()} with "
                          f"{self.made_with}.", "", *self.notes, *([""] if self.notes else []),
                          *lines]).rstrip() + "\n"
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / f"{name}.md").write_text(text)
        print(text, flush=True)


def progress(text):
    print(text, file=sys.stderr, flush=True)


def described(videos):
    minutes = sum(video.labels["duration"] for video in videos) / 60
    counts = ", ".join(f"{game} {sum(v.game == game for v in videos)}"
                       for game in footage.games_of(videos))
    return f"{len(videos)} videos, {minutes:.0f} minutes ({counts})"


def arguments(parser):
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/aiditor"))
    parser.add_argument("--footage", type=pathlib.Path, default=ROOT.parent / "shared/footage",
                        help="the folder with evaluate.py and its videos")
    parser.add_argument("--videos", nargs="*", type=pathlib.Path,
                        default=[HOME / ".cache/aiditor-footage/videos"],
                        help="folders with more videos, made by training/footage/make.py")
    parser.add_argument("--folds", type=pathlib.Path,
                        default=ROOT / "models/folds",
                        help="models that have not seen a game: GAME.json, and maps.json")
    parser.add_argument("--no-auto-editor", action="store_true",
                        help="do not run it, it takes minutes a video: only what it said before")
    parser.add_argument("--detectors", default="rules,model")
    parser.add_argument("--work", type=pathlib.Path, default=HOME / ".cache/aiditor-quality")
    parser.add_argument("--out", type=pathlib.Path, default=RESULTS)


def make(options, plan_options, typed):
    """A Bench from the command line. Fold models that are missing leave their column out, or the
    videos of their game."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not (options.footage / "evaluate.py").exists():
        sys.exit(f"{options.footage} has no evaluate.py; name the footage with --footage.")
    videos = footage.load([options.footage, *options.videos])
    if not footage.ranked(videos):
        sys.exit(f"No labelled video with a highlight in {options.footage}.")
    detectors, notes = [], []
    for name in options.detectors.split(","):
        detector = Detector(name, options.folds if name == "model" else None)
        judged = [game for game in footage.games_of(videos) if detector.has(game)]
        if not judged or not detector.has("maps"):
            notes.append(f"The column `{name}` is left out: {options.folds} has no model that has "
                         "not seen a game, or none for maps (training/train.py makes them).")
            continue
        detectors.append(detector)
        if left_out := sorted(set(footage.games_of(videos)) - set(judged)):
            notes.append(f"Videos of {', '.join(left_out)} are left out: there is no `{name}` that "
                         "has not seen them (training/train.py makes it).")
            videos = [video for video in videos if video.game in judged]
    for note in notes:
        progress(note)
    return Bench(Program(options.program, options.work), evaluator.load(options.footage), videos,
                 detectors, notes, options.work, options.out, plan_options, typed,
                 not options.no_auto_editor)


def parser(description):
    made = argparse.ArgumentParser(description=description,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments(made)
    return made
