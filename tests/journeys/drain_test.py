#!/usr/bin/python3
"""How a stop drains the service: requests in work end, nobody else comes in, uploads stay.

  tests/journeys/drain_test.py        AIDITOR_BIN names the folder of the program
"""
import pathlib
import signal
import socket
import sys
import tempfile
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import program  # noqa: E402  (tests/program.py)
import service_client  # noqa: E402

DRAIN_S = 20
SLACK_S = 20  # of a busy machine


def said(server, event):
    return service_client.until(f"event {event}", lambda: next(
        (line for line in server.said if line.get("event") == event), None))


def connect(server):
    where = urllib.parse.urlsplit(server.base)
    return socket.create_connection((where.hostname, where.port), timeout=60)


def head(server, method, path, fields):
    where = urllib.parse.urlsplit(server.base)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {where.netloc}", "Sec-Fetch-Site: same-origin",
             *(f"{k}: {v}" for k, v in fields.items()), "", ""]
    return "\r\n".join(lines).encode()


def refuses(server):
    """Nobody listens any more."""
    try:
        connect(server).close()
    except OSError:
        return True
    return False


def drain(tally, server):
    """A PATCH under way ends with its answer after SIGTERM; a slower one is cut off in time, and
    what the service had keeps its place."""
    workspace = server.first_workspace()
    part = b"x" * 300_000
    quick, slow = (service_client.Upload(server, workspace, f"{n}.mp4", 2 * len(part))
                   for n in ("quick", "slow"))
    idle = connect(server)
    streams = {}
    for upload in (quick, slow):
        stream = streams[upload] = connect(server)
        stream.sendall(head(server, "PATCH", upload.path, service_client.TUS | {
            "Upload-Offset": "0", "Content-Length": str(2 * len(part)),
            "Expect": "100-continue", "Content-Type": "application/offset+octet-stream"}))
        if not stream.recv(4096).startswith(b"HTTP/1.1 100"):  # the service is at work on it
            raise RuntimeError("no 100 Continue")
        stream.sendall(part)
    begun = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    said(server, "stopping")
    service_client.until("refusal", lambda: refuses(server))
    problems = []
    if idle.recv(1) != b"":
        problems.append("an idle connection was not ended")
    if server.process.poll() is not None:
        problems.append("it ended with a request in work")
    else:
        streams[quick].sendall(part)
        answer = streams[quick].recv(4096)
        if not answer.startswith(b"HTTP/1.1 204"):
            problems.append(f"the request in work was answered with {answer[:200]!r}")
    tally.add("a request in work ends after SIGTERM", problems, time.monotonic() - begun)
    status = server.process.wait(timeout=120)
    took = time.monotonic() - begun
    problems = [] if status == 0 else [f"status {status}"]
    if took > DRAIN_S + SLACK_S:
        problems.append(f"{took:.0f} s")
    tally.add("it ends within its limit", problems, took)
    server.start()
    problems = []
    offset = slow.look()
    if not 0 <= offset <= len(part):
        problems.append(f"offset {offset}")
    slow.offset = offset
    slow.send((2 * part)[offset:])
    if not slow.clip_id:
        problems.append("the cut off upload did not end with a clip")
    tally.add("an upload that was cut off goes on", problems, 0)


def main():
    program.require_program()
    tally = program.Tally("drain")
    with tempfile.TemporaryDirectory() as name, \
            service_client.Server(pathlib.Path(name), {"AIDITOR_WORKERS": "0"}) as server:
        drain(tally, server)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
