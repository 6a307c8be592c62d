#!/usr/bin/python3
"""What the program says and does when paths, options, outputs or JSON are wrong.

usage: refusals_test.py [PART ...]     parts: options paths outputs json; none runs all
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
from hostile.seeds import make_seeds, seeds_folder  # noqa: E402

QUICK = ["--duration", "2", "--resolution", "180"]


def expect(tally, name, done, allowed, mentions=(), left_in=None, keep=()):
    """Checks status, one clear line on stderr, and that a folder holds only what it held."""
    problems = []
    if bug := done.shows_bug():
        problems.append(bug)
    elif done.status not in allowed:
        problems.append(f"ended with {done.status}, not {sorted(allowed)}: {done.err[-300:]!r}")
    if done.status:
        last = done.err.strip().splitlines()[-1:] or [""]
        if len(last[0].split()) < 4:
            problems.append(f"no clear sentence: {done.err[-200:]!r}")
        problems += [f"does not mention {m!r}: {done.err[-200:]!r}" for m in mentions
                     if m not in done.err]
    if left_in is not None:
        odd = {p.name for p in pathlib.Path(left_in).iterdir()} - set(keep)
        if odd:
            problems.append(f"left behind: {sorted(odd)}")
        for one in (pathlib.Path(left_in) / n for n in odd):
            if one.is_file():
                one.unlink()
    tally.add(name, problems, done.seconds)


def montage(inputs, out, *more, **options):
    return program.run(["montage", *inputs, "-o", out, *(more or QUICK)], **options)


def as_nobody():
    """Root reads and writes everything, so those tests run as somebody without rights."""
    if os.geteuid() != 0:
        return {}
    return {"user": 65534, "group": 65534, "extra_groups": []}


def check_options(tally, good, folder):
    out = folder / "out.mp4"
    for value in ("0", "-1", "nan", "inf", "1e9", "", "ten", "99999999999999999999"):
        expect(tally, f"--duration {value!r}",
               montage([good], out, f"--duration={value}", "--resolution", "180"),
               {program.USAGE}, ["duration"], folder)
    for option in (["--format", "cinema"], ["--resolution", "7"], ["--resolution", "100000"],
                   ["--resolution", "181"], ["--order", "luck"], ["--lead-in", "-3"],
                   ["--lead-out", "nan"], ["--detector", "oracle"], ["--jobs", "-1"],
                   ["--no-such-option"]):
        expect(tally, " ".join(option), montage([good], out, *QUICK[:2], *option),
               {program.USAGE}, [option[0].strip("-")], folder)
    expect(tally, "no arguments", program.run([]), {program.USAGE, program.OK})
    expect(tally, "unknown command", program.run(["explode"]), {program.USAGE}, ["explode"])
    expect(tally, "no input", program.run(["montage", "-o", out]), {program.USAGE}, [], folder)
    expect(tally, "no output", program.run(["montage", good]), {program.USAGE})
    done = montage([good], out, "--duration", "60", "--resolution", "180")
    expect(tally, "longer than the material ends early", done, {program.OK})
    tally.add("and says so", [] if any(w in done.err + done.out for w in (
        "shorter", "ends early", "only", "not enough", "less than")) else [done.err[-300:]])
    out.unlink(missing_ok=True)


def check_paths(tally, good, folder):
    out = folder / "out.mp4"

    def both(name, bad, allowed, mentions=()):
        """Alone it is refused; beside a good clip it is left out and the montage is made."""
        alone = program.run(["probe", bad, "--no-cache"], timeout=20)
        expect(tally, name, alone, allowed, mentions)
        done = montage([good, bad], out, timeout=30)
        expect(tally, f"{name}, beside a good clip", done, {program.OK})
        tally.add(f"{name}: the montage is there", [] if out.exists() else ["no output"])
        out.unlink(missing_ok=True)

    refused = {program.MISSING, program.BAD_MEDIA, program.NOTHING}
    both("missing file", folder / "nowhere.mp4", {program.MISSING}, ["nowhere.mp4"])
    both("missing folder", folder / "no" / "way.mp4", {program.MISSING}, ["way.mp4"])
    odd = folder / "odd"
    odd.mkdir()
    (odd / "dangling.mp4").symlink_to("nothing")
    (odd / "loop.mp4").symlink_to("loop.mp4")
    (odd / "zero.mp4").symlink_to("/dev/zero")
    os.mkfifo(odd / "fifo.mp4")
    (odd / "folder.mp4").mkdir()
    for name in ("dangling.mp4", "loop.mp4", "zero.mp4", "fifo.mp4", "folder.mp4"):
        both(name, odd / name, refused, [name])
    empty = folder / "empty"
    empty.mkdir()
    both("empty folder", empty, {program.NOTHING, program.MISSING}, ["empty"])
    shutil.rmtree(odd)
    empty.rmdir()
    both("a path of 5,000 bytes", "x" * 5000, refused)
    check_unreadable(tally, good, folder)
    check_names(tally, good, folder)


def check_unreadable(tally, good, folder):
    secret = folder / "secret.mp4"
    shutil.copy(good, secret)
    secret.chmod(0)
    folder.chmod(0o755)
    done = program.run(["probe", secret, "--no-cache"], **as_nobody())
    expect(tally, "unreadable file", done, {program.MISSING}, ["secret.mp4"])
    secret.unlink()


def check_names(tally, good, folder):
    """Odd names are names: the clip is used, and no control character reaches the terminal."""
    names = ["new\nline.mp4", "escape\x1b[31m\x07.mp4", "-o.mp4", "--help.mp4", "%s%n%d.mp4",
             "quote'\"`$(id).mp4", "ünï☃.mp4", "a" * 251 + ".mp4", "space and tab\t.mp4",
             "file:x.mp4", "http:..x.mp4", "concat:x.mp4", "pipe:0", b"latin1-\xe9\xff.mp4"]
    where = folder / "names"
    where.mkdir()
    for name in names:
        path = os.path.join(os.fsencode(where), os.fsencode(name))
        shutil.copy(good, path)
        shown = ascii(name)[:34]
        done = program.run(["probe", "--no-cache", "--", os.fsencode(name)], cwd=where)
        allowed = {program.OK} if isinstance(name, str) else {program.OK, program.USAGE,
                                                              program.MISSING, program.BAD_MEDIA}
        expect(tally, f"name {shown}", done, allowed)
        raw = [ch for ch in done.out + done.err if ord(ch) < 32 and ch not in "\n\t\r"]
        tally.add(f"name {shown}: printed safely", [f"raw {raw}"] if raw else [])
        os.unlink(path)
    with open(os.path.join(os.fsencode(where), b"bad\x1b[2J\xff.mp4"), "w") as file:
        file.write("no video")
    done = program.run(["probe", "--no-cache", where])
    raw = [ch for ch in done.out + done.err if ord(ch) < 32 and ch not in "\n\t\r"]
    expect(tally, "a bad clip with an evil name", done,
           {program.MISSING, program.BAD_MEDIA, program.NOTHING})
    tally.add("a bad clip with an evil name: printed safely", [f"raw {raw}"] if raw else [])
    shutil.rmtree(where)


def check_outputs(tally, good, folder):
    clip = folder / "clip.mp4"
    shutil.copy(good, clip)
    before = clip.read_bytes()
    os.link(clip, folder / "hard.mp4")
    (folder / "soft.mp4").symlink_to("clip.mp4")
    held = {"clip.mp4", "hard.mp4", "soft.mp4"}
    for name, target in (("the input", clip), ("a hard link to it", folder / "hard.mp4"),
                         ("a symbolic link to it", folder / "soft.mp4"),
                         ("the input by another path", folder / ".." / folder.name / "clip.mp4")):
        expect(tally, f"output is {name}", montage([clip], target), {program.UNWRITABLE}, [],
               folder, held)
        tally.add(f"output is {name}: the clip is whole",
                  [] if clip.read_bytes() == before else ["it was changed"])
    for name in held:
        (folder / name).unlink()
    for name, target in (("in a missing folder", folder / "no" / "out.mp4"),
                         ("a folder", folder), ("below a file", "/dev/null/out.mp4"),
                         ("a device", "/dev/full"), ("in /proc", "/proc/out.mp4"),
                         ("of 5,000 bytes", "x" * 5000 + ".mp4")):
        expect(tally, f"output {name}", montage([good], target),
               {program.UNWRITABLE, program.USAGE, program.MISSING}, [], folder)
    expect(tally, "output that is no .mp4", montage([good], folder / "out.exe"),
           {program.USAGE, program.UNWRITABLE}, ["out.exe"], folder)
    keep = folder / "kept.mp4"
    keep.write_bytes(b"an older montage")
    bad = folder / "bad.mp4"
    bad.write_text("no video")
    expect(tally, "nothing usable keeps the old output", montage([bad], keep),
           {program.BAD_MEDIA, program.NOTHING}, ["bad.mp4"], folder, {"kept.mp4", "bad.mp4"})
    tally.add("and its bytes", [] if keep.read_bytes() == b"an older montage" else ["changed"])
    keep.unlink()
    bad.unlink()
    check_read_only(tally, good, folder)
    check_full_disk(tally, good, folder)


def check_read_only(tally, good, folder):
    locked, clip = folder / "locked", folder / "mine.mp4"
    shutil.copy(good, clip)
    clip.chmod(0o644)
    folder.chmod(0o755)
    locked.mkdir(mode=0o555)
    expect(tally, "output in a read-only folder",
           montage([clip], locked / "out.mp4", *QUICK, "--no-cache", **as_nobody()),
           {program.UNWRITABLE}, ["locked"], locked)
    clip.unlink()
    locked.chmod(0o700)
    locked.rmdir()


def check_full_disk(tally, good, folder):
    small = folder / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", small],
                             capture_output=True, check=False)
    if mounted.returncode:
        tally.skip("full disk", "mounting a small tmpfs needs root")
        small.rmdir()
        return
    try:
        expect(tally, "full disk", montage([good], small / "out.mp4", "--duration", "4",
                                           "--resolution", "720"),
               {program.UNWRITABLE}, ["out.mp4"], small)
    finally:
        subprocess.run(["umount", small], check=True)
        small.rmdir()


# ---- JSON --------------------------------------------------------------------------------------


def stage_values(good, folder):
    """What each stage reads: {command: (file name, value)}."""
    files = {}
    steps = [("detect", ["analyse", good]), ("plan", ["detect", folder / "detect.json"]),
             ("render", ["plan", folder / "plan.json", "--duration", "2", "--resolution", "180"])]
    for reader, arguments in steps:
        path = folder / f"{reader}.json"
        done = program.run([*arguments, "-o", path])
        if done.status:
            raise RuntimeError(f"{arguments[0]} ended with {done.status}: {done.err}")
        files[reader] = json.loads(path.read_text())
    return files


def first_list(value):
    return next(k for k, v in value.items() if isinstance(v, list) and v)


def json_lies(value):
    """Yields (what, text as bytes) of one hand-edited value."""
    text = json.dumps(value)
    lists = first_list(value)
    yield "nothing", b""
    yield "cut short", text[:len(text) // 2].encode()
    yield "not JSON", b"montage, please"
    yield "a list", b"[]"
    yield "null", b"null"
    yield "no schema", json.dumps({k: v for k, v in value.items() if k != "schema"}).encode()
    yield "another schema", json.dumps(value | {"schema": "aiditor.recipe/1"}).encode()
    yield "a newer schema", json.dumps(
        value | {"schema": value["schema"].split("/")[0] + "/999"}).encode()
    yield "a wrong key", json.dumps(value | {"speling": 1}).encode()
    yield "a missing key", json.dumps({k: v for k, v in value.items() if k != lists}).encode()
    yield "a wrong type", json.dumps(value | {lists: "many"}).encode()
    yield "a wrong item", json.dumps(value | {lists: [7]}).encode()
    yield "a key twice", f'{text[:-1]}, "{lists}": {json.dumps(value[lists])}}}'.encode()
    yield "a huge number", text.replace('"schema"', '"x": 1e400, "schema"', 1).encode()
    yield "nested 10,000 deep", b"[" * 10_000 + b"]" * 10_000
    yield "an x_ key nested deep", json.dumps(value)[:-1].encode() + b', "x_a": ' + (
        b"[" * 5000 + b"]" * 5000) + b"}"
    yield "not UTF-8", text.encode().replace(b'"schema"', b'"x_\xff\xfe": 1, "schema"', 1)
    yield "more behind it", text.encode() + b"{}"
    yield "a nul byte", text.encode() + b"\0"


def plan_lies(plan):
    """Yields (what, plan) for numbers that fit their type and are wrong."""
    def edited(edit):
        copy = json.loads(json.dumps(plan))
        edit(copy)
        return copy
    yield "frames 2^62", edited(lambda p: p.update(frames=1 << 62))
    yield "frames -1", edited(lambda p: p.update(frames=-1))
    yield "clip without frames", edited(lambda p: p["clips"][0].update(frames=0))
    yield "clip of source 99", edited(lambda p: p["clips"][0].update(source=99))
    yield "clip of source -1", edited(lambda p: p["clips"][0].update(source=-1))
    yield "clip starts at -1e9 s", edited(lambda p: p["clips"][0].update(source_start_s=-1e9))
    yield "clip starts at 1e300 s", edited(lambda p: p["clips"][0].update(source_start_s=1e300))
    yield "clips do not abut", edited(lambda p: p["clips"][0].update(first_frame=7))
    yield "too many transitions", edited(lambda p: p["transitions"].extend(
        [{"kind": "cut", "frames": 0}] * 9))
    yield "output of 65535 pixels", edited(lambda p: p["outputs"][0].update(width=65535))
    yield "output of odd width", edited(lambda p: p["outputs"][0].update(width=321))
    yield "no outputs", edited(lambda p: p.update(outputs=[]))
    yield "unknown format", edited(lambda p: p["outputs"][0].update(format="cinema"))
    yield "sources empty", edited(lambda p: p.update(sources=[]))


def two_clips(plan, first_s, second_s):
    """The plan as two takes of a second each, joined by a crossfade."""
    copy = json.loads(json.dumps(plan))
    rate = copy["frame_rate"]["num"] // copy["frame_rate"]["den"]
    copy["clips"] = [copy["clips"][0] | {"first_frame": i * rate, "frames": rate,
                                         "source_start_s": at, "peak_s": at + 0.5}
                     for i, at in enumerate((first_s, second_s))]
    copy["transitions"] = [{"kind": "crossfade", "frames": rate // 4 * 2}]
    return copy | {"frames": 2 * rate, "length_s": 2, "filled_s": 0}


def extreme_lies(plan):
    """Yields (what, plan, where the message points): each lie is the plan's only one."""
    def edited(**changes):
        copy = json.loads(json.dumps(plan))
        for path, value in changes.items():
            *folders, key = path.split("__")
            at = copy
            for name in folders:
                at = at[int(name) if name.isdigit() else name]
            at[key] = value
        return copy
    many = 1 << 62
    yield "2^62 frames everywhere", edited(clips__0__frames=many, frames=many), "/clips/0/frames"
    for num in (1000, 1 << 30):
        yield f"{num} frames a second", edited(frame_rate={"num": num, "den": 1}), "/frame_rate"
    yield "one frame in 1000 s", edited(frame_rate={"num": 1, "den": 1000}), "/frame_rate"
    yield "a length that frames deny", edited(length_s=plan["length_s"] + 1), "/length_s"
    yield "-1 s of filler", edited(filled_s=-1), "/filled_s"
    yield "more filler than film", edited(filled_s=plan["length_s"] + 1), "/filled_s"
    for peak_s in (-1, 1000):
        yield f"a peak at {peak_s} s", edited(clips__0__peak_s=peak_s), "/clips/0/peak_s"
    yield "sound track -1", edited(sources__0__audio_track=-1), "/sources/0/audio_track"
    yield "focus_y 2", edited(clips__0__focus_y=2), "/clips/0/focus_y"
    yield "height 17", edited(outputs__0__height=17), "/outputs/0/height"
    yield "a crossfade before the source", two_clips(plan, 2, 0), "/clips/1/"
    yield "a crossfade after the source", two_clips(plan, 3, 1), "/clips/0/"


