#!/usr/bin/python3
"""The disk is full, fails or may not be written, files run out, the clock jumps, the database or
its pooler goes away, all while the service works: clean answers, no end of the program, no half
state, /health/ready tells, and all goes on without a restart once the trouble is over.

  outages_test.py [NAME ...]      full, read-only, failing, files, clock, postgres
"""
import errno
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
import service_client  # noqa: E402
from promises import audit, footage, ledger, shim  # noqa: E402

SERVICES = pathlib.Path(__file__).resolve().parent.parent / "services"
HEALS_S = 60
HOUR_NS = 3600 * 10**9


def clean(asked, answer, allowed):
    """Problems of an answer in trouble: a problem document with one of these codes."""
    code, headers, text = answer
    if code not in allowed:
        return [f"{asked}: {code} {text[:200]!r}"]
    if "problem+json" not in headers.get("Content-Type", "") and asked != "HEAD":
        return [f"{asked}: {code} as {headers.get('Content-Type')}"]
    return []


class Trouble:
    """A service at work: an upload on its way, a clip being looked into."""

    def __init__(self, server):
        self.server, self.book = server, ledger.Ledger()
        self.workspace = server.first_workspace()
        self.base = f"/api/v1/workspaces/{self.workspace}"
        self.data = footage.base_clip()
        self.other = self.data + b"\0\0\0\x0cfreemore"
        self.clip = self.bring(self.data)
        self.upload = service_client.Upload(server, self.workspace, "b.mp4", len(self.other))
        self.upload.send(self.other[:50_000])

    def bring(self, data):
        upload = service_client.Upload(self.server, self.workspace, "a.mp4", len(data))
        return ledger.send_whole(self.server, upload, data, self.book, len(data), lambda: None)

    def is_ready(self):
        return self.server.ask("GET", "/health/ready")[0] == 200

    def changes(self, allowed):
        """What fails while nothing can be written."""
        ask = self.server.ask
        found = clean("POST project", ask("POST", f"{self.base}/projects", {"name": "x"}), allowed)
        found += clean("POST upload", ask("POST", f"{self.base}/uploads", headers={
            **service_client.TUS, "Upload-Length": "1000",
            "Upload-Metadata": "filename Yy5tcDQ="}), allowed)
        found += clean("PATCH", ask("PATCH", self.upload.path, self.other[50_000:60_000], {
            **service_client.TUS, "Upload-Offset": "50000",
            "Content-Type": "application/offset+octet-stream"}), allowed)
        found += clean("ready", ask("GET", "/health/ready"), (503, 507))
        if ask("GET", "/health/live")[0] != 200:
            found.append("is not live")
        return found

    def heals(self, upload_lost=False):
        """After the trouble: ready by itself, the upload goes on, all work ends well."""
        if not self.server.runs():
            return [f"the program ended: {self.server.process.returncode} {self.server.said[-2:]}"]
        service_client.until("ready again", self.is_ready, HEALS_S)
        found = []
        if not upload_lost and self.upload.look() < 50_000:
            found.append(f"the upload is at {self.upload.offset}, 50000 were acknowledged")
        again = ledger.send_whole(self.server, self.upload, self.other, self.book, 60_000,
                                  lambda: None)
        ledger.settle(self.server, self.workspace, 180)
        service_client.until("clips", lambda: service_client.ready_clips(
            self.server, self.workspace, [self.clip, again]))
        ledger.make_montage(self.server, self.workspace, [self.clip], self.book)
        ledger.settle(self.server, self.workspace, 180)
        return found + ledger.compare(self.server, self.workspace, self.book)

    def end(self):
        status = self.server.stop()
        found = [] if status == 0 else [f"stops with {status}"]
        if (self.server.data / "aiditor.db").exists():
            found += audit.once(self.server.data) + audit.whole(self.server.data)
        return found


def disk(error):
    """Every call that changes a file fails with `error`, for some seconds."""
    def run(folder):
        server, control = shim.server(folder, variables={"AIDITOR_WORKERS": "1"})
        with server:
            trouble = Trouble(server)
            control.set("error", error)
            found = trouble.changes((503, 507, 500) if error == errno.EIO else (503, 507))
            service_client.until("the worker meets it too", lambda: any(
                line["event"] == "trouble" for line in server.said), 30)
            if trouble.server.ask("GET", f"{trouble.base}/clips/{trouble.clip}")[0] != 200:
                found.append("what is there cannot be read")
            control.set("error", 0)
            return found + trouble.heals() + trouble.end()
    return run


