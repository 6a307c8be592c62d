"""A real `aiditor serve` on a port of its own, and a client of its API, for tests.

  server = service_client.Server(folder)          folder gets data/ and serve.log
  workspace = server.first_workspace()
  clip = service_client.upload(server, workspace, path)
"""
import base64
import http.client
import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import program

PATIENCE_S = 600
TUS = {"Tus-Resumable": "1.0.0"}
# What a request may end with while the service is away.
AWAY = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


class Refused(RuntimeError):
    """An answer with another status than was wanted."""

    def __init__(self, asked, code, text):
        super().__init__(f"{asked}: {code} {text[:500]!r}")
        self.code, self.text = code, text


class Server:
    """`aiditor serve`, and questions to it. `variables` are settings (AIDITOR_...) or anything else
    of its environment, `wrapper` a command before it, `headers` go with every request."""

    def __init__(self, folder, variables=None, arguments=(), wrapper=(), start=True):
        self.folder, self.data = folder, folder / "data"
        self.variables, self.arguments, self.wrapper = variables or {}, arguments, wrapper
        self.headers = {"Sec-Fetch-Site": "same-origin"}
        self.process, self.base, self.said = None, None, []
        if start:
            self.start()

    def start(self, patience_s=60):
        """Returns when it listens: how many seconds that took."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AIDITOR_")}
        environment |= {"XDG_CONFIG_HOME": "/nonexistent"} | self.variables
        begun = time.monotonic()
        self.said = []
        self.process = subprocess.Popen(
            [*self.wrapper, program.AIDITOR, "serve", "--listen", "127.0.0.1:0", "--data",
             self.data, *self.arguments], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, errors="replace", env=environment)
        heard = threading.Event()
        threading.Thread(target=self._listen, args=(self.process, heard), daemon=True).start()
        heard.wait(patience_s)
        if not any(line.get("event") == "listening" for line in self.said):
            self.kill()
            raise RuntimeError(f"the service did not start: {self.said[-3:]}")
        return time.monotonic() - begun

    def _listen(self, process, heard):
        """Keeps what it says; sets `heard` when it listens, or is gone."""
        with open(self.folder / "serve.log", "a", encoding="utf-8") as log:
            for line in process.stderr:
                log.write(line)
                log.flush()
                try:
                    said = json.loads(line)
                except ValueError:
                    said = {"event": "text", "text": line}
                self.said.append(said)
                if said.get("event") == "listening":
                    self.base = said["url"].rstrip("/")
                    heard.set()
        heard.set()

    def kill(self):
        self.process.kill()
        return self.process.wait()

    def stop(self):
        """Its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.runs():
            self.kill()

    def ask(self, method, path, body=None, headers=None, timeout=60):
        """(status, headers, bytes); raises one of AWAY when there is no answer."""
        headers = self.headers | dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.base + path, data=body, headers=headers,
                                         method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def json(self, method, path, body=None, headers=None, status=200):
        """The value of an answer that must have this status; else Refused."""
        code, _, text = self.ask(method, path, body, headers)
        if code != status:
            raise Refused(f"{method} {path}", code, text)
        return json.loads(text) if text else None

    def pages(self, path):
        """All items of a list."""
        items, query = [], ""
        while True:
            page = self.json("GET", path + query)
            items += page["items"]
            if not page.get("next_cursor"):
                return items
            query = "?cursor=" + urllib.parse.quote(page["next_cursor"])

    def first_workspace(self):
        return self.json("GET", "/api/v1/workspaces")["items"][0]["id"]


def until(what, look, patience_s=PATIENCE_S, pause_s=0.2):
    """Polls until look() gives something; progress is what the service says."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(pause_s)
    raise RuntimeError(f"{what}: not within {patience_s} s")


def ready_clips(server, workspace, clips):
    """Whether all are ready; a RuntimeError when one is unusable. For until()."""
    found = [server.json("GET", f"/api/v1/workspaces/{workspace}/clips/{c}") for c in clips]
    bad = [clip for clip in found if clip["state"] == "unusable"]
    if bad:
        raise RuntimeError(bad)
    return all(clip["state"] == "ready" for clip in found)


class Upload:
    """One tus 1.0 upload; what was acknowledged is `offset`."""

    def __init__(self, server, workspace, name, length):
        self.server, self.length, self.offset, self.clip_id = server, length, 0, None
        metadata = "filename " + base64.b64encode(name.encode()).decode()
        code, headers, text = server.ask(
            "POST", f"/api/v1/workspaces/{workspace}/uploads",
            headers={**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata})
        if code != 201:
            raise Refused("upload", code, text)
        self.path = urllib.parse.urlsplit(headers["Location"]).path

    def send(self, part):
        """Appends bytes at `offset`."""
        code, headers, text = self.server.ask(
            "PATCH", self.path, part, {**TUS, "Upload-Offset": str(self.offset),
                                       "Content-Type": "application/offset+octet-stream"})
        if code != 204:
            raise Refused("PATCH", code, text)
        self._hear(headers)

    def look(self):
        """Where the service says that it is, which is kept."""
        code, headers, text = self.server.ask("HEAD", self.path, headers=TUS)
        if code != 200:
            raise Refused("HEAD", code, text)
        self._hear(headers)
        return self.offset

    def _hear(self, headers):
        self.offset = int(headers["Upload-Offset"])
        self.clip_id = headers.get("Aiditor-Clip-Id", self.clip_id)


def upload(server, workspace, path, name=None):
    """The clip's id."""
    data = path.read_bytes()
    one = Upload(server, workspace, name or path.name, len(data))
    one.send(data)
    return one.clip_id