def file_lies(plan):
    """Yields (what, plan) for what only the clip itself can deny."""
    beyond = json.loads(json.dumps(plan))
    beyond["sources"][0]["duration_s"] = 1000
    beyond["clips"][0] |= {"source_start_s": 500, "peak_s": 500.5}
    yield "a take beyond the end of the file", beyond
    track = json.loads(json.dumps(plan))
    track["sources"][0]["audio_track"] = 7
    yield "sound track 7", track


def check_plans(tally, good, folder, plan):
    lie, out = folder / "lie.json", folder / "out.mp4"

    def render(edited):
        lie.write_text(json.dumps(edited))
        return program.run(["render", lie, "-o", out], timeout=10)

    for what, edited in plan_lies(plan):
        expect(tally, f"render: {what}", render(edited), {program.BAD_JSON}, ["lie.json"], folder,
               {"lie.json"})
    for what, edited, pointer in extreme_lies(plan):
        expect(tally, f"render: {what}", render(edited), {program.BAD_JSON},
               ["lie.json", pointer], folder, {"lie.json"})
    for what, edited in file_lies(plan):
        expect(tally, f"render: {what}", render(edited), {program.BAD_JSON}, [good.name], folder,
               {"lie.json"})
    expect(tally, "render: a crossfade inside the source", render(two_clips(plan, 1, 2.5)),
           {program.OK})
    out.unlink(missing_ok=True)


