#!/usr/bin/python3
"""Back-up and restore of the embedded default: taken while the service works, brought up to date,
restored into a new folder with and without the secrets, and refused when it is damaged.

  tests/journeys/backup_test.py        AIDITOR_BIN names the folder of the program
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import program  # noqa: E402  (tests/program.py)
import service_client  # noqa: E402
from service_client import until  # noqa: E402

SAMPLES = HERE.parents[1] / "samples"
CLIPS = ["freedoom_1_ambush.mp4", "freedoom_6_secret.mp4"]


def aiditor(*arguments):
    return subprocess.run([program.AIDITOR, *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)


def source(server, workspace, clip):
    code, _, data = server.ask("GET", f"/api/v1/workspaces/{workspace}/clips/{clip}/source")
    return data if code == 200 else None


def add_clip(server, workspace, name):
    clip = service_client.upload(server, workspace, SAMPLES / name)
    until("clip", lambda: service_client.ready_clips(server, workspace, [clip]))
    return clip


def journey(check, folder):
    server = service_client.Server(folder)
    data, backup, keys = folder / "data", folder / "backup", folder / "keys.json"
    with server:
        workspace = server.first_workspace()
        first = add_clip(server, workspace, CLIPS[0])
        # Not yet in the database's file: only in the log beside it.
        done = aiditor("backup", backup, "--data", data, "--keys", keys, "--json")
        check("a back-up is taken while the service works", done.returncode == 0, done.stderr)
        report = json.loads(done.stdout)
        check("it has everything", report["objects_copied"] == report["backup"]["objects"] > 1
              and not report["damaged"], done.stdout)
        check("the secrets are apart from it", keys.stat().st_mode & 0o777 == 0o600
              and not list(backup.rglob("keys*")))
        second = add_clip(server, workspace, CLIPS[1])
        again = json.loads(aiditor("backup", backup, "--data", data, "--json").stdout)
        check("a second one copies what is new",
              again["backup"]["objects"] == 2 * report["backup"]["objects"]
              and again["objects_copied"] == report["objects_copied"], str(again))
        code, _, _ = server.ask("DELETE", f"/api/v1/workspaces/{workspace}/clips/{first}")
        check("a clip is removed", code == 204, str(code))
        third = json.loads(aiditor("backup", backup, "--data", data, "--json").stdout)
        kept = [p for p in (backup / "objects").rglob("*") if p.is_file()]
        check("what was removed leaves the back-up with the next one",
              len(kept) == third["backup"]["objects"] == report["backup"]["objects"], str(kept))
        server.kill()
    restored = folder / "restored"
    restored.mkdir()
    done = aiditor("restore", backup, "--data", restored / "data", "--keys", keys)
    check("it is restored into a new folder", done.returncode == 0, done.stderr)
    with service_client.Server(restored) as other:
        check("the restored service has the clip, byte for byte",
              source(other, workspace, second) == (SAMPLES / CLIPS[1]).read_bytes())
        check("and not the removed one", source(other, workspace, first) is None)
        check("with the same secrets",
              (restored / "data/keys.json").read_bytes() == keys.read_bytes())
        add_clip(other, workspace, CLIPS[0])
        check("and goes on working", True)


def refusals(check, folder):
    backup = folder / "backup"
    done = aiditor("restore", backup, "--data", folder / "restored/data")
    check("a folder in use is never restored into",
          done.returncode == 2 and "not empty" in done.stderr, done.stderr)
    other = folder / "other"
    other.mkdir()
    (other / "holiday.jpg").write_text("mine")
    done = aiditor("backup", other, "--data", folder / "data")
    check("a folder with other things is no place for a back-up",
          done.returncode == 2 and "holiday.jpg" in done.stderr, done.stderr)
    done = aiditor("restore", other, "--data", folder / "new")
    check("a folder without a back-up is refused", done.returncode == 2, done.stderr)
    done = aiditor("backup", backup, "--data", folder / "data", "--keys", backup / "keys.json")
    check("secrets never go into the back-up", done.returncode == 2, done.stderr)
    damaged = folder / "damaged"
    shutil.copytree(backup, damaged)
    largest = max((p for p in (damaged / "objects").rglob("*") if p.is_file()),
                  key=lambda p: p.stat().st_size)
    with open(largest, "r+b") as file:
        file.seek(1000)
        file.write(b"\0broken\0")
    done = aiditor("restore", damaged, "--data", folder / "new")
    check("one changed byte stops a restore, by name",
          done.returncode != 0 and largest.name in done.stderr, done.stderr)
    check("and leaves no data folder behind", not (folder / "new").exists())
    shutil.copytree(backup, folder / "cut")
    (database,) = (folder / "cut").glob("database-*.db")
    database.write_bytes(database.read_bytes()[:-4096])
    done = aiditor("restore", folder / "cut", "--data", folder / "new")
    check("a damaged database stops it too",
          done.returncode != 0 and database.name in done.stderr, done.stderr)


def main():
    tally = program.Tally("backup")
    begun = time.monotonic()

    def check(name, good, why=""):
        nonlocal begun
        tally.add(name, [] if good else [why or "no"], time.monotonic() - begun)
        begun = time.monotonic()

    with tempfile.TemporaryDirectory() as name:
        journey(check, pathlib.Path(name))
        refusals(check, pathlib.Path(name))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
