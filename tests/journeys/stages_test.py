#!/usr/bin/python3
"""One stage at a time: each takes what an earlier one wrote, refuses what it would ignore, and
finds what is wrong with the output before the work."""
import json
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402

CLIP = program.ROOT / "samples" / "freedoom_1_ambush.mp4"


def check(tally, name, done, status, says=None, never=None):
    problems = [] if done.status == status else [f"ended with {done.status}, not {status}"]
    if says and says not in done.err:
        problems.append(f"did not say {says!r}: {done.err[-400:]!r}")
    if never and never in done.err:
        problems.append(f"said {never!r}: {done.err[-400:]!r}")
    tally.add(name, problems)


def check_chain(tally, folder, cache):
    clip, bad = folder / "clip.mp4", folder / "bad.mp4"
    clip.write_bytes(CLIP.read_bytes())
    bad.write_bytes(b"no video at all")
    names = ["probe", "analyse", "detect", "plan"]
    at = {name: folder / f"{name}.json" for name in names}
    before = [clip, bad]
    for name in names:
        more = ["--duration", "2", "--resolution", "144"] if name == "plan" else []
        done = program.run([name, *before, *more, "-o", at[name]], cache=cache)
        check(tally, f"{name} takes what came before", done, program.OK)
        before = [at[name]]
    film = folder / "film.mp4"
    done = program.run(["montage", at["analyse"], "-o", film, "--json", "--duration", "2",
                        "--resolution", "144"], cache=cache)
    check(tally, "montage takes an analysis", done, program.OK)
    skipped = json.loads(done.out)["skipped"] if done.out else []
    tally.add("a clip that was skipped earlier is still told",
              [] if [s["file"] for s in skipped] == [str(bad)] else [f"skipped: {skipped}"])
    return clip, at


def check_refusals(tally, folder, clip, at, cache):
    for name, arguments, says in (
            ("detect highlights", ["detect", at["detect"]], "is what `detect` writes"),
            ("plan a plan", ["plan", at["plan"], "--duration", "1"], "is what `plan` writes"),
            ("montage a plan", ["montage", at["plan"], "-o", folder / "x.mp4"], "aiditor render"),
            ("render a plan with --format",
             ["render", at["plan"], "-o", folder / "x.mp4", "--format", "portrait"], "--format")):
        check(tally, f"{name}: refused", program.run(arguments, cache=cache), program.USAGE, says)
    for name in ("probe", "analyse", "detect", "plan"):
        done = program.run([name, clip, "--json", "-o", folder / "nope" / "x.json"])
        check(tally, f"{name} into no folder: refused before the work", done, program.UNWRITABLE,
              never='"started"')
    kept = at["analyse"].read_bytes()
    done = program.run(["detect", at["analyse"], "-o", at["analyse"]])
    check(tally, "detect onto its own input: refused", done, program.UNWRITABLE, "also an input")
    tally.add("and the input is whole", [] if at["analyse"].read_bytes() == kept else ["changed"])
    with open(clip, "ab") as file:
        file.write(b"more")
    check(tally, "a clip that changed after probe: refused",
          program.run(["analyse", at["probe"]], cache=cache), program.BAD_MEDIA, "was probed")


def check_names(tally, folder, at, cache):
    plain = folder / "found"
    plain.write_bytes(at["detect"].read_bytes())
    check(tally, "a value without .json", program.run(["plan", plain], cache=cache), program.OK)
    reader, writer = os.pipe()
    small = {"schema": "aiditor.highlights/1", "detector": "x", "clips": []}
    os.write(writer, json.dumps(small).encode())
    os.close(writer)
    done = program.run(["plan", f"/dev/fd/{reader}"], cache=cache, pass_fds=(reader,))
    os.close(reader)
    check(tally, "a value from a pipe of the shell", done, program.NOTHING, "no video")


def check_reasons(tally, folder):
    bad = [folder / f"bad{i}.mp4" for i in range(2)]
    for path in bad:
        path.write_bytes(b"no video at all")
    done = program.run(["probe", *bad])
    twice = [p.name for p in bad if done.err.count(p.name + ":") != 1]
    tally.add("each reason is told once", [f"{twice}: {done.err}"] if twice else [])


def check_events(tally, folder, at, cache):
    """What lies beside a clip raises picks near it; what cannot be read is told and ignored."""
    beside = folder / "clip.mp4.events.csv"

    def best():
        done = program.run(["detect", at["analyse"]], cache=cache)
        found = json.loads(done.out)["clips"][0]["highlights"] if done.out else []
        return done, max(found, key=lambda h: h["score"], default={"why": {}})

    beside.write_text("time,kind,weight\n0:12.5,kill,10\n")
    done, first = best()
    check(tally, "an event beside the clip", done, program.OK, "1 event")
    tally.add("raises the pick near it", [] if abs(first.get("peak_s", -9) - 12.5) < 1.5 and
              first["why"].get("event", 0) > 5 else [f"the best is {first}"])
    beside.write_text("time,kind,weight\n0:12.5,kill,nan\n")
    done, first = best()
    check(tally, "an event file that is wrong is told", done, program.OK, "clip.mp4.events.csv")
    tally.add("and ignored", ["it counted"] if "event" in first["why"] else [])
    beside.unlink()
    done = program.run(["detect", at["analyse"], "--explain"], cache=cache)
    check(tally, "the reasons in words", done, program.OK)
    tally.add("have a table", [] if "why" in done.out and "%" in done.out else [done.out[:300]])


def main():
    program.require_program()
    tally = program.Tally("stages")
    with tempfile.TemporaryDirectory(prefix="aiditor-stages-") as name:
        folder = pathlib.Path(name)
        clip, at = check_chain(tally, folder, folder / "cache")
        check_names(tally, folder, at, folder / "cache")
        check_events(tally, folder, at, folder / "cache")
        check_refusals(tally, folder, clip, at, folder / "cache")
        check_reasons(tally, folder)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
