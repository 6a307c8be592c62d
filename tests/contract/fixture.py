"""A service with one of each thing, and requests to it that keep to no rule of a client library."""
import http.client
import pathlib
import urllib.parse

import document
import service_client

SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "samples" / "freedoom_1_ambush.mp4"
PATIENCE_S = 30


class Service:
    """Nothing works on jobs, so that what there is stays as it is."""

    def __init__(self, folder):
        self.server = service_client.Server(folder, variables={"AIDITOR_WORKERS": "0"})
        self.document = document.Document(self.server.json("GET", "/openapi.json"))
        self.ids = {}
        self.refresh()

    def restart(self):
        self.server.stop()
        self.server.start()

    def stop(self):
        return self.server.stop()

    def refresh(self):
        """Makes what was removed; ids are values of parameters of paths."""
        try:
            self._make()
        except service_client.Refused as refused:
            if refused.code != 429:
                raise
            self.restart()  # which begins to count requests anew
            self._make()

    def _make(self):
        server = self.server
        workspace = server.first_workspace()
        base = f"/api/v1/workspaces/{workspace}"
        clips = server.json("GET", f"{base}/clips")["items"]
        clip = clips[0]["id"] if clips else service_client.upload(server, workspace, SAMPLE)
        project = server.json("POST", f"{base}/projects",
                              {"name": "Friday night", "clip_ids": [clip]}, status=201)["id"]
        known = f"{base}/uploads/{self.ids.get('upload_id', 'none')}"
        code, _, _ = server.ask("GET", known)  # few may be under way at once
        if code != 200:
            known = service_client.Upload(server, workspace, "b.mp4", 1000).path
        jobs = server.json("GET", f"{base}/jobs")["items"]
        self.ids = {"workspace_id": workspace, "clip_id": clip, "project_id": project,
                    "upload_id": known.rsplit("/", 1)[1], "format": "landscape",
                    "job_id": jobs[0]["id"] if jobs else "job_none"}

    def value_of(self, name):
        """For a parameter of a path; of what there is none an id that names nothing."""
        return self.ids.get(name) or f"{name.removesuffix('_id')}_01a206b7b8af7000b9c723268bf4cf34"

    def ask(self, operation, path, body=None, headers=None):
        """(status, Content-Type, bytes) of one request on a connection of its own."""
        where = urllib.parse.urlsplit(self.server.base)
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=PATIENCE_S)
        try:
            connection.putrequest(operation.method, path, skip_accept_encoding=True)
            for name, value in (self.server.headers | (headers or {})).items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            kind = answer.getheader("Content-Type")
            is_stream = kind and kind.startswith("text/event-stream")
            return answer.status, kind, b"" if is_stream else answer.read()
        finally:
            connection.close()
