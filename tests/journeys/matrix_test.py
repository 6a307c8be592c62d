#!/usr/bin/python3
"""A montage of each clip of the input matrix is what a player, an eye and an ear expect of it.

usage: matrix_test.py [NAME ...]       e.g. matrix_test.py mp4-h264-vfr; no name runs all
Generates missing clips first. Keeps the outputs of failed cases in AIDITOR_TEST_MEDIA/failed.
"""
import concurrent.futures
import json
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
from journeys import decoded  # noqa: E402

make_clips = decoded.make_clips
ASKED_S = 5.51  # nearly all of the 6 s, and no whole number of frames at any rate
AAC_FRAME = 1024
# Tags that say nothing about where a clip came from.
HARMLESS_TAGS = {"major_brand", "minor_version", "compatible_brands", "language", "handler_name",
                 "vendor_id", "encoder"}
MOST_SEGMENTS = 3
MIN_SEGMENT_S = 0.4
COLOUR_TOLERANCE = 14  # of 255; BT.601 read as BT.709 is off by up to 30


def check_file(path, clip, video):
    problems = [f"decoder complains: {c}" for c in video.complaints[:3]]
    order = decoded.box_order(path)
    if "moov" not in order or order.index("moov") > order.index("mdat"):
        problems.append(f"not faststart: boxes are {order}")
    if clip["canary"].encode() in path.read_bytes():
        problems.append("the source's own metadata is in the output")
    entries = [video.facts["format"]] + video.facts["streams"]
    for tags in (e.get("tags", {}) for e in entries):
        if odd := set(tags) - HARMLESS_TAGS:
            problems.append(f"metadata not stripped: {sorted(odd)}")
    if video.facts.get("chapters"):
        problems.append("has chapters")
    wanted = {"codec_name": "h264", "pix_fmt": "yuv420p", "color_space": "bt709",
              "color_transfer": "bt709", "color_primaries": "bt709", "color_range": "tv"}
    for key, value in wanted.items():
        if video.video.get(key) != value:
            problems.append(f"{key} is {video.video.get(key)}, not {value}")
    if video.video.get("sample_aspect_ratio", "1:1") != "1:1":
        problems.append(f"pixels are not square: {video.video['sample_aspect_ratio']}")
    portrait = clip["display_size"][0] < clip["display_size"][1]
    if (video.width, video.height) != ((180, 320) if portrait else (320, 180)):
        problems.append(f"picture is {video.width}x{video.height}")
    return problems


def check_length(clip, video):
    problems = []
    rate = video.rate
    if clip["frame_rate"]:
        wanted = min(clip["frame_rate"][0] / clip["frame_rate"][1], 60)
        if abs(float(rate) - wanted) > 1e-6:
            problems.append(f"frame rate is {rate}, not {wanted:g}")
    elif not 30 <= rate <= 60:
        problems.append(f"frame rate of a variable source is {rate}")
    frames = round(ASKED_S * float(rate))
    if video.frames != frames:
        problems.append(f"{video.frames} frames, asked for {frames}")
    times = sorted(video.packet_times(video.video))
    uneven = [i for i, t in enumerate(times) if abs(t - times[0] - float(i / rate)) > 2e-4]
    if uneven or not times or abs(times[0]) > 1e-3:
        problems.append(f"not a constant rate from 0: frame {uneven[:1]}, first {times[:1]}")
    if video.audio:
        if (video.audio["sample_rate"], video.audio["channels"]) != ("48000", 2):
            problems.append(f"sound is {video.audio['sample_rate']} Hz x{video.audio['channels']}")
        expected = round(video.frames * decoded.SOUND_HZ / float(rate))
        if abs(len(video.sound) - expected) > AAC_FRAME:
            problems.append(f"{len(video.sound)} samples beside {expected} of picture")
    elif clip["channels"]:
        problems.append("has no sound")
    return problems


def segments_of(numbers, clip, rate):
    """Cuts the output where time jumps: [(first output frame, last, source time of the first)].

    Within a segment, source time = start + frames / rate must hold for one `start` in all frames:
    the picture shown is the one whose display period holds that time, give or take half a frame.
    """
    times, slack = clip["frame_times_s"], 0.5 / float(rate) + 0.001
    ends = times[1:] + [make_clips.LENGTH_S]
    segments, first, low, high = [], None, 0.0, 0.0
    for i, number in enumerate(numbers):
        if number is None or number >= len(times):
            continue
        if first is not None:
            passed = (i - first) / float(rate)
            new_low = max(low, times[number] - slack - passed)
            new_high = min(high, ends[number] + slack - passed)
            if new_low <= new_high:
                low, high, last = new_low, new_high, i
                continue
            segments.append((first, last, (low + high) / 2))
        first, last = i, i
        low, high = times[number] - slack, ends[number] + slack
    if first is not None:
        segments.append((first, last, (low + high) / 2))
    return segments


