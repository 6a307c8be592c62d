#!/usr/bin/python3
"""kill -9 just before a call that changes a file or answers a client, for every such call of a run
from an upload to a montage: after a restart it comes to the same end.

  syscalls_test.py [--full | --count N] [--seed S]     the calls are tried in a random order

The calls are those that go through the C library (shim.c): writes, syncs, cuts, names, folders and
answers. --full tries all of them, or as many as 40 minutes allow.
"""
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
import service_client  # noqa: E402
from promises import audit, footage, ledger, scale, shim  # noqa: E402
from promises.script import Script  # noqa: E402

READY_S = 5.0


def sweep(server):
    """Problems of what is stored after a start and its sweep."""
    server.variables["AIDITOR_WORKERS"] = "0"
    server.start()
    try:
        service_client.until("the sweep", lambda: not audit.objects(server.data), 20, 0.05)
        found = []
    except RuntimeError:
        found = audit.objects(server.data)
    if server.stop() != 0:
        found.append("does not stop cleanly")
    return found


def look(server, script):
    found = ledger.compare(server, script.workspace, script.book)
    server.stop()
    return found + audit.once(server.data) + audit.whole(server.data) + sweep(server)


def attempt(folder, data, kill_at):
    """(problems, whether the kill was met, calls of the run)"""
    server, control = shim.server(folder, variables={"AIDITOR_WORKERS": "1"}, start=False)
    script = Script(data)
    with server:
        control.set("kill_at", kill_at)
        try:
            server.start()
            script.run(server)
            server.stop()
        except (*service_client.AWAY, RuntimeError) as error:
            if server.process.wait(10) != -9:
                return [f"ended by itself: {error}"], True, 0
        calls, met = control.calls, server.process.returncode == -9
        control.set("kill_at", 0)
        try:
            took = server.start()
            if took > READY_S:
                return [f"listens after {took:.1f} s"], met, calls
            script.run(server)
            return look(server, script), met, calls
        except (*service_client.AWAY, RuntimeError) as error:
            return [f"{type(error).__name__}: {error}"], met, calls


def main():
    program.require_program()
    tally = program.Tally("syscalls")
    if shim.library() is None:
        tally.skip("kills before calls", "there is no C compiler")
        return 0
    asked = scale.Scale("syscalls", few=5, full=10**6)
    top = pathlib.Path(tempfile.mkdtemp(prefix="aiditor-calls-"))
    data = footage.base_clip()
    (top / "whole").mkdir()
    problems, _, all_calls = attempt(top / "whole", data, 0)
    tally.add(f"a run of {all_calls} calls without a kill", problems)
    order = asked.random.sample(range(1, all_calls + 1), all_calls)[:asked.count]
    tried, late, failed = 0, 0, []
    for kill_at in order:
        if asked.is_over():
            break
        folder = top / str(kill_at)
        folder.mkdir()
        problems, met, _ = attempt(folder, data, kill_at)
        tried += 1
        late += not met
        if problems:
            failed.append(kill_at)
            tally.add(f"a kill before call {kill_at}", problems)
        if not (problems and asked.keep):
            shutil.rmtree(folder, ignore_errors=True)
        if tried % 20 == 0:
            print(f"{tried} tried, {len(failed)} failed", flush=True)
    tally.add(f"{tried} kills before calls", [f"before call {n}" for n in failed])
    asked.report(tried, len(failed), of_all=all_calls, more=(
        f"{late} of them came after the last call of their run",) if late else ())
    if not asked.keep:
        shutil.rmtree(top, ignore_errors=True)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
