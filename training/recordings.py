"""Labelled recordings: the videos of a folder, their cues as `aiditor analyse` measures them, and
what the network should say about each moment."""
import base64
import dataclasses
import json
import pathlib
import subprocess
import sys

import numpy as np

import augment
from channels import channels

RATE_HZ = 5
BEFORE_S, AFTER_S = 2.5, 1.5  # what an event covers, as the labels of the footage define it
LEAST_WEIGHT = 0.5            # events below it count nothing


@dataclasses.dataclass
class Recording:
    name: str
    game: str
    split: str          # "train", "test-map", or "shared": the nine videos with the labels' rule
    labels: dict
    inputs: np.ndarray  # (channels, samples) float32
    truth: np.ndarray   # (samples,) weight of the events that cover the sample
    cues: dict
    video: pathlib.Path
    variants: list = dataclasses.field(default_factory=list)  # of Recording; itself not among them

    @property
    def has_highlights(self):
        return any(event["weight"] >= 2 for event in self.labels["events"])


def read_cues(path):
    """{cue: float64 array, NaN where missing} of the first clip that `analyse` wrote."""
    track = json.loads(path.read_text())["clips"][0]["cues"]
    out = {}
    for cue in track["cues"]:
        x = np.frombuffer(base64.b64decode(cue["float32_base64"]), "<f4").astype(float)
        for run in cue["missing"]:
            x[run["from"]:run["to"]] = np.nan
        out[cue["name"]] = x
    return out


def truth_of(labels, samples):
    t = (np.arange(samples) + 0.5) / RATE_HZ
    out = np.zeros(samples)
    for event in labels["events"]:
        if event["weight"] >= LEAST_WEIGHT:
            covered = (t >= event["t"] - BEFORE_S) & (t <= event["t"] + AFTER_S)
            out += event["weight"] * covered
    return out


def analysed(video, kept, program):
    """The cues of a video; kept until the program or the video changes."""
    newest = (program.parent / "aiditor-media").stat().st_mtime
    if not kept.exists() or kept.stat().st_mtime < max(newest, video.stat().st_mtime):
        command = [program, "analyse", "--no-cache", "--no-refine", video, "-o", kept]
        done = subprocess.run(command, text=True, capture_output=True)
        if done.returncode:
            sys.exit(f"{video}: {done.stderr.strip()}")
    return read_cues(kept)


def recording_of(video, labels, cues):
    inputs = channels(cues)
    return Recording(video.stem, labels["game"], labels.get("split", "shared"), labels, inputs,
                     truth_of(labels, inputs.shape[1]), cues, video)


def load(folders, program, work):
    """All labelled videos of the folders, by name."""
    work.mkdir(parents=True, exist_ok=True)
    out = {}
    for folder in folders:
        for video in sorted(pathlib.Path(folder).glob("*.mp4")):
            text = video.with_suffix(".json")
            if text.exists():
                cues = analysed(video, work / f"{video.stem}.json", program)
                out[video.stem] = recording_of(video, json.loads(text.read_text()), cues)
    return out


def add_variants(recordings, program, work):
    """Adds one of the variants of augment.py to each recording, every kind in turn within a game;
    makes the videos that are missing."""
    folder = work / "variants"
    folder.mkdir(parents=True, exist_ok=True)
    turn = {}
    for r in sorted(recordings, key=lambda r: r.name):
        turn[r.game] = turn.get(r.game, -1) + 1
        kind = list(augment.KINDS)[turn[r.game] % len(augment.KINDS)]
        video = folder / f"{r.name}.{kind}.mp4"
        if not video.exists() or video.stat().st_mtime < r.video.stat().st_mtime:
            print(f"  {video.name}", flush=True)
            augment.make(kind, r.video, r.labels["duration"], folder / "scratch", video)
        r.variants.append(recording_of(video, r.labels,
                                       analysed(video, work / f"{video.stem}.json", program)))
