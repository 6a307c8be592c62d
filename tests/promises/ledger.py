"""What clients were told, to be held against what the service knows later."""
import threading
import time

import service_client
from promises import footage

WISHES = {"length_s": 1, "formats": ["landscape"], "order": "time", "weights": {}, "fill": True}
POISON = "child_crashed"  # what a job ends with when its program was killed too often


class Ledger:
    """Acknowledged: clips by id with their hash, projects, montages with their job. Thread-safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self.clips, self.projects, self.montages = {}, {}, {}
        self.unanswered = 0  # requests that may have made a project or montage nobody was told of
        self.problems = []

    def note(self, kind, key, value=None):
        with self._lock:
            getattr(self, kind)[key] = value

    def in_doubt(self):
        with self._lock:
            self.unanswered += 1

    def complain(self, problem):
        with self._lock:
            self.problems.append(problem)


def send_whole(server, upload, data, ledger, part, patience, pause_s=0.0):
    """Sends `data` in parts over however many kills, a pause between two; `patience()` waits until
    the service is back. What was acknowledged must be there each time."""
    while upload.clip_id is None:
        acknowledged = upload.offset
        try:
            upload.send(data[acknowledged:acknowledged + part])
            if upload.offset < min(len(data), acknowledged + part):
                ledger.complain(f"{upload.path}: {upload.offset} after {part} from {acknowledged}")
            time.sleep(pause_s)
        except service_client.AWAY:
            patience()
            look_again(upload, acknowledged, len(data), ledger, patience)
        except service_client.Refused as refused:
            if refused.code not in (409, 423, 503):
                raise
            time.sleep(0.1)
            look_again(upload, acknowledged, len(data), ledger, patience)
    if upload.offset != len(data):
        ledger.complain(f"{upload.path}: a clip of {upload.offset} of {len(data)} bytes")
    ledger.note("clips", upload.clip_id, footage.sha256(data))
    return upload.clip_id


def look_again(upload, acknowledged, length, ledger, patience):
    while True:
        try:
            upload.look()
            break
        except service_client.AWAY:
            patience()
        except service_client.Refused as refused:
            ledger.complain(f"{upload.path}: {acknowledged} of {length} were acknowledged, now "
                            f"{refused}")
            raise
    if not acknowledged <= upload.offset <= length:
        ledger.complain(f"{upload.path}: at {upload.offset}, {acknowledged} were acknowledged")


def make_montage(server, workspace, clips, ledger):
    """A project and its montage; ConnectionError and the like leave the ledger in doubt."""
    base = f"/api/v1/workspaces/{workspace}"
    ledger.in_doubt()
    project = server.json("POST", f"{base}/projects", {
        "name": "Kept", "clip_ids": clips, "wishes": WISHES}, status=201)
    ledger.note("projects", project["id"], sorted(clips))
    ledger.in_doubt()
    montage = server.json("POST", f"{base}/projects/{project['id']}/montages", {}, status=202)
    ledger.note("montages", montage["id"], (project["id"], montage["job_id"]))
    return montage


def rerun_failed(server, workspace):
    """As a person would: jobs that ended because their program was killed too often run again."""
    base = f"/api/v1/workspaces/{workspace}"
    count = 0
    for job in server.pages(f"{base}/jobs"):
        if job["state"] == "failed" and job["error_code"] == POISON:
            server.json("POST", f"{base}/jobs/{job['id']}/rerun", status=204)
            count += 1
    return count


def all_ended(server, workspace):
    jobs = server.pages(f"/api/v1/workspaces/{workspace}/jobs")
    return all(job["state"] not in ("queued", "running") for job in jobs)


def settle(server, workspace, patience_s):
    """Until every job has ended, those that were taken for poison being run again."""
    service_client.until("the last job", lambda: all_ended(server, workspace)
                         and rerun_failed(server, workspace) == 0, patience_s)


def compare(server, workspace, ledger):
    """Problems: what was acknowledged and is not so, when all jobs have ended."""
    base = f"/api/v1/workspaces/{workspace}"
    clips = {clip["id"]: clip for clip in server.pages(f"{base}/clips")}
    found = list(ledger.problems)
    for clip, sha256 in ledger.clips.items():
        if clip not in clips:
            found.append(f"clip lost: {clip}")
        elif clips[clip]["state"] != "ready" or clips[clip]["sha256"] != sha256:
            found.append(f"clip: {clips[clip]}, uploaded was {sha256}")
        elif footage.sha256(server.ask("GET", f"{base}/clips/{clip}/source")[2]) != sha256:
            found.append(f"clip: other bytes than were uploaded: {clip}")
    projects = {project["id"] for project in server.pages(f"{base}/projects")}
    found += [f"project lost: {p}" for p in ledger.projects.keys() - projects]
    montages = {m["id"]: m for p in projects
                for m in server.pages(f"{base}/projects/{p}/montages")}
    jobs = {job["id"]: job for job in server.pages(f"{base}/jobs")}
    for montage, (_, job) in ledger.montages.items():
        if montage not in montages or job not in jobs:
            found.append(f"montage or its job lost: {montage} {job}")
    for montage in montages.values():
        found += compare_montage(server, montage)
    made, known = len(projects) + len(montages), len(ledger.projects) + len(ledger.montages)
    if made > ledger.unanswered:
        found.append(f"{made} projects and montages of {ledger.unanswered} requests, {known} of "
                     "them acknowledged")
    return found


def compare_montage(server, montage):
    if montage["state"] != "ready" or len(montage["files"]) != 1:
        return [f"montage: {montage}"]
    data = server.ask("GET", montage["files"][0]["url"])[2]
    if footage.sha256(data) != montage["files"][0]["sha256"]:
        return [f"montage: other bytes than are told: {montage}"]
    return []