def check_json(tally, good, folder):
    values = stage_values(good, folder)
    for path in folder.iterdir():
        path.unlink()
    lie, out = folder / "lie.json", folder / "out.mp4"
    for command, value in values.items():
        target = ["-o", out if command == "render" else folder / "out.json"]
        for what, text in json_lies(value):
            lie.write_bytes(text)
            done = program.run([command, lie, *target])
            expect(tally, f"{command}: {what}", done, {program.BAD_JSON}, ["lie.json"], folder,
                   {"lie.json"})
        lie.write_text(json.dumps(value | {"x_mine": {"note": 1}}))
        done = program.run([command, lie, *target])
        expect(tally, f"{command}: an x_ key is fine", done, {program.OK})
        pathlib.Path(target[1]).unlink(missing_ok=True)
    check_plans(tally, good, folder, values["render"])
    gone = json.loads(json.dumps(values["render"]))
    gone["sources"][0]["file"] = str(folder / "gone.mp4")
    lie.write_text(json.dumps(gone))
    expect(tally, "render: the clip is gone", program.run(["render", lie, "-o", out]),
           {program.MISSING}, ["gone.mp4"], folder, {"lie.json"})
    other = folder / "gone.mp4"
    other.write_bytes(good.read_bytes() + b"\0" * 8)
    expect(tally, "render: the clip changed", program.run(["render", lie, "-o", out]),
           {program.BAD_MEDIA}, ["gone.mp4"], folder, {"lie.json", "gone.mp4"})
    other.unlink()
    expect(tally, "render: JSON is missing", program.run(["render", folder / "no.json", "-o", out]),
           {program.MISSING}, ["no.json"], folder, {"lie.json"})


PARTS = {"options": check_options, "paths": check_paths, "outputs": check_outputs,
         "json": check_json}


def main(wanted):
    program.require_program()
    seeds = seeds_folder(program.MEDIA / "hostile")
    make_seeds(seeds)
    tally = program.Tally("refusals")
    for part in wanted or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            PARTS[part](tally, seeds / "good.mp4", pathlib.Path(folder))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
