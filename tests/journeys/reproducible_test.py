#!/usr/bin/python3
"""The same clips give the same plan and the same bytes, however often, in parallel or resumed."""
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
from hostile import stopping_test  # noqa: E402
from journeys import decoded  # noqa: E402

CLIPS = {"mp4-h264-plain", "mkv-h264-fps60", "webm-vp9-plain", "ts-h264-mono"}


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def montage(clips, out, *more, cache=None):
    done = program.run(["montage", *clips, "-o", out, "--duration", "8", "--resolution", "360",
                        "--json", *more], timeout=120, cache=cache)
    if done.status != 0:
        raise RuntimeError(f"montage ended with {done.status}: {done.err[-500:]}")
    return done


def report_of(done):
    """The report is the last JSON value of the output; events may come before it."""
    text = done.out.strip()
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return json.loads(text.splitlines()[-1])


def plan_of(done):
    return json.dumps(report_of(done)["plan"], sort_keys=True)


def check_same(tally, clips, folder):
    first = montage(clips, folder / "a.mp4", "--no-cache")
    again = montage(clips, folder / "b.mp4", "--no-cache")
    one = montage(clips, folder / "c.mp4", "--no-cache", "--jobs", "1")
    four = montage(clips, folder / "d.mp4", "--no-cache", "--jobs", "4")
    hashes = [digest(folder / f"{n}.mp4") for n in "abcd"]
    for name, done, value in (("the same again", again, hashes[1]), ("--jobs 1", one, hashes[2]),
                              ("--jobs 4", four, hashes[3])):
        tally.add(f"{name}: same plan", [] if plan_of(done) == plan_of(first) else ["differs"])
        tally.add(f"{name}: same bytes", [] if value == hashes[0] else ["differs"])
    turned = montage(list(reversed(clips)), folder / "e.mp4", "--no-cache")
    tally.add("other order of clips: another plan, so the comparison can fail",
              [] if plan_of(turned) != plan_of(first) else ["the plan is the same"])
    return hashes[0]


def check_cache(tally, clips, folder, fresh):
    cache = folder / "cache"
    out = folder / "f.mp4"
    first = montage(clips, out, cache=cache)
    tally.add("with a cache: same bytes", [] if digest(out) == fresh else ["differs"])
    before = out.stat().st_mtime_ns
    second = montage(clips, out, cache=cache)
    tally.add("second run: says that it is already rendered",
              [] if report_of(second).get("already_rendered") is True else [second.out[-300:]])
    tally.add("second run: leaves the file alone",
              [] if out.stat().st_mtime_ns == before and digest(out) == fresh else ["changed"])
    tally.add("second run: much quicker", [] if second.seconds < first.seconds / 2 + 0.3 else
              [f"{second.seconds:.1f} s after {first.seconds:.1f} s"])
    out.write_bytes(out.read_bytes()[:-100] + b"\0" * 100)
    montage(clips, out, cache=cache)
    tally.add("a damaged output is made again", [] if digest(out) == fresh else ["it is kept"])
    out.unlink()
    montage(clips, out, cache=cache)
    tally.add("a missing output is made again", [] if digest(out) == fresh else ["differs"])
    for entry in (p for p in cache.rglob("*") if p.is_file()):
        data = bytearray(entry.read_bytes())
        if data:
            data[len(data) // 2] ^= 0xFF
            entry.write_bytes(data)
    out.unlink()
    montage(clips, out, cache=cache)
    tally.add("a damaged cache changes nothing", [] if digest(out) == fresh else ["differs"])


def hold_entries(cache, held):
    """Links what is measured into `held`, so that no new file can get the same inode number."""
    held.mkdir()
    entries = [p for p in cache.iterdir() if p.name.startswith(("analysis-", "index-"))]
    for entry in entries:
        os.link(entry, held / entry.name)
    return [entry.name for entry in entries if entry.name.startswith("analysis-")]


def made_again(cache, held):
    """Entries are only ever replaced whole: one that was measured again is another inode."""
    return [h.name for h in held.iterdir()
            if not (cache / h.name).exists() or not h.samefile(cache / h.name)]


def check_resume(tally, clips, folder, fresh):
    """What an interrupted run analysed is used by the next: only the rest is analysed again."""
    cache, held, out = folder / "half", folder / "held", folder / "g.mp4"
    montage(clips[:2], folder / "h.mp4", cache=cache)
    entries = hold_entries(cache, held)
    montage(clips, out, cache=cache)
    tally.add("half a cache: same bytes", [] if digest(out) == fresh else ["differs"])
    tally.add("half a cache: its entries are used", made_again(cache, held) or
              ([] if len(entries) == 2 else [f"{len(entries)} entries of 2 clips"]))
    (cache / entries[0]).write_bytes(b"damaged")  # in place; the link to it is damaged as well
    montage(clips, folder / "i.mp4", cache=cache)
    tally.add("half a cache: what is measured again is noticed",
              [] if made_again(cache, held) else ["the comparison cannot fail"])


def check_killed(tally, clips, folder):
    """A run that is killed while two clips are analysed has kept those that were finished."""
    cache, held = folder / "killed", folder / "finished"
    child = program.start(["analyse", stopping_test.long_clip(), *clips, "--jobs", "2", "-o",
                           folder / "never.json"], cache, start_new_session=True,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stopping_test.wait_for(lambda: child.poll() is not None or
                           len(list(cache.glob("analysis-*"))) >= 2, 60)
    early = child.poll() is None
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    entries = hold_entries(cache, held)
    tally.add("killed while analysing: some clips are finished, not all",
              [] if early and 2 <= len(entries) <= len(clips) and
              not (folder / "never.json").exists() else [f"{len(entries)} entries"])
    again = program.run(["analyse", *clips], cache=cache)
    without = program.run(["analyse", *clips, "--no-cache"])
    tally.add("killed while analysing: finished clips are not analysed again",
              made_again(cache, held))
    tally.add("killed while analysing: same measurements", [] if again.status == 0 and
              json.loads(again.out) == json.loads(without.out) else [again.err[-300:] or "differ"])


def check_stages(tally, clips, folder, fresh):
    """The stages one by one, through files, give what the one command gives."""
    steps = [["analyse", *clips], ["detect", folder / "1.json"],
             ["plan", folder / "2.json", "--duration", "8", "--resolution", "360"]]
    for i, arguments in enumerate(steps, 1):
        done = program.run([*arguments, "-o", folder / f"{i}.json"], timeout=120)
        if done.status:
            tally.add(f"stage {arguments[0]}", [f"ended with {done.status}: {done.err[-300:]}"])
            return
    done = program.run(["render", folder / "3.json", "-o", folder / "stages.mp4"], timeout=120)
    same = done.status == 0 and digest(folder / "stages.mp4") == fresh
    tally.add("stage by stage: same bytes", [] if same else [f"{done.status}: {done.err[-300:]}"])


def main():
    program.require_program()
    clips = [program.MEDIA / m["file"] for m in decoded.make_clips.ensure(program.MEDIA, CLIPS)]
    tally = program.Tally("reproducible")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        fresh = check_same(tally, clips, folder)
        check_cache(tally, clips, folder, fresh)
        check_resume(tally, clips, folder, fresh)
        check_killed(tally, clips, folder)
        check_stages(tally, clips, folder, fresh)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
