#!/usr/bin/env python3
"""How fast Aiditor is, as ratios to ffmpeg on the same machine in the same minutes.

  bench/speed/run.py [PART...]   analyse, detect, memory, render, rerank, build; all by default
    --footage FILE  the game recording that the test videos are made from
    --recordings FOLDER  of videos whose cues `rerank` joins to an hour
    --work DIR      where they are kept (about 4 GB)      --runs N  how often each is measured

Each part writes results/PART.json, and results/README.md is written anew from all of them.
"""
import argparse
import json
import os
import pathlib
import platform
import shlex
import statistics
import subprocess
import sys
import time

import material

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
AIDITOR = ROOT / "build" / "release" / "bin" / "aiditor"
NULL = ["-f", "null", "-"]
MONTAGE_SECONDS = 16
DETECT_MINUTES, PIECE_MINUTES = 60, 1
DECODER_THREADS, ENCODER_THREADS = 2, 4  # what Aiditor uses (media/decoder.cpp, mp4_writer.cpp)


def measured(command, cwd=None, env=None):
    """Runs a command to its end: wall and CPU seconds and peak memory of it and its children."""
    begun = time.monotonic()
    child = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, cwd=cwd,
                             env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    complaints = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{shlex.join(map(str, command))} failed:\n{complaints.decode()}")
    return {"wall_s": time.monotonic() - begun, "cpu_s": usage.ru_utime + usage.ru_stime,
            "peak_mb": usage.ru_maxrss / 1024}


def compare(ours, theirs, runs, result=None):
    """Both by turns, so that the machine's moods meet both; medians and their ratio.

    `result` is our output: taken away before each run, because what is finished is not made again.
    """
    rounds = []
    for _ in range(runs):
        if result:
            result.unlink(missing_ok=True)
        rounds.append((measured(ours), measured(theirs)))
    found = {"ours": shlex.join(map(str, ours)), "theirs": shlex.join(map(str, theirs))}
    for key in ("wall_s", "cpu_s"):
        mine, other = ([r[i][key] for r in rounds] for i in (0, 1))
        found[key] = {"ours": statistics.median(mine), "theirs": statistics.median(other),
                      "ours_all": mine, "theirs_all": other,
                      "ratio": statistics.median(other) / statistics.median(mine)}
    return found


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), platform.machine())
    text = {"compiler": ["g++", "--version"], "ffmpeg": ["ffmpeg", "-version"],
            "commit": ["git", "-C", ROOT, "rev-parse", "--short", "HEAD"]}
    out = {name: subprocess.run(command, capture_output=True, text=True).stdout.partition("\n")[0]
           for name, command in text.items()}
    return {"cpu": cpu, "cores": os.cpu_count(), "kernel": platform.release(),
            "load_before": os.getloadavg()[0], "date": time.strftime("%Y-%m-%d"), **out}


def analyse(options):
    """CPU time of `aiditor analyse` and of a full decode by one thread of ffmpeg."""
    rows = {}
    for name, (_, meaning) in material.ENCODINGS.items():
        minutes = 2 if name == "gop120" else 1
        clip = material.recording(options.work, options.footage, name, minutes)
        ours = [AIDITOR, "analyse", clip, "--no-cache", "-o", options.work / "cues.json"]
        theirs = ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-i", clip, *NULL]
        rows[name] = {"meaning": meaning, "minutes": minutes,
                      **compare(ours, theirs, options.runs)}
        print(f"  {name}: {rows[name]['cpu_s']['ratio']:.1f}x cheaper", flush=True)
    return rows


# What PySceneDetect's ContentDetector does by default: every picture, shrunk to about 256 pixels,
# its mean change of hue, saturation and value.
SCAN = """import sys, cv2, numpy
cv2.setNumThreads(1)
video, last = cv2.VideoCapture(sys.argv[1]), None
while True:
    ok, picture = video.read()
    if not ok: break
    step = max(1, picture.shape[1] // 256)
    small = picture[::step, ::step]
    now = cv2.split(cv2.cvtColor(small, cv2.COLOR_BGR2HSV))
    if last: sum(numpy.mean(cv2.absdiff(a, b)) for a, b in zip(now, last))
    last = now
"""


