#!/usr/bin/python3
"""The TypeScript client: the compiler is content, and web/tests/client_journey.ts makes a montage
of two clips through it over the real binary.
"""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
import node  # noqa: E402  (tests/web/node.py)
import program  # noqa: E402  (tests/program.py)
import service_client  # noqa: E402  (tests/service_client.py)

SAMPLES = HERE.parents[1] / "samples"
CLIPS = [SAMPLES / "freedoom_1_ambush.mp4", SAMPLES / "freedoom_6_secret.mp4"]


def types(tally):
    done = subprocess.run(node.command("node_modules/typescript/bin/tsc", "-p", "."), cwd=node.WEB,
                          capture_output=True, text=True)
    tally.add("the strict compiler is content", done.stdout.splitlines()[:20]
              if done.returncode else [])


def films(folder):
    for name, is_wide in (("landscape", True), ("portrait", False)):
        done = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries",
                               "stream=width,height", "-of", "csv=p=0", folder / f"{name}.mp4"],
                              capture_output=True, text=True)
        size = done.stdout.strip().split(",")
        if done.returncode or len(size) != 2 or (int(size[0]) > int(size[1])) != is_wide:
            yield f"{name}: {done.stdout}{done.stderr}"


def main():
    program.require_program()
    node.install()
    tally = program.Tally("web client")
    types(tally)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with service_client.Server(folder) as server:
            status = node.run("tests/client_journey.ts", server.base, folder, *CLIPS)
            tally.add("two clips become a montage", ["see above"] if status else [])
            tally.add("the films play", list(films(folder)))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
