"""Labelled videos: what the footage folders hold."""
import dataclasses
import functools
import json
import pathlib
import subprocess

import numpy as np

NOT_TARGETED = "supertuxkart"  # its truth comes from sounds, which flatters everything that listens
LEAST_WEIGHT = 0.5             # events below it count nothing
BIG_WEIGHT = 2                 # events from here on make a highlight
ALONE_S = 90                   # recordings from here on are judged by themselves alone
BEFORE_S, AFTER_S = 2.5, 1.5   # what an event covers, by the rule of the labels


@dataclasses.dataclass(frozen=True, eq=False)
class Video:
    name: str
    path: pathlib.Path
    labels: dict

    @property
    def game(self):
        return self.labels["game"]

    @property
    def split(self):
        """train, test-map, or shared: the nine that were there before there was a split."""
        return self.labels.get("split", "shared")

    @property
    def seconds(self):
        return len(self.labels["per_second"])

    @property
    def is_quiet(self):
        """Made so that nothing happens: whatever is found in it is wrong."""
        return bool(self.labels.get("events_none"))

    @functools.cached_property
    def events(self):
        return [(e["t"], e["weight"]) for e in self.labels["events"] if e["weight"] >= LEAST_WEIGHT]

    @property
    def is_ranked(self):
        return not self.is_quiet and any(weight >= BIG_WEIGHT for _, weight in self.events)

    @functools.cached_property
    def truth(self):
        """Highlights as (start, end)."""
        return [(h["start"], h["end"]) for h in self.labels["highlights"]]

    @functools.cached_property
    def key_frames(self):
        """Their times in seconds."""
        listed = subprocess.run(
            ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
             "packet=pts_time,flags", "-of", "csv=p=0", self.path], check=True, text=True,
            stdout=subprocess.PIPE).stdout
        rows = (line.split(",") for line in listed.splitlines())
        return sorted(float(row[0]) for row in rows if len(row) > 1 and "K" in row[1])


def load(folders):
    """All labelled videos of the folders, by name."""
    out = []
    for folder in folders:
        for path in sorted(folder.glob("*.mp4")):
            text = path.with_suffix(".json")
            if text.exists():
                out.append(Video(path.stem, path, json.loads(text.read_text())))
    return sorted(out, key=lambda video: video.name)


def games_of(videos):
    return sorted({video.game for video in videos})


def target_games(videos):
    return [game for game in games_of(videos) if game != NOT_TARGETED]


def ranked(videos):
    return [video for video in videos if video.is_ranked]


def unseen_maps(videos):
    """Ranked videos outside split `train`, of games that split `train` knows."""
    known = {video.game for video in videos if video.split == "train"}
    return [video for video in ranked(videos) if video.split != "train" and video.game in known]


def position_prior(known, bins=20):
    """Mean truth by place in the video, as a function of 0..1."""
    sums = [np.interp((np.arange(bins) + 0.5) / bins,
                      (np.arange(video.seconds) + 0.5) / video.seconds,
                      np.array(video.labels["per_second"])) for video in known]
    return np.mean(sums, 0) if sums else np.zeros(bins)