def detect(options):
    """CPU time of the whole `aiditor detect FILE`, nothing known, side by side with other ways.

    The others cost the same for every minute, so they may get a piece of the recording.
    """
    whole = material.recording(options.work, options.footage, "gop120", DETECT_MINUTES)
    piece = material.recording(options.work, options.footage, "gop120", PIECE_MINUTES)
    cold = options.work / "cold"
    kept = options.work / "auto-editor"  # it keeps what it measured beside its temporary folder
    known = {name: value for name, value in os.environ.items() if not name.startswith("AIDITOR_")}
    known |= {"AIDITOR_CACHE": str(cold), "XDG_CONFIG_HOME": "/nonexistent"}
    program = [AIDITOR, "detect", whole, "-o", options.work / "found.json"]
    ours = {"aiditor --no-refine": [*program, "--no-refine"], "aiditor": program}
    decode = ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-i", piece, *NULL]
    others = {
        "full decode, ffmpeg, one thread": decode,
        "auto-editor, motion": ["auto-editor", piece, "--edit", "motion", "--export", "json",
                                "--temp-dir", kept / "temp", "--no-open",
                                "-o", kept / "auto.json"],
        "every picture, OpenCV, HSV difference": ["/usr/bin/python3", "-c", SCAN, piece],
    }
    rows = {"commands": {"aiditor": shlex.join(map(str, program)),
                         **{name: shlex.join(map(str, c)) for name, c in others.items()}},
            "minutes": DETECT_MINUTES, "piece_minutes": PIECE_MINUTES, "rounds": []}
    for _ in range(options.runs):
        round_of = {}
        for name, command in ours.items():
            subprocess.run(["rm", "-rf", cold], check=True)
            round_of[name] = measured(command, env=known)
        for name, command in others.items():
            subprocess.run(["rm", "-rf", kept], check=True)
            kept.mkdir()
            round_of[name] = measured(command)
        rows["rounds"].append(round_of)
    cues = options.work / "cues.json"
    measured([AIDITOR, "analyse", whole, "-o", cues], env=known)  # from the cache of the last run
    clip = json.loads(cues.read_text())["clips"][0]
    rows["decoded_frames"] = clip["decoded_frames"]
    rows["frames"] = clip["media"]["video"]["frames"]
    print(f"  {rows['decoded_frames'] / rows['frames']:.2%} of the pictures decoded", flush=True)
    return rows


def memory(options):
    """Peak memory of the parent and its child together, for files of one and of four hours."""
    rows = {}
    for hours in (1, 4):
        clip = material.long_recording(options.work, options.footage, hours * 60)
        command = [AIDITOR, "analyse", clip, "--no-cache", "-o", options.work / "cues.json"]
        peaks = [sampled_peak(command)]  # the same bytes ask for the same memory
        rows[f"{hours} h"] = {"hours": hours, "command": shlex.join(map(str, command)),
                              "peak_mb": statistics.median(peaks), "peak_mb_all": peaks}
        print(f"  {hours} h: {rows[f'{hours} h']['peak_mb']:.0f} MB", flush=True)
    return rows


