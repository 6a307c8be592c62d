#!/usr/bin/python3
"""The hostile corpus comes in through the API: each file ends as a clip or as one that says why it
is none; the files and the port that it aims at are not touched; and who works in another workspace
waits for one job of it, not for all.

  hostile_media_test.py [--full | --count N] [--seed S]
"""
import pathlib
import shutil
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
import service_client  # noqa: E402
from hostile.hostile_test import Corpus  # noqa: E402
from promises import audit, footage, scale  # noqa: E402

OTHER = "ws_00000000000000000000000000000001"
MOST_BEFORE = 1  # jobs of the crowd that begin between the neighbour's coming and his turn
PATIENCE_S = 1500
REFUSED = (400, 413, 415, 422)
TROUBLE = ("Sanitizer", "terminate called", "Assertion")


def add_neighbour(server):
    """A second workspace of the same person; while the service does not run."""
    database = sqlite3.connect(server.data / "aiditor.db")
    database.execute("INSERT INTO workspaces (id, name, created_at_us, members_changed_at_us) "
                     "VALUES (?, 'Neighbour', 0, 0)", (OTHER,))
    database.execute("INSERT INTO memberships SELECT ?, user_id, role, 0 FROM memberships LIMIT 1",
                     (OTHER,))
    database.commit()
    database.close()


def bring(server, workspace, corpus, names):
    """(clip by name, names that were not even taken, problems)"""
    clips, refused, problems = {}, [], []
    for name in names:
        try:
            clips[name] = service_client.upload(server, workspace, corpus.folder / name)
        except service_client.Refused as answer:
            refused.append(name)
            if answer.code not in REFUSED:
                problems.append(f"{name}: {answer}")
    return clips, refused, problems


def wait_for_neighbour(server, crowd):
    """How many of the crowd's jobs began while the neighbour waited."""
    upload = service_client.Upload(server, OTHER, "good.mp4", len(footage.base_clip()))
    upload.send(footage.base_clip())
    service_client.until("the neighbour's clip", lambda: service_client.ready_clips(
        server, OTHER, [upload.clip_id]), PATIENCE_S)
    job = server.pages(f"/api/v1/workspaces/{OTHER}/jobs")[0]
    return sum(job["created_at_us"] < other.get("started_at_us", 0) < job["started_at_us"]
               for other in server.pages(f"/api/v1/workspaces/{crowd}/jobs"))


def ended(server, workspace):
    return all(job["state"] not in ("queued", "running")
               for job in server.pages(f"/api/v1/workspaces/{workspace}/jobs"))


def check_clip(name, clip, case):
    """Problems of how a file ended."""
    usable = program.OK in case.allowed
    if clip["state"] == "ready":
        return [] if usable else [f"{name}: was taken for a video: {case.about}"]
    said = clip.get("problem") or ""
    if clip["state"] != "unusable" or len(said.split()) < 3:
        return [f"{name}: {clip['state']} {said!r}"]
    if "/proc/" in said or "/work/" in said or any(ord(ch) < 32 for ch in said):
        return [f"{name}: says what is nobody's business: {said!r}"]
    return []


def run(server, folder, asked, tally):
    corpus = Corpus(program.MEDIA / "promises" / "hostile", folder / "cache")
    names = asked.random.sample(sorted(corpus.cases), min(asked.count, len(corpus.cases)))
    server.start()
    workspace = server.first_workspace()
    server.stop()
    add_neighbour(server)
    server.variables["AIDITOR_WORKERS"] = "1"
    server.start()
    begun = time.monotonic()
    clips, refused, problems = bring(server, workspace, corpus, names)
    tally.add(f"{len(names)} hostile files are taken or refused with a reason", problems,
              time.monotonic() - begun)
    before = wait_for_neighbour(server, workspace)
    tally.add("a neighbour waits for one of them, not for all",
              [] if before <= MOST_BEFORE else [f"{before} went before him"])
    service_client.until("the corpus", lambda: ended(server, workspace), PATIENCE_S)
    ends = {clip["id"]: clip for clip in server.pages(f"/api/v1/workspaces/{workspace}/clips")}
    wrong = [problem for name, clip in clips.items()
             for problem in check_clip(name, ends[clip], corpus.cases[name])]
    tally.add("each ends as a clip or says why it is none", wrong, time.monotonic() - begun)
    tally.add("what they aim at was not touched", (["the victim was opened"] if
              corpus.watch.touched() else []) + [f"{corpus.port.calls} calls"] * bool(
                  corpus.port.calls))
    status = server.stop()
    bad = [line["text"] for line in server.said if line.get("event") == "text"
           and any(sign in line["text"] for sign in TROUBLE)]
    tally.add("the service lives through them", bad + [f"ended with {status}"] * bool(status)
              + audit.whole(server.data) + audit.once(server.data))
    states = [ends[clip]["state"] for clip in clips.values()]
    asked.report(len(names), len(problems) + len(wrong), of_all=len(corpus.cases), more=(
        f"{states.count('ready')} became clips, {states.count('unusable')} say why not, "
        f"{len(refused)} were refused at once",
        f"{before} of the crowd's jobs went before the neighbour's"))


def main():
    program.require_program()
    tally = program.Tally("hostile media")
    asked = scale.Scale("hostile_media", few=10, full=10**6)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aiditor-hostile-"))
    with service_client.Server(folder, {"AIDITOR_WORKERS": "0"}, start=False) as server:
        run(server, folder, asked, tally)
    shutil.rmtree(folder, ignore_errors=True)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
