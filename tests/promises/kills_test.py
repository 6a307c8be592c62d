#!/usr/bin/python3
"""kill -9 at random moments, of the service or of its media processes, while several clients
upload, and clips are looked into and montages rendered: nothing that was acknowledged is lost,
nothing is visibly done twice, and the service is ready again within five seconds.

  kills_test.py [--full | --count N] [--seed S]
"""
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
import service_client  # noqa: E402
from hostile.stopping_test import alive, media_children, wait_for  # noqa: E402
from promises import audit, footage, ledger, scale  # noqa: E402

READY_S = 5.0
UPLOADERS = 3
MOST_WAITING = 6  # jobs; above it nobody brings more
LONGEST_PAUSE_S = 5.0  # between two kills
PART = 200_000
CHILD_SHARE = 0.25  # of the kills take a media process, if one runs


class Load:
    """Clients that upload all the time, and one that makes montages of what is ready."""

    def __init__(self, server, workspace, book, seed):
        self.server, self.workspace, self.book = server, workspace, book
        self.over, self.up = threading.Event(), threading.Event()
        self.up.set()
        self.base = footage.base_clip()
        roles = [self.bring] * UPLOADERS + [self.make]
        self.threads = [threading.Thread(target=self.run, args=(role, random.Random(seed + i)))
                        for i, role in enumerate(roles)]
        for thread in self.threads:
            thread.start()

    def run(self, role, chance):
        try:
            while not self.over.is_set():
                role(chance)
        except Exception:  # a client that dies is a finding
            self.book.complain(traceback.format_exc())

    def patience(self):
        time.sleep(0.02)  # the kill is not known to the killer yet
        self.up.wait()

    def again(self, work):
        """What may be asked any number of times, until there is an answer."""
        while True:
            try:
                return work()
            except service_client.AWAY:
                self.patience()

    def waiting(self):
        """How many jobs have not ended; those taken for poison run again."""
        ledger.rerun_failed(self.server, self.workspace)
        return sum(job["state"] in ("queued", "running") for job in self.server.pages(
            f"/api/v1/workspaces/{self.workspace}/jobs"))

    def bring(self, chance):
        data = footage.another_clip(self.base, chance, chance.randrange(2_000_000))
        upload = self.again(lambda: service_client.Upload(self.server, self.workspace, "a.mp4",
                                                          len(data)))
        ledger.send_whole(self.server, upload, data, self.book, chance.randrange(2000, PART),
                          self.patience, pause_s=chance.uniform(0, 0.2))
        while not self.over.is_set() and self.again(self.waiting) > MOST_WAITING:
            self.over.wait(0.3)

    def make(self, chance):
        """One montage of one or two ready clips, and waits for it."""
        ready = [clip["id"] for clip in self.again(lambda: self.server.pages(
            f"/api/v1/workspaces/{self.workspace}/clips")) if clip["state"] == "ready"]
        if not ready:
            self.over.wait(0.3)
            return
        try:
            clips = chance.sample(ready, min(len(ready), chance.randint(1, 2)))
            montage = ledger.make_montage(self.server, self.workspace, clips, self.book)
        except service_client.AWAY:
            self.patience()  # in doubt
            return
        where = f"/api/v1/workspaces/{self.workspace}/montages/{montage['id']}"
        while not self.over.is_set() and self.again(
                lambda: self.server.json("GET", where)["state"]) != "ready":
            self.over.wait(0.2)

    def finish(self):
        self.over.set()
        self.up.set()
        for thread in self.threads:
            thread.join()


def kill_child(server, chance):
    """True when there was one."""
    children = media_children(server.process.pid)
    if not children:
        return False
    try:
        os.kill(chance.choice(children), signal.SIGKILL)
    except ProcessLookupError:
        return False  # it has just ended by itself
    return True


def kill_server(server, load):
    """How long it took to be ready again, and what was wrong."""
    children = media_children(server.process.pid)
    load.up.clear()
    server.kill()
    problems = []
    if not wait_for(lambda: not any(alive(child) for child in children), 2.0):
        problems.append(f"media processes outlive the service: {children}")
    begun = time.monotonic()
    server.start()
    if server.json("GET", "/health/ready")["status"] != "ok":
        problems.append("is not ready after a start")
    took = time.monotonic() - begun
    load.up.set()
    if took > READY_S:
        problems.append(f"was ready after {took:.1f} s")
    return took, problems


def storm(server, load, asked):
    """Kills, and looks whether the service comes back. Problems, and how long the slowest took."""
    children, slowest, problems = 0, 0.0, []
    for i in range(asked.count):
        # Now and then long enough for something to be finished.
        patient = asked.random.random() < 0.1
        time.sleep(asked.random.uniform(0, LONGEST_PAUSE_S * (5 if patient else 1)))
        if asked.random.random() < CHILD_SHARE and kill_child(server, asked.random):
            children += 1
            continue
        took, wrong = kill_server(server, load)
        problems += [f"kill {i + 1}: {one}" for one in wrong]
        slowest = max(slowest, took)
        if i % 25 == 24:
            print(f"{i + 1} kills, {len(load.book.clips)} clips, {len(load.book.montages)} "
                  f"montages, slowest start {slowest:.2f} s", flush=True)
    return children, slowest, problems


def look_at_everything(server, workspace, book):
    ledger.settle(server, workspace, service_client.PATIENCE_S)
    problems = ledger.compare(server, workspace, book)
    server.stop()
    problems += audit.once(server.data) + audit.whole(server.data)
    # The first sweep of a new start takes what the last ones were killed over.
    server.start()
    try:
        service_client.until("the sweep", lambda: not audit.objects(server.data), 30)
    except RuntimeError:
        problems += audit.objects(server.data)
    if server.stop() != 0:
        problems.append("does not stop cleanly")
    return problems


def main():
    program.require_program()
    tally = program.Tally("kills")
    asked = scale.Scale("kills", few=6, full=300)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aiditor-kills-"))
    begun = time.monotonic()
    with service_client.Server(folder, {"AIDITOR_WORKERS": "2"}) as server:
        workspace, book = server.first_workspace(), ledger.Ledger()
        load = Load(server, workspace, book, asked.seed)
        try:
            children, slowest, late = storm(server, load, asked)
        finally:
            load.finish()
        tally.add("the service is ready again within 5 s", late, time.monotonic() - begun)
        lost = look_at_everything(server, workspace, book)
        tally.add("nothing acknowledged is lost, nothing done twice", lost,
                  time.monotonic() - begun)
    asked.report(asked.count, len(late) + len(lost), more=(
        f"{children} of the kills took a media process, the others the whole service",
        f"{len(book.clips)} clips and {len(book.montages)} montages were acknowledged",
        f"the slowest start until ready: {slowest:.2f} s"))
    if asked.keep and (late or lost):
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