def tree(pid):
    """A process and all its descendants."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += tree(int(child))
    return found


def sampled_peak(command):
    """The highest sum of what the processes hold at one time (VmRSS, every 10 ms), in MB."""
    child = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    highest = 0
    while True:
        try:
            child.wait(timeout=0.01)
            break
        except subprocess.TimeoutExpired:
            pass
        total = 0
        try:
            for pid in tree(child.pid):
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                line = next((x for x in status.splitlines() if x.startswith("VmRSS")), "VmRSS 0")
                total += int(line.split()[1])
        except OSError:
            continue  # one ended between the two looks
        highest = max(highest, total)
    if child.returncode:
        sys.exit(f"{shlex.join(map(str, command))} failed with {child.returncode}")
    return highest / 1024


def aiditor(*arguments):
    subprocess.run([str(a) for a in (AIDITOR, *arguments)], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def plan_with_cuts(options, form):
    """A montage as the program plans it, its crossfades made hard cuts."""
    clip = material.recording(options.work, options.footage, "gop120", 2)
    work = options.work
    aiditor("analyse", clip, "-o", work / "cues.json")
    aiditor("detect", work / "cues.json", "-o", work / "highlights.json")
    aiditor("plan", work / "highlights.json", "--format", form,
            "--duration", MONTAGE_SECONDS, "-o", work / "plan.json")
    plan = json.loads((work / "plan.json").read_text())
    for transition in plan["transitions"]:
        transition.update(kind="cut", frames=0)
    path = work / f"plan_{form}.json"
    path.write_text(json.dumps(plan))
    return path, plan


def one_ffmpeg_command(plan, target):
    """The same cuts: loudness is measured first, then picture and sound are made in one go."""
    rate = plan["frame_rate"]["num"] / plan["frame_rate"]["den"]
    output = plan["outputs"][0]
    width, height = output["width"], output["height"]
    inputs, video, sound = [], "", ""
    for i, clip in enumerate(plan["clips"]):
        inputs += ["-threads", DECODER_THREADS, "-ss", f"{clip['source_start_s']:.6f}",
                   "-t", f"{clip['frames'] / rate:.6f}", "-i", plan["sources"][0]["file"]]
        video += (f"[{i}:v]scale={width}:{height}:force_original_aspect_ratio=increase:"
                  f"flags=bicubic,crop={width}:{height},setsar=1[v{i}];")
        sound += f"[{i}:a]aresample=48000[a{i}];"
    count = len(plan["clips"])
    start = ["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs]
    only_sound = "".join(f"[a{i}]" for i in range(count)) + f"concat=n={count}:v=0:a=1"
    both = "".join(f"[v{i}][a{i}]" for i in range(count)) + f"concat=n={count}:v=1:a=1[v][a]"
    first = [*start, "-filter_complex", f"{sound}{only_sound},ebur128=peak=true[a]",
             "-map", "[a]", *NULL]
    second = [*start, "-filter_complex",
              f"{video}{sound}{both};[a]volume=3dB,alimiter=limit=0.85:level=0[out]",
              "-map", "[v]", "-map", "[out]", "-c:v", "libx264", "-preset", "veryfast",
              "-crf", "20", "-threads", ENCODER_THREADS, "-pix_fmt", "yuv420p", "-c:a", "aac",
              "-b:a", "192k", "-movflags", "+faststart", target]
    return ["sh", "-c", " && ".join(shlex.join(map(str, c)) for c in (first, second))]


def render(options):
    """Time of `aiditor render` and of one ffmpeg command that makes the same cuts."""
    rows = {}
    for form in ("landscape", "portrait"):
        path, plan = plan_with_cuts(options, form)
        made = options.work / "ours.mp4"
        ours = [AIDITOR, "render", path, "-o", made]
        theirs = one_ffmpeg_command(plan, options.work / "theirs.mp4")
        rows[form] = {"clips": len(plan["clips"]), "frames": plan["frames"],
                      "threads": ENCODER_THREADS, **compare(ours, theirs, options.runs, made)}
        print(f"  {form}: {1 / rows[form]['wall_s']['ratio']:.2f}x ffmpeg's time", flush=True)
    return rows


def rerank(options):
    """Milliseconds from a changed wish to the new plan, in one process, for an hour of video."""
    subprocess.run(["ninja", "-C", ROOT / "build" / "release", "rerank"], check=True,
                   stdout=subprocess.DEVNULL)
    found = []
    for video in sorted(options.recordings.glob("*.mp4")) or [options.footage]:
        found.append(options.work / f"rerank_{video.stem}.json")
        aiditor("analyse", video, "-o", found[-1])
    command = [ROOT / "build" / "release" / "bench" / "rerank", 1, 200,
               ROOT / "models" / "highlight.json", *found]
    done = subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True)
    rows = {}
    for name, ms in json.loads(done.stdout).items():
        ms.sort()
        rows[name] = {"runs": len(ms), "p50_ms": ms[len(ms) // 2],
                      "p95_ms": ms[min(len(ms) - 1, len(ms) * 95 // 100)], "ms_all": ms}
        print(f"  {name}: {rows[name]['p50_ms']:.1f} ms, 95 %: {rows[name]['p95_ms']:.1f} ms",
              flush=True)
    return rows


def build(options):
    """A clean release build without ccache; and one engine file edited until its test has run."""
    source = options.work / "source"
    subprocess.run(["rm", "-rf", source], check=True)
    subprocess.run(["git", "clone", "-q", ROOT, source], check=True)
    uncached = {**os.environ, "CCACHE_DISABLE": "1"}
    clean = measured(["sh", "-c", "cmake --preset release && ninja -C build/release -j2"],
                     cwd=source, env=uncached)
    test = "cmake --preset dev && ninja -C build/dev engine_edit_test"
    measured(["sh", "-c", test], cwd=source)
    edits = []
    for _ in range(options.runs):
        with open(source / "src/engine/edit/plan_montage.cpp", "a", encoding="utf-8") as file:
            file.write("\n")
        edits.append(measured(["sh", "-c", "ninja -C build/dev engine_edit_test && "
                               "build/dev/engine_edit_test"], cwd=source, env=uncached)["wall_s"])
    return {"clean_release": {"jobs": 2, **clean},
            "edit_one_file": {"file": "src/engine/edit/plan_montage.cpp",
                              "wall_s": statistics.median(edits), "wall_s_all": edits}}


def table():
    """results/README.md from what the parts last wrote."""
    results = {p.stem: json.loads(p.read_text()) for p in sorted((HERE / "results").glob("*.json"))}
    lines = ["# Speed", "", "Written by `bench/speed/run.py`; the commands and every single "
             "measurement are in the `.json` files.", ""]
    for part, result in results.items():
        m = result["machine"]
        lines += [f"## {part}", "", f"`bench/speed/run.py {part}` on {m['cores']} cores of "
                  f"{m['cpu']}, {m['date']}, commit {m['commit']}, "
                  f"{m['ffmpeg'].split(' Copy')[0]}.", "", *TABLES[part](result["rows"]), ""]
    (HERE / "results" / "README.md").write_text("\n".join(lines))


def analyse_table(rows):
    yield "CPU time, median: how many times cheaper than decoding everything with one thread."
    yield from ("", "| 1080p60, 12 Mb/s | analyse | full decode | cheaper |", "|---|---|---|---|")
    for name, row in rows.items():
        cpu = row["cpu_s"]
        yield (f"| {name}: {row['meaning']} ({row['minutes']} min) | {cpu['ours']:.2f} s | "
               f"{cpu['theirs']:.1f} s | {cpu['ratio']:.1f}x |")


def detect_table(rows):
    share = rows["decoded_frames"] / rows["frames"]
    yield (f"The whole `aiditor detect` of {rows['minutes']} minutes of 1080p60 at 12 Mb/s, key "
           f"frame every 2 s, without cache; the closer look decodes {rows['decoded_frames']} of "
           f"{rows['frames']} pictures ({share:.2%}). CPU time a minute of recording, median; the "
           f"others were given {rows['piece_minutes']} min of the same material.")
    yield from ("", "| | CPU s a minute | aiditor is cheaper | without the closer look |",
                "|---|---|---|---|")
    names = list(rows["rounds"][0])
    cost = {name: statistics.median(r[name]["cpu_s"] for r in rows["rounds"])
            / (rows["minutes"] if name.startswith("aiditor") else rows["piece_minutes"])
            for name in names}
    for name in names:
        against = [f"{cost[name] / cost[mine]:.1f}x" if not name.startswith("aiditor") else ""
                   for mine in ("aiditor", "aiditor --no-refine")]
        yield f"| {name} | {cost[name]:.2f} | {against[0]} | {against[1]} |"


def memory_table(rows):
    yield "Highest resident memory of both processes at one time, 1080p60 mp4."
    yield from ("", "| length | peak |", "|---|---|")
    for name, row in rows.items():
        yield f"| {name} | {row['peak_mb']:.0f} MB |"
    growth = (rows["4 h"]["peak_mb"] - rows["1 h"]["peak_mb"]) / 3
    yield f"| growth | {growth:.1f} MB an hour |"


def render_table(rows):
    yield (f"{MONTAGE_SECONDS} s of montage from 1080p60 against one ffmpeg command with the same "
           "cuts, median.")
    yield from ("", "| output | render | ffmpeg | time | CPU |", "|---|---|---|---|---|")
    for name, row in rows.items():
        wall, cpu = row["wall_s"], row["cpu_s"]
        yield (f"| {name}, {row['clips']} clips | {wall['ours']:.1f} s | {wall['theirs']:.1f} s | "
               f"{1 / wall['ratio']:.2f}x | {1 / cpu['ratio']:.2f}x |")


def rerank_table(rows):
    yield "An hour of real cues, joined; in one process, stored cues to a finished plan."
    yield from ("", "| what changed | median | 95 % of the runs |", "|---|---|---|")
    for name, row in rows.items():
        yield f"| {name} | {row['p50_ms']:.1f} ms | {row['p95_ms']:.1f} ms |"
    whole = HERE / "results" / "detect.json"
    if whole.exists():
        result = json.loads(whole.read_text())["rows"]
        detect_s = statistics.median(r["aiditor"]["cpu_s"] for r in result["rounds"])
        share = rows["judge, model"]["p50_ms"] / 1000 / (detect_s * 60 / result["minutes"])
        yield from ("", f"The model's judging is {share:.2%} of the CPU time of `detect` "
                        "(results/detect.json).")


def build_table(rows):
    clean, edit = rows["clean_release"], rows["edit_one_file"]
    yield from ("| what | time |", "|---|---|")
    yield f"| clean release build, {clean['jobs']} jobs, no ccache | {clean['wall_s']:.0f} s |"
    yield f"| edit `{edit['file']}`, build and run its test (dev) | {edit['wall_s']:.1f} s |"


PARTS = {"analyse": analyse, "detect": detect, "memory": memory, "render": render,
         "rerank": rerank, "build": build}
TABLES = {"analyse": analyse_table, "detect": detect_table, "memory": memory_table,
          "render": render_table, "rerank": rerank_table, "build": build_table}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--footage", type=pathlib.Path,
                        default=ROOT / "samples" / "freedoom_6_secret.mp4")
    parser.add_argument("--recordings", type=pathlib.Path,
                        default=ROOT.parent / "shared" / "footage")
    parser.add_argument("--work", type=pathlib.Path,
                        default=pathlib.Path.home() / ".cache" / "aiditor-bench")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    options.work.mkdir(parents=True, exist_ok=True)
    (HERE / "results").mkdir(exist_ok=True)
    for part in options.parts or PARTS:
        print(part, flush=True)
        result = {"machine": machine(), "runs": options.runs, "rows": PARTS[part](options)}
        (HERE / "results" / f"{part}.json").write_text(json.dumps(result, indent=1) + "\n")
        table()


if __name__ == "__main__":
    main()
