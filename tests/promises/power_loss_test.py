#!/usr/bin/python3
"""Folders as the power could have left them, at random moments of a run from an upload to a montage
and its removal: the service starts on each, and what it acknowledged before is there.

  power_loss_test.py [--full | --count N] [--seed S]

powercut.py says which states are taken for possible. Every tenth one is also run to its end.
"""
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
import service_client  # noqa: E402
from promises import audit, footage, ledger, powercut, scale, shim  # noqa: E402
from promises.script import Script  # noqa: E402

READY_S = 5.0
RUN_TO_THE_END = 10  # every so manieth


def record(folder, data):
    """(calls, [(number of calls before it was heard, what)], workspace)"""
    server, control = shim.server(folder, log=folder / "log",
                                  variables={"AIDITOR_WORKERS": "1"}, start=False)
    heard = []
    script = Script(data, heard=lambda what: heard.append((control.calls, what)))
    with server:
        server.start()
        heard.append((control.calls, ("ready",)))
        script.run(server)
        for montage in script.book.montages:
            server.json("DELETE", f"{script.base}/montages/{montage}", status=204)
            heard.append((control.calls, ("montage removed", montage)))
        server.json("DELETE", f"{script.base}/clips/{script.clip}", status=204)
        heard.append((control.calls, ("clip removed", script.clip)))
        server.stop()
        server.start()
        service_client.until("the sweep", lambda: not audit.objects(server.data), 30)
        server.stop()
    return powercut.read_log(folder / "log"), heard, script.workspace


class Checks:
    """Of one acknowledgement each, by its name; a problem, or None."""

    def __init__(self, server, workspace, data, gone):
        self.server, self.base, self.data = server, f"/api/v1/workspaces/{workspace}", data
        self.gone = gone  # what was taken away before the power went, or perhaps was

    def status(self, path, method="GET", headers=None):
        return self.server.ask(method, path, headers=headers)

    def check(self, what):
        return getattr(self, what[0].replace(" ", "_"))(*what[1:])

    def ready(self):
        code = self.status("/health/ready")[0]
        return None if code == 200 else f"is not ready: {code}"

    def begun(self, path):
        return self.offset(path, 0)

    def offset(self, path, least):
        code, headers, _ = self.status(path, "HEAD", service_client.TUS)
        if code != 200 or int(headers["Upload-Offset"]) < least:
            return f"{path}: {code} {headers.get('Upload-Offset')} of {least} acknowledged"
        return None

    def clip(self, clip):
        code, _, text = self.status(f"{self.base}/clips/{clip}/source")
        if clip in self.gone or (code == 200 and text == self.data):
            return None
        return f"{clip}: {code}, {len(text)} bytes"

    def project(self, project):
        code = self.status(f"{self.base}/projects/{project}")[0]
        return None if code == 200 else f"{project}: {code}"

    def montage(self, montage, job):
        codes = [self.status(f"{self.base}/{path}")[0]
                 for path in (f"montages/{montage}", f"jobs/{job}")]
        return None if codes == [200, 200] or montage in self.gone else f"{montage}: {codes}"

    def montage_removed(self, montage):
        code = self.status(f"{self.base}/montages/{montage}")[0]
        return None if code == 404 else f"{montage} was removed: {code}"

    def clip_removed(self, clip):
        code = self.status(f"{self.base}/clips/{clip}")[0]
        return None if code == 404 else f"{clip} was removed: {code}"


def to_the_end(server, workspace):
    """Workers do what is left."""
    server.variables["AIDITOR_WORKERS"] = "1"
    server.start()
    ledger.settle(server, workspace, service_client.PATIENCE_S)
    bad = [c for c in server.pages(f"/api/v1/workspaces/{workspace}/clips")
           if c["state"] != "ready"]
    server.stop()
    server.start()
    try:
        service_client.until("the sweep", lambda: not audit.objects(server.data), 20, 0.05)
    except RuntimeError:
        bad += audit.objects(server.data)
    server.stop()
    return [f"at the end: {one}" for one in bad] + audit.once(server.data)


def look(folder, heard, workspace, data, gone, deep):
    """Problems of one image."""
    server = service_client.Server(folder, {"AIDITOR_WORKERS": "0"}, start=False)
    with server:
        try:
            took = server.start()
        except RuntimeError as error:
            return [str(error)]
        checks = Checks(server, workspace, data, gone)
        found = [f"listens after {took:.1f} s"] if took > READY_S else []
        found += [problem for what in heard if (problem := checks.check(what))]
        server.stop()
        found += audit.whole(server.data)
        database = audit.open_database(server.data)
        known = {row["key"]: row for row in audit.rows(database, "SELECT * FROM objects")}
        database.close()
        found += audit.files(server.data, known, {
            key for key, row in known.items() if row["state"] == "committed"})
        if deep and heard and not found:
            found += to_the_end(server, workspace)
        return found


def main():
    program.require_program()
    tally = program.Tally("power loss")
    if shim.library() is None:
        tally.skip("images", "there is no C compiler")
        return 0
    asked = scale.Scale("power_loss", few=12, full=500)
    top = pathlib.Path(tempfile.mkdtemp(prefix="aiditor-power-"))
    data = footage.base_clip()
    begun = time.monotonic()
    (top / "recorded").mkdir()
    calls, heard, workspace = record(top / "recorded", data)
    tally.add(f"a run of {len(calls)} changes is recorded", [] if heard else ["nothing heard"],
              time.monotonic() - begun)
    disk, played, failed = powercut.Disk(str(top / "recorded" / "data")), 0, 0
    moments = sorted(asked.random.randrange(1, len(calls) + 1) for _ in range(asked.count))
    for i, moment in enumerate(moments):
        for call in calls[played:moment]:
            disk.play(call)
        played = max(played, moment)
        number = calls[moment - 1].number
        folder = top / f"image-{i}"
        folder.mkdir()
        disk.image(asked.random, folder / "data")
        before = [what for at, what in heard if at < number]
        # A removal that was asked for may have happened before it was acknowledged.
        gone = {what[1] for what in (w for _, w in heard[len(before):len(before) + 1] + [
            (0, b) for b in before]) if what[0].endswith("removed")}
        problems = look(folder, before, workspace, data, gone, i % RUN_TO_THE_END == 0)
        if problems:
            failed += 1
            tally.add(f"image {i}, after change {moment} ({calls[moment - 1].name})", problems)
        if not (problems and asked.keep):
            shutil.rmtree(folder, ignore_errors=True)
        if i % 50 == 49:
            print(f"{i + 1} images, {failed} failed", flush=True)
    tally.add(f"{len(moments)} images", [f"{failed} failed"] if failed else [],
              time.monotonic() - begun)
    asked.report(len(moments), failed, more=(f"{len(calls)} changes in the recorded run",))
    if not asked.keep:
        shutil.rmtree(top, ignore_errors=True)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