def check_order(clip, video, numbers):
    """Frames come in order and on time; segments start later than the one before ended."""
    segments = segments_of(numbers, clip, video.rate)
    problems = []
    unreadable = numbers.count(None)
    if unreadable > 2 * MOST_SEGMENTS:
        problems.append(f"{unreadable} of {len(numbers)} frames cannot be read")
    short = [s for s in segments if (s[1] - s[0] + 1) / float(video.rate) < MIN_SEGMENT_S]
    if not segments or len(segments) > MOST_SEGMENTS or short:
        problems.append(f"time drifts or jumps: {len(segments)} segments (output frames, source "
                        f"time): {[(a, b, round(t, 3)) for a, b, t in segments[:6]]}")
    if clip["frame_rate"]:  # every source frame that the rate has room for is shown
        step = max(1, round(clip["frame_rate"][0] / clip["frame_rate"][1] / float(video.rate)))
        known = [n for n in numbers if n is not None]
        odd = sum(1 for a, b in zip(known, known[1:]) if b - a != step)
        if odd > len(segments) - 1 + unreadable:
            problems.append(f"{odd} times the next picture is not the next of the source")
    return problems, segments


def check_sync(clip, video, numbers, segments):
    """Flash and beep within one video frame of each other, at start, middle and end."""
    problems = []
    shown = video.disc_white()
    wrong = [i for i, n in enumerate(numbers) if n is not None and n < len(clip["flashing"])
             and bool(shown[i]) != clip["flashing"][n]]
    if wrong:
        problems.append(f"picture and bar code disagree in frames {wrong[:4]}")
    if not clip["beeps_s"] or video.sound is None:
        return problems
    frame = 1 / float(video.rate)
    flashes = [i * frame for i in range(1, len(shown)) if shown[i] and not shown[i - 1]]
    heard = video.beeps_s(make_clips.BEEP_HZ)
    expected = []  # output times of beeps that the source has
    for first, last, start in segments:
        for beep in clip["beeps_s"]:
            at = first * frame + beep - start
            if first * frame + 0.02 < at < last * frame - 0.05:
                expected.append(at)
    pairs = []
    for at in expected:
        flash = min(flashes, key=lambda f: abs(f - at), default=-9)
        beep = min(heard, key=lambda b: abs(b - at), default=-9)
        pairs.append((flash, beep))
        if abs(flash - beep) > frame:
            problems.append(f"flash at {flash:.3f} s, beep at {beep:.3f} s")
    thirds = {int(3 * f / ASKED_S) for f, _ in pairs}
    needed = {0, 1, 2} if clip["variant"] != "latesound" else {1, 2}
    if not needed <= thirds:
        problems.append(f"flash and beep not seen in each third: {[round(f, 2) for f, _ in pairs]}")
    if len(heard) > len(expected) + len(segments):
        problems.append(f"{len(heard)} beeps heard, {len(expected)} expected")
    return problems


def check_sound(clip, video, segments):
    problems = []
    if not clip["channels"]:
        if video.sound is not None and abs(video.sound).max(initial=0) > 0.001:
            problems.append("sound out of nothing")
        return problems
    if video.sound is None or video.loudness_lufs is None:
        return problems + ["no loudness could be measured"]
    if not -15 <= video.loudness_lufs <= -13:
        problems.append(f"loudness {video.loudness_lufs} LUFS")
    if video.true_peak_dbtp > -1:
        problems.append(f"true peak {video.true_peak_dbtp} dBTP")
    if clip["tracks"] == 2 and video.envelope(make_clips.OTHER_TRACK_HZ).max() > 0.02:
        problems.append("the second track is mixed in")
    if clip["silence_s"]:
        hum = video.envelope(make_clips.HUM_HZ)
        for first, _, start in segments:
            at = [int(1000 * (t + d - start + first / float(video.rate)))
                  for t, d in zip(clip["silence_s"], (0.1, -0.1))]
            inside, before = hum[max(at[0], 0):at[1]], hum[max(at[0] - 400, 0):at[0] - 200]
            if len(inside) > 50 and len(before) > 50 and inside.mean() > before.mean() / 4:
                problems.append("the gap in the sound is not silent")
    return problems


