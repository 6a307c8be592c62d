#!/usr/bin/python3
"""Made-up tracks and the channels that training makes of them, for channels_test.cpp.

  training/make_golden_channels.py      writes tests/golden/channels/*.json

`long` is one recording of 90 s. `short` are three clips that are compared with each other, one of
them digitally silent: here one recording of them all, with a gap after each, says the same.
"""
import base64
import json
import pathlib

import numpy as np

from channels import BANDS, channel, heard

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "tests/golden/channels"
BAND_CUES = [f"audio.band{b}_dbfs@1" for b in range(BANDS)]
CHANNELS = ["burst", "full", "amplitude", "audio.band3_dbfs@1", "audio.flux_db@1",
            "packet.size_log2bytes@1", "picture.cut_share@1"]


def made_up(samples, rng, loud=0):
    """{cue: values}, NaN in gaps."""
    level = loud - 40 + 4 * rng.randn(samples)
    level[rng.rand(samples) < 0.05] += 25
    cues = {name: np.clip(level + 3 * rng.randn(samples), -100, 0) for name in BAND_CUES}
    cues["audio.loudness_lufs@1"] = np.clip(level - 3, -70, 0)
    cues["audio.flux_db@1"] = np.abs(rng.randn(samples)) * 4
    cues["packet.size_log2bytes@1"] = 10 + np.cumsum(rng.randn(samples)) / 9
    cues["picture.cut_share@1"] = np.repeat(rng.rand(samples // 20 + 1), 20)[:samples] ** 4
    cues["picture.cut_share@1"][:7] = np.nan
    cues["audio.band3_dbfs@1"][30:41] = np.nan
    for name in BAND_CUES:
        cues[name][60:63] = np.nan
    return {name: x.astype("<f4") for name, x in cues.items()}


def silent(cues):
    quiet = {name: np.full_like(x, -100) for name, x in cues.items() if name in BAND_CUES}
    return cues | quiet | {"audio.loudness_lufs@1": np.full_like(cues["packet.size_log2bytes@1"],
                                                                 -70)}


def runs(missing):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], missing, [0]]).astype(int)))
    return [{"from": int(a), "to": int(b)} for a, b in edges.reshape(-1, 2)]


def track_of(name, cues):
    samples = samples_of(cues)
    return {"schema": "aiditor.cue_track/1", "file": name, "sha256": "", "analyser": "made up",
            "duration_s": samples / 5, "rate_hz": 5, "samples": samples,
            "cues": [{"name": cue, "missing": runs(np.isnan(x)), "float32_base64":
                      base64.b64encode(np.nan_to_num(x).astype("<f4").tobytes()).decode()}
                     for cue, x in cues.items()]}


def samples_of(cues):
    return len(cues["packet.size_log2bytes@1"])


def values_of(clips):
    """For each clip, a list of values for each of CHANNELS."""
    gap, known = np.array([np.nan]), [heard(clip) for clip in clips]
    whole = {cue: np.concatenate([x for clip in known for x in (clip[cue], gap)]).astype(float)
             for cue in clips[0]}
    rows = [channel(whole, name) for name in CHANNELS]
    ends = np.cumsum([samples_of(clip) + 1 for clip in clips]) - 1
    return [[[round(float(x), 6) for x in row[end - samples_of(clip):end]] for row in rows]
            for clip, end in zip(clips, ends)]


def write(name, clips):
    FOLDER.mkdir(exist_ok=True)
    value = {"tracks": [track_of(f"{name}_{i}", clip) for i, clip in enumerate(clips)],
             "channels": CHANNELS, "values": values_of(clips)}
    (FOLDER / f"{name}.json").write_text(json.dumps(value) + "\n")


def main():
    rng = np.random.RandomState(11)
    write("long", [made_up(450, rng)])
    write("short", [made_up(100, rng), silent(made_up(80, rng)), made_up(124, rng, loud=-12)])


if __name__ == "__main__":
    main()
