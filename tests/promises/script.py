"""One person's way from a clip to a montage, which can be taken up again after the service died."""
import time

import service_client
from promises import ledger

LOCKED = 423  # the sweep of the start looks at it; again in a moment

class Script:
    """run() may be called again with a server that was started anew; it goes on as a person would,
    who sees what is there. What was acknowledged is in `book`; what is not so is in its problems.
    `heard(what)` is told of every acknowledgement."""

    def __init__(self, data, book=None, heard=lambda what: None):
        self.data, self.book, self.heard = data, book or ledger.Ledger(), heard
        self.workspace = self.upload = self.clip = None

    def run(self, server):
        self.workspace = self.workspace or server.first_workspace()
        self.base = f"/api/v1/workspaces/{self.workspace}"
        if self.clip is None:
            self.bring(server)
        service_client.until("the clip", lambda: service_client.ready_clips(
            server, self.workspace, [self.clip]), pause_s=0.05)
        if not self.book.montages:
            self.ask_for_a_montage(server)
        service_client.until("the montage", lambda: ledger.all_ended(server, self.workspace)
                             and ledger.rerun_failed(server, self.workspace) == 0, pause_s=0.05)

    def bring(self, server):
        if self.upload is None:
            self.upload = service_client.Upload(server, self.workspace, "a.mp4", len(self.data))
            self.heard(("begun", self.upload.path))
        else:
            acknowledged = self.upload.offset
            if self.upload.look() < acknowledged:
                self.book.complain(f"at {self.upload.offset}, {acknowledged} were acknowledged")
        while self.upload.clip_id is None:
            at = self.upload.offset
            try:
                self.upload.send(self.data[at:at + len(self.data) // 2 + 1])
            except service_client.Refused as refused:
                if refused.code != LOCKED:
                    raise
                time.sleep(0.05)
                continue
            self.heard(("offset", self.upload.path, self.upload.offset))
        self.clip = self.upload.clip_id
        self.book.note("clips", self.clip, ledger.footage.sha256(self.data))
        self.heard(("clip", self.clip))

    def ask_for_a_montage(self, server):
        projects = server.pages(f"{self.base}/projects")
        if not projects:
            self.book.in_doubt()
            projects = [server.json("POST", f"{self.base}/projects", {
                "name": "Kept", "clip_ids": [self.clip], "wishes": ledger.WISHES}, status=201)]
            self.heard(("project", projects[0]["id"]))
        project = projects[0]["id"]
        self.book.note("projects", project)
        where = f"{self.base}/projects/{project}/montages"
        montages = server.pages(where)
        if not montages:
            self.book.in_doubt()
            montages = [server.json("POST", where, {}, status=202)]
            self.heard(("montage", montages[0]["id"], montages[0]["job_id"]))
        montage = montages[0]
        self.book.note("montages", montage["id"], (project, montage["job_id"]))