def check_picture(clip, video, numbers):
    problems = []
    white = [i for i, n in enumerate(numbers) if n is not None and clip["flashing"][n]]
    if not white:
        return ["no flash is shown"]
    across, down = video.disc_extent(white[len(white) // 2])
    _, _, radius = make_clips.Layout(video.width, video.height).disc()
    if abs(across / down - 1) > 0.04 or abs(across / 2 / radius - 1) > 0.06:
        problems.append(f"the disc is {across:.0f} wide, {down:.0f} high, not {2 * radius:.0f}")
    at = video.frames // 2
    seen = {n: video.patch_rgb(at, i) for i, n in enumerate(clip["patches"])}
    for name, wanted in clip["patches"].items():
        if clip["hdr"]:
            continue
        off = max(abs(a - b) for a, b in zip(seen[name], wanted))
        if off > COLOUR_TOLERANCE:
            problems.append(f"{name} is {seen[name]}, not {list(wanted)}")
    return problems + (check_tone_mapping(seen) if clip["hdr"] else [])


def check_tone_mapping(seen):
    """Tone mapping has no single right answer: hues stay, grey stays grey, light stays light."""
    problems = []
    for i, name in enumerate(("red", "green", "blue")):
        others = [v for j, v in enumerate(seen[name]) if j != i]
        if seen[name][i] < 90 or seen[name][i] < 2 * max(others):
            problems.append(f"{name} became {seen[name]}")
    for name, low, high in (("grey", 70, 175), ("light", 140, 245)):
        if max(seen[name]) - min(seen[name]) > 12 or not low <= seen[name][1] <= high:
            problems.append(f"{name} became {seen[name]}")
    if seen["light"][1] < seen["grey"][1] + 30:
        problems.append(f"grey {seen['grey']} and light {seen['light']} are too close")
    return problems


def check_takes(clip, folder):
    """One take from each of several places, before, at and behind the key picture at 2 s: seeking
    must find what the pictures there need. A hand-edited plan says where."""
    problems, plan, out = [], folder / "plan.json", folder / "take.mp4"
    done = program.run(["plan", program.MEDIA / clip["file"], "-o", plan, "--duration", "1",
                        "--resolution", "180", "--no-cache"])
    if done.status:
        return [f"plan ended with {done.status}: {done.err[-200:]}"]
    whole = json.loads(plan.read_text())
    for number in (0, 57, 59, 60):
        whole["clips"][0] |= {"source_start_s": number / 30, "peak_s": number / 30}
        plan.write_text(json.dumps(whole))
        done = program.run(["render", plan, "-o", out])
        if done.status:
            return problems + [f"render ended with {done.status}: {done.err[-200:]}"]
        seen = decoded.Decoded(out).source_frames()
        if seen != list(range(number, number + 30)):
            problems.append(f"a take from picture {number} shows {seen[:3]} to {seen[-3:]}")
    return problems


def check_clip(clip):
    """Makes and checks one montage; returns (name, problems, seconds)."""
    name, begun = pathlib.Path(clip["file"]).stem, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"{name}.mp4"
        portrait = clip["display_size"][0] < clip["display_size"][1]
        made = program.run(["montage", program.MEDIA / clip["file"], "-o", path,
                            "--duration", str(ASKED_S), "--resolution", "180", "--no-cache",
                            "--format", "portrait" if portrait else "landscape"], timeout=120)
        if made.status != 0 or made.shows_bug():
            said = made.err.strip().splitlines()[-3:]
            return name, [made.shows_bug() or f"exit {made.status}: {said}"], made.seconds
        problems = check_output(path, clip)
        if clip["variant"] in ("copied", "opengop"):
            problems += check_takes(clip, pathlib.Path(folder))
        if problems:
            keep = program.MEDIA / "failed"
            keep.mkdir(exist_ok=True)
            shutil.copy(path, keep)
    return name, problems, time.monotonic() - begun


def check_output(path, clip):
    video = decoded.Decoded(path)
    numbers = video.source_frames()
    problems = check_file(path, clip, video) + check_length(clip, video)
    hidden = [i for i, n in enumerate(numbers) if n is not None and n >= len(clip["flashing"])]
    if hidden:
        return problems + [f"shows what the source hides, in frames {hidden[:4]}"]
    order_problems, segments = check_order(clip, video, numbers)
    problems += order_problems
    problems += check_sync(clip, video, numbers, segments)
    problems += check_sound(clip, video, segments)
    problems += check_picture(clip, video, numbers)
    return problems


def main(names):
    program.require_program()
    tally = program.Tally("input matrix")
    tally.add("matrix.txt covers the product", [] if make_clips.check() else ["see above"])
    clips = make_clips.ensure(program.MEDIA, set(names))
    if not clips:
        sys.exit(f"matrix.txt has none of: {' '.join(names)}")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, problems, seconds in pool.map(check_clip, clips):
            tally.add(name, problems, seconds)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