def files(folder):
    """No file can be opened; then so many clients come that no connection can be taken."""
    server, control = shim.server(folder, variables={"AIDITOR_WORKERS": "1"})
    with server:
        trouble = Trouble(server)
        control.set("no_files", errno.EMFILE)
        found = clean("ready", server.ask("GET", "/health/ready"), (503,))
        control.set("no_files", 0)
        open_now = len(os.listdir(f"/proc/{server.process.pid}/fd"))
        before = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (open_now + 20, before[1]))
        port = int(server.base.rsplit(":", 1)[1])
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(60)]
        spent = cpu_seconds(server.process.pid)
        time.sleep(2)
        spent = cpu_seconds(server.process.pid) - spent
        if spent > 1.5:
            found.append(f"burns {spent:.1f} s in 2 s without files")
        for client in clients:
            client.close()
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, before)
        return found + trouble.heals() + trouble.end()


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def clock(folder):
    """The clock goes an hour forward and two back while clips are looked into."""
    server, control = shim.server(folder, variables={"AIDITOR_WORKERS": "2"})
    with server:
        trouble = Trouble(server)
        found = []
        for step, jump in enumerate((HOUR_NS, -HOUR_NS, 0)):
            clip = trouble.bring(trouble.data + b"\0\0\0\x0cfree%04d" % step)
            service_client.until("a job at work", lambda: any(
                job["state"] == "running" or job["state"] == "done"
                for job in server.pages(f"{trouble.base}/jobs") if job["subject_id"] == clip), 60)
            control.set("clock_ns", jump)
            if not trouble.is_ready():
                found.append("is not ready after a jump")
            service_client.until("the clip", lambda: service_client.ready_clips(
                server, trouble.workspace, [clip]), 120)
        found += [f"run again for the jump: {job}" for job in server.pages(f"{trouble.base}/jobs")
                  if job["crashes"] or job["attempts"]]
        return found + trouble.heals() + trouble.end()


def service(script, *arguments):
    done = subprocess.run([SERVICES / script, *arguments], capture_output=True, text=True,
                          env=os.environ | {"SAFE": "1"}, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"{script} {arguments[0]}: {done.stderr[-500:]}")


def postgres(folder):
    """Pooler and database go and come again while a clip is looked into."""
    me = str(os.getpid())
    near = pathlib.Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    near.chmod(0o755)
    server_folder, pooler_folder = near / "s", near / "p"
    service("postgres.sh", "start", server_folder, me)
    try:
        subprocess.run(["psql", "-q", "-h", server_folder, "-U", "aiditor", "-d", "postgres", "-c",
                        "CREATE DATABASE promises"], check=True, capture_output=True, timeout=60)
        service("pgbouncer.sh", "start", pooler_folder, server_folder, me)
        url = f"postgresql://aiditor@/promises?host={pooler_folder}&port=6432&sslmode=disable"
        with service_client.Server(folder, {"AIDITOR_DATABASE": url,
                                            "AIDITOR_WORKERS": "1"}) as server:
            trouble = Trouble(server)
            found = outage(trouble, lambda: service("postgres.sh", "crash", server_folder),
                           lambda: service("postgres.sh", "resume", server_folder))
            found += outage(trouble, lambda: service("pgbouncer.sh", "stop", pooler_folder),
                            lambda: service("pgbouncer.sh", "start", pooler_folder, server_folder,
                                            me))
            return found + trouble.heals() + trouble.end()
    finally:
        service("pgbouncer.sh", "stop", pooler_folder)
        service("postgres.sh", "stop", server_folder)
        shutil.rmtree(near, ignore_errors=True)


def outage(trouble, stop, start):
    stop()
    begun = time.monotonic()
    found = trouble.changes((503,))
    if time.monotonic() - begun > 60:
        found.append(f"answers took {time.monotonic() - begun:.0f} s")
    start()
    service_client.until("ready again", trouble.is_ready, HEALS_S)
    return found


CASES = {"full": disk(errno.ENOSPC), "read-only": disk(errno.EROFS), "failing": disk(errno.EIO),
         "files": files, "clock": clock, "postgres": postgres}


def main():
    program.require_program()
    tally = program.Tally("outages")
    for name in sys.argv[1:] or CASES:
        if name != "postgres" and shim.library() is None:
            tally.skip(name, "there is no C compiler")
            continue
        if name == "postgres" and not (shutil.which("psql") and pathlib.Path(
                "/usr/sbin/pgbouncer").exists()):
            tally.skip(name, "PostgreSQL and PgBouncer are not installed")
            continue
        folder = pathlib.Path(tempfile.mkdtemp(prefix="aiditor-outage-"))
        begun = time.monotonic()
        try:
            problems = CASES[name](folder)
        except (RuntimeError, *service_client.AWAY) as error:
            problems = [f"{type(error).__name__}: {error}"]
        tally.add(name, problems, time.monotonic() - begun)
        shutil.rmtree(folder, ignore_errors=True)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
