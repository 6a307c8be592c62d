#!/usr/bin/python3
"""The service over its real binary: a clip goes up by tus, is looked into, becomes a project and a
montage, is shared and comes back whole; a restart in the middle loses nothing.

  tests/journeys/serve_test.py        AIDITOR_BIN names the folder of the program
"""
import base64
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import program  # noqa: E402  (tests/program.py)

SAMPLES = HERE.parents[1] / "samples"
CLIPS = ["freedoom_1_ambush.mp4", "freedoom_6_secret.mp4"]
PATIENCE_S = 600


class Server:
    """`aiditor serve` on a port of its own."""

    def __init__(self, data):
        self.data = data
        self.start()

    def start(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AIDITOR_")}
        environment["XDG_CONFIG_HOME"] = "/nonexistent"
        self.log = open(self.data.parent / "serve.log", "a", encoding="utf-8")
        self.process = subprocess.Popen(
            [program.AIDITOR, "serve", "--listen", "127.0.0.1:0", "--data", self.data],
            stderr=subprocess.PIPE, text=True, env=environment)
        for line in self.process.stderr:
            self.log.write(line)
            said = json.loads(line)
            if said["event"] == "listening":
                self.base = said["url"].rstrip("/")
                break
        else:
            raise RuntimeError("the service did not start")
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        for line in self.process.stderr:
            self.log.write(line)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def ask(self, method, path, body=None, headers=None):
        """(status, headers, bytes)"""
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        headers.setdefault("Sec-Fetch-Site", "same-origin")
        request = urllib.request.Request(self.base + path, data=body, headers=headers,
                                         method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def json(self, method, path, body=None, headers=None, status=200):
        code, _, text = self.ask(method, path, body, headers)
        if code != status:
            raise RuntimeError(f"{method} {path}: {code} {text[:500]!r}")
        return json.loads(text) if text else None


def until(what, look):
    """Polls until look() gives something; progress is what the service says."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise RuntimeError(f"{what}: not within {PATIENCE_S} s")


def tus_upload(server, workspace, path, cut_at=None):
    """Uploads by tus 1.0; with `cut_at` in two requests with a restart of the service between."""
    data = path.read_bytes()
    name = base64.b64encode(path.name.encode()).decode()
    tus = {"Tus-Resumable": "1.0.0"}
    code, headers, text = server.ask(
        "POST", f"/api/v1/workspaces/{workspace}/uploads",
        headers={**tus, "Upload-Length": str(len(data)), "Upload-Metadata": f"filename {name}"})
    if code != 201:
        raise RuntimeError(f"upload: {code} {text!r}")
    where = "/" + headers["Location"].split("://")[-1].split("/", 1)[-1] \
        if "://" in headers["Location"] else headers["Location"]
    parts = [data] if cut_at is None else [data[:cut_at], None, data[cut_at:]]
    offset = 0
    for part in parts:
        if part is None:
            server.kill()
            server.start()
            _, headers, _ = server.ask("HEAD", where, headers=tus)
            if int(headers["Upload-Offset"]) != offset:
                raise RuntimeError(f"offset {headers['Upload-Offset']} instead of {offset}")
            continue
        code, headers, text = server.ask(
            "PATCH", where, part, {**tus, "Upload-Offset": str(offset),
                                   "Content-Type": "application/offset+octet-stream"})
        if code != 204:
            raise RuntimeError(f"PATCH: {code} {text!r}")
        offset += len(part)
    return headers["Aiditor-Clip-Id"]


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
    workspace = server.json("GET", "/api/v1/workspaces")["items"][0]["id"]
    base = f"/api/v1/workspaces/{workspace}"
    first = tus_upload(server, workspace, SAMPLES / CLIPS[0], cut_at=100_000)
    step("an upload goes on after the service was killed")
    second = tus_upload(server, workspace, SAMPLES / CLIPS[1])
    again = tus_upload(server, workspace, SAMPLES / CLIPS[0])
    step("the same content is one clip", None if again == first else f"{again} != {first}")

    def ready():
        clips = [server.json("GET", f"{base}/clips/{c}") for c in (first, second)]
        bad = [c for c in clips if c["state"] == "unusable"]
        if bad:
            raise RuntimeError(bad)
        return all(c["state"] == "ready" for c in clips)

    until("clips", ready)
    step("clips are looked into")
    _, headers, proxy = server.ask("GET", f"{base}/clips/{first}/proxy")
    (folder / "proxy.mp4").write_bytes(proxy)
    codecs = {s["codec_name"] for s in probe(folder / "proxy.mp4")["streams"]}
    step("the proxy plays in browsers", None if codecs <= {"h264", "aac"} else str(codecs))

    make_montage(step, server, base, [first, second], folder)


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
        server = Server(folder / "data")
        try:
            journey(tally, server, folder)
            refusals(tally, server)
            status = server.stop()
            tally.add("stops cleanly", [] if status == 0 else [f"status {status}"], 0)
        finally:
            if server.process.poll() is None:
                server.kill()
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
