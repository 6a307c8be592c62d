#!/usr/bin/env python3
"""Makes samples/ from two long Freedoom recordings: tools/make_samples.py FOOTAGE

FOOTAGE holds doom_f1_e1m2 and doom_f2_map03 as .mp4 with label files .json. Pieces are copied at
key frames without encoding again, so the result is the same wherever it runs. Needs ffmpeg.
"""
import json
import pathlib
import subprocess
import sys

OUT = pathlib.Path(__file__).resolve().parent.parent / "samples"

# name, recording, the key frames where it starts and ends (seconds of the recording)
CLIPS = [
    ("freedoom_1_ambush", "doom_f1_e1m2", 20.966667, 73.766667),
    ("freedoom_2_search", "doom_f1_e1m2", 123.766667, 172.433333),
    ("freedoom_3_last_stand", "doom_f1_e1m2", 230.766667, 293.5),
    ("freedoom_4_opening", "doom_f2_map03", 0.0, 57.833333),
    ("freedoom_5_courtyard", "doom_f2_map03", 57.833333, 108.833333),
    ("freedoom_6_secret", "doom_f2_map03", 117.166667, 181.033333),
]
BEFORE_S, AFTER_S = 2.5, 1.5  # what an event covers, unless it says otherwise


def cut(source, start, end, target):
    # 20 ms past the key frame: the seek then lands on it and not on the one before.
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-ss", f"{start + 0.02 if start else 0:.6f}",
         "-i", source, "-t", f"{end - start:.6f}", "-map", "0:v:0", "-map", "0:a:0", "-c", "copy",
         "-avoid_negative_ts", "make_zero", "-map_metadata", "-1", "-fflags", "+bitexact",
         "-movflags", "+faststart", target], check=True)


def spread(seconds, start, end, weight):
    for s in range(int(max(start, 0)), min(len(seconds), int(end) + 1)):
        seconds[s] += weight * max(0.0, min(end, s + 1) - max(start, s, 0))


def labels(whole, start, end, source):
    """The truth of one piece: events and highlights shifted, cut at its borders."""
    length = end - start
    events = [{**e, "t": round(e["t"] - start, 3)} for e in whole["events"]
              if start <= e["t"] < end]
    highlights = []
    for h in whole["highlights"]:
        a, b = max(h["start"], start), min(h["end"], end)
        score = sum(e["weight"] for e in whole["events"] if a <= e["t"] <= b)
        if b - a > 1 and score > 0:
            highlights.append({"start": round(a - start, 3), "end": round(b - start, 3),
                               "score": round(score, 2)})
    weight, covered = [0.0] * int(length), [0.0] * int(length)
    for e in events:
        spread(weight, e["t"] - e.get("pre", BEFORE_S), e["t"] + e.get("post", AFTER_S),
               e["weight"])
    for h in highlights:
        spread(covered, h["start"], h["end"], 1)
    return {"game": whole["game"], "duration": round(length, 3), "fps": whole["fps"],
            "pov": whole["pov"], "rule": whole["rule"],
            "source": f"{whole['source']}; {source} from {start:.3f} s to {end:.3f} s",
            "events": events, "highlights": highlights,
            "per_second": [round(x, 3) for x in weight],
            "positive": [int(x >= 0.5) for x in covered]}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    footage = pathlib.Path(sys.argv[1])
    OUT.mkdir(exist_ok=True)
    for name, source, start, end in CLIPS:
        cut(footage / f"{source}.mp4", start, end, OUT / f"{name}.mp4")
        whole = json.loads((footage / f"{source}.json").read_text())
        truth = labels(whole, start, end, source)
        (OUT / f"{name}.json").write_text(json.dumps(truth, indent=1) + "\n")
        print(f"{name}: {end - start:.1f} s, {len(truth['highlights'])} highlights, "
              f"{(OUT / f'{name}.mp4').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
