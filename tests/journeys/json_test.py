#!/usr/bin/python3
"""--json holds its contract (docs/cli.md): one value on stdout, one object a line on stderr."""
import json
import math
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
from journeys import decoded  # noqa: E402

CLIPS = {"mp4-h264-plain", "mkv-h264-fps60", "ts-h264-silent"}
SHAPE = ["--duration", "7", "--resolution", "180"]
STAGES = {"read", "probe", "analyse", "detect", "plan", "render", "plot"}
EVENTS = {"started": {"stage", "bytes", "media_s"}, "finished": {"stage", "elapsed_s"},
          "progress": {"stage", "fraction", "speed", "elapsed_s", "left_s"},
          "problem": {"file", "code", "message"}, "note": {"message"},
          "error": {"code", "message", "exit_status"}}


def strict(text):
    """RFC 8259 and no more: no NaN, no key twice, nothing behind the value."""
    def unique(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError(f"a key twice: {[k for k, _ in pairs]}")
        return dict(pairs)

    def refuse(word):
        raise ValueError(f"{word} is no JSON number")
    return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)


def check_events(text):
    """Problems of stderr, and its events."""
    problems, events = [], []
    for line in text.splitlines():
        try:
            event = strict(line)
        except ValueError as error:
            problems.append(f"stderr line is not JSON ({error}): {line[:120]!r}")
            continue
        if not isinstance(event, dict) or event.get("event") not in EVENTS:
            problems.append(f"not an event: {line[:120]!r}")
            continue
        events.append(event)
        if missing := EVENTS[event["event"]] - set(event):
            problems.append(f"{event['event']} lacks {sorted(missing)}")
        if "stage" in event and event["stage"] not in STAGES:
            problems.append(f"unknown stage: {event['stage']}")
        if not 0 <= event.get("fraction", 0) <= 1:
            problems.append(f"fraction {event['fraction']}")
    return problems, events


def check_run(tally, name, done, status=program.OK):
    """The value on stdout (None when there is none) and the events."""
    problems, events = check_events(done.err)
    if done.status != status:
        problems.append(f"ended with {done.status}: {done.err[-300:]}")
    value = None
    try:
        value = strict(done.out) if done.out or status == program.OK else None
    except ValueError as error:
        problems.append(f"stdout is not one JSON value: {error}")
    for stage in {e["stage"] for e in events if e["event"] == "started"}:
        if status == program.OK and ("finished", stage) not in [
                (e["event"], e.get("stage")) for e in events]:
            problems.append(f"{stage} never finishes")
    tally.add(f"{name}: JSON alone", problems, done.seconds)
    return value, events


def moment_problems(moment, length_s):
    problems = []
    if not 0 <= moment["start_s"] <= moment["peak_s"] <= moment["end_s"] <= length_s + 1e-9:
        problems.append(f"out of order or outside: {moment}")
    if not isinstance(moment["kind"], str) or not moment["kind"]:
        problems.append("no kind")
    if not moment["why"] or not math.isclose(math.fsum(moment["why"].values()), moment["score"],
                                             rel_tol=0, abs_tol=1e-9):
        problems.append(f"why {moment['why']} does not add up to {moment['score']}")
    return problems


def check_highlights(tally, value, samples):
    problems, found = [], 0
    if value["schema"] != "aiditor.highlights/1" or not value["detector"]:
        problems.append("no schema or detector")
    for clip in value["clips"]:
        for moment in clip["highlights"]:
            found += 1
            problems += moment_problems(moment, clip["duration_s"])
        curve = clip["curve"]
        rate, count = curve["rate_hz"], len(curve["values"])
        if not rate > 0 or count != samples[clip["file"]] or abs(
                count / rate - clip["duration_s"]) > 1 / rate:
            problems.append(f"{clip['file']}: {count} values at {rate} "
                            f"Hz, {samples[clip['file']]} measured, {clip['duration_s']} s")
    tally.add("highlights are in order and explained", problems if found else ["there are none"])


