#!/usr/bin/python3
"""The service over its real binary: a clip goes up by tus, is looked into, becomes a project and a
montage, is shared and comes back whole; a restart in the middle loses nothing.

  tests/journeys/serve_test.py        AIDITOR_BIN names the folder of the program
"""
import concurrent.futures
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import program  # noqa: E402  (tests/program.py)
import service_client  # noqa: E402
from service_client import until  # noqa: E402

SAMPLES = HERE.parents[1] / "samples"
CLIPS = ["freedoom_1_ambush.mp4", "freedoom_6_secret.mp4"]


def tus_upload_across_a_kill(server, workspace, path, cut_at):
    """In two requests with a restart of the service between. The clip's id."""
    data = path.read_bytes()
    upload = service_client.Upload(server, workspace, path.name, len(data))
    upload.send(data[:cut_at])
    server.kill()
    server.start()
    if upload.look() != cut_at:
        raise RuntimeError(f"offset {upload.offset} instead of {cut_at}")
    upload.send(data[cut_at:])
    return upload.clip_id


def probe(path):
    done = subprocess.run(["ffprobe", "-v", "error", "-show_entries",
                           "stream=codec_name,width,height:format=duration", "-of", "json", path],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def make_montage(step, server, base, clips, folder):
    """From ready clips to a film that somebody else may see, and then no longer."""
    project = server.json("POST", f"{base}/projects", {
        "name": "Friday night", "clip_ids": clips,
        "wishes": {"length_s": 10, "formats": ["landscape", "portrait"], "order": "time",
                   "weights": {}, "fill": True}}, status=201)
    found = server.json("GET", f"{base}/projects/{project['id']}/highlights")
    count = sum(len(c["highlights"]) for c in found["clips"])
    step("highlights are found and explained", None if count and all(
        h["why"] for c in found["clips"] for h in c["highlights"]) else str(count))
    montage = server.json("POST", f"{base}/projects/{project['id']}/montages", {}, status=202)
    seen = []

    def rendered():
        job = server.json("GET", f"{base}/jobs/{montage['job_id']}")
        if job["stage"] == "render":
            seen.append(job["fraction"])
        if job["state"] in ("failed", "cancelled"):
            raise RuntimeError(job)
        return job["state"] == "done"

    until("montage", rendered)
    step("progress never falls", None if seen == sorted(seen) else str(seen))
    made = server.json("GET", f"{base}/montages/{montage['id']}")
    for file in made["files"]:
        _, _, data = server.ask("GET", file["url"])
        (folder / f"{file['format']}.mp4").write_bytes(data)
        about = probe(folder / f"{file['format']}.mp4")
        video = next(s for s in about["streams"] if s["codec_name"] == "h264")
        problem = None
        if hashlib.sha256(data).hexdigest() != file["sha256"]:
            problem = "other bytes than told"
        elif abs(float(about["format"]["duration"]) - 10) > 0.2:
            problem = f"{about['format']['duration']} s long"
        elif (video["width"] > video["height"]) != (file["format"] == "landscape"):
            problem = f"{video['width']} x {video['height']}"
        step(f"the {file['format']} montage plays", problem)
    code, headers, part = server.ask("GET", made["files"][0]["url"],
                                     headers={"Range": "bytes=100-199"})
    step("downloads take ranges", None if code == 206 and len(part) == 100 else f"{code}")
    link = server.json("POST", f"{base}/montages/{montage['id']}/shares", {}, status=201)
    shared = server.json("GET", f"/api/v1/shared/{link['token']}")
    code, _, _ = server.ask("DELETE", f"{base}/shares/{link['id']}")
    gone, _, _ = server.ask("GET", shared["files"][0]["url"])
    step("a revoked link shows nothing", None if (code, gone) == (204, 404) else f"{code} {gone}")


def journey(tally, server, folder):
    begun = time.monotonic()

    def step(name, problem=None):
        nonlocal begun
        tally.add(name, [problem] if problem else [], time.monotonic() - begun)
        begun = time.monotonic()

    step("is live and ready", None if server.json("GET", "/health/ready")["status"] == "ok"
         else "not ok")
    workspace = server.first_workspace()
    base = f"/api/v1/workspaces/{workspace}"
    first = tus_upload_across_a_kill(server, workspace, SAMPLES / CLIPS[0], cut_at=100_000)
    step("an upload goes on after the service was killed")
    second = service_client.upload(server, workspace, SAMPLES / CLIPS[1])
    again = service_client.upload(server, workspace, SAMPLES / CLIPS[0])
    step("the same content is one clip", None if again == first else f"{again} != {first}")

    until("clips", lambda: service_client.ready_clips(server, workspace, (first, second)))
    step("clips are looked into")
    _, headers, proxy = server.ask("GET", f"{base}/clips/{first}/proxy")
    (folder / "proxy.mp4").write_bytes(proxy)
    codecs = {s["codec_name"] for s in probe(folder / "proxy.mp4")["streams"]}
    step("the proxy plays in browsers", None if codecs <= {"h264", "aac"} else str(codecs))

    make_montage(step, server, base, [first, second], folder)


def repeated(tally, server):
    """One Idempotency-Key is one effect, also for two at once and after a restart."""
    base = f"/api/v1/workspaces/{server.first_workspace()}/projects"
    before = len(server.json("GET", base)["items"])
    key = {"Idempotency-Key": "journey-1"}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(server.ask, "POST", base, {"name": "Once"}, key) for _ in range(4)]
        answers = [a.result() for a in asked]
    made = [a for a in answers if a[0] == 201]
    problems = [f"{a[0]}" for a in answers if a[0] not in (201, 409)]
    server.kill()
    server.start()
    again = server.ask("POST", base, {"name": "Once"}, key)
    if not made or again[0] != 201 or again[2] != made[0][2]:
        problems.append(f"another answer: {again[0]} {again[2][:200]!r}")
    if again[1].get("Idempotency-Replayed") != "true":
        problems.append("not told that it is a replay")
    if len(server.json("GET", base)["items"]) != before + 1:
        problems.append("made more than once")
    code, _, _ = server.ask("POST", base, {"name": "Twice"}, key)
    if code != 409:
        problems.append(f"another request under the same key: {code}")
    tally.add("a repeated request happens once", problems, 0)


def refusals(tally, server):
    def status(name, wanted, *request):
        code, headers, text = server.ask(*request)
        problem = None if code == wanted else f"{code} instead of {wanted}: {text[:200]!r}"
        if not problem and code >= 400 and "problem+json" not in headers["Content-Type"]:
            problem = headers["Content-Type"]
        tally.add(name, [problem] if problem else [], 0)

    status("another host name", 400, "GET", "/health/live", None, {"Host": "evil.example"})
    status("another site", 403, "POST", "/api/v1/workspaces/ws_x/projects", {"name": "x"},
           {"Sec-Fetch-Site": "cross-site"})
    status("a foreign workspace", 404, "GET", "/api/v1/workspaces/ws_none/projects")
    status("no such route", 404, "GET", "/api/v1/nothing")
    status("another method", 405, "DELETE", "/health/live")


def main():
    tally = program.Tally("serve")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with service_client.Server(folder) as server:
            journey(tally, server, folder)
            repeated(tally, server)
            refusals(tally, server)
            status = server.stop()
            tally.add("stops cleanly", [] if status == 0 else [f"status {status}"], 0)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