def check_detect(tally, clips):
    analysis = program.run(["analyse", *clips, "--json", "--no-cache"])
    cues, _ = check_run(tally, "analyse", analysis)
    detected = program.run(["detect", *clips, "--json", "--no-cache"])
    value, _ = check_run(tally, "detect", detected)
    if cues is None or value is None:
        return None
    samples = {c["media"]["file"]: c["cues"]["samples"] for c in cues["clips"]}
    tally.add("every clip is there, in order", [] if list(samples) == [str(c) for c in clips] and
              [c["file"] for c in value["clips"]] == [str(c) for c in clips] else [str(samples)])
    check_highlights(tally, value, samples)
    return analysis.out, detected.out


def check_chain(tally, clips, analysis, detected, report):
    """Stage after stage through `-` gives what one command gives."""
    piped = program.run(["detect", "-"], stdin_text=analysis)
    tally.add("analyse | detect -", [] if piped.status == 0 and piped.out == detected else
              [piped.err[-300:] or "differs"])
    direct = program.run(["plan", *clips, *SHAPE, "--no-cache"])
    for name, text in (("analyse | plan -", analysis), ("detect | plan -", detected)):
        piped = program.run(["plan", "-", *SHAPE], stdin_text=text)
        tally.add(name, [] if piped.status == 0 and piped.out == direct.out else
                  [piped.err[-300:] or "differs"])
    other = program.run(["plan", "-", "--duration", "3", "--resolution", "180"],
                        stdin_text=detected)
    tally.add("another length is another plan, so the comparison can fail",
              [] if other.status == 0 and other.out != direct.out else ["the same"])
    tally.add("the plan in the report of montage is the same",
              [] if strict(direct.out) == report["plan"] else ["differs"])
    return direct.out


def check_montage(tally, clips, folder):
    out = folder / "out.mp4"
    done = program.run(["montage", *clips, "-o", out, *SHAPE, "--json", "--no-cache"], timeout=120)
    report, events = check_run(tally, "montage", done)
    if report is None:
        return None
    fractions = {}
    for event in events:
        if event["event"] == "progress":
            fractions.setdefault(event["stage"], []).append(event["fraction"])
    tally.add("montage: progress never falls", [f"{stage}: {values}" for stage, values in
              fractions.items() if values != sorted(values)] or
              ([] if "render" in fractions else ["no progress of render"]))
    wrong = [] if report["schema"] == "aiditor.montage_report/1" else [report["schema"]]
    if [o["file"] for o in report["render"]["outputs"]] != [str(out)]:
        wrong.append("the output is not named")
    if report["render"]["outputs"][0]["size_bytes"] != out.stat().st_size:
        wrong.append("size_bytes is not the size")
    tally.add("montage: the report fits the film", wrong)
    return report


def check_failures(tally, clips, folder):
    bad = folder / "bad.mp4"
    bad.write_text("no video")
    done = program.run(["detect", bad, clips[0], "--json", "--no-cache"])
    value, events = check_run(tally, "detect beside a bad file", done)
    told = [e for e in events if e["event"] == "problem"]
    tally.add("a bad file is a problem event", [] if value and len(value["clips"]) == 1 and
              [(e["file"], e["code"]) for e in told] == [(str(bad), "bad_media")] else [str(told)])
    done = program.run(["montage", folder / "gone.mp4", "-o", folder / "o.mp4", "--json"])
    value, events = check_run(tally, "montage of nothing", done, program.MISSING)
    last = events[-1] if events else {}
    tally.add("an error is the last event", [] if value is None and last.get("event") == "error" and
              last["exit_status"] == done.status and last["code"] == "not_found" else [str(last)])
    done = program.run(["detect", "-", "--json"], stdin_text='{"schema": "aiditor.highlights/1"')
    check_run(tally, "detect of half a value", done, program.BAD_JSON)


def main():
    program.require_program()
    clips = [program.MEDIA / m["file"] for m in decoded.make_clips.ensure(program.MEDIA, CLIPS)]
    tally = program.Tally("json")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        values = check_detect(tally, clips)
        report = check_montage(tally, clips, folder)
        if values and report:
            check_chain(tally, clips, *values, report)
        check_failures(tally, clips, folder)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
