#!/usr/bin/env python3
"""Runs clang-tidy-19 over every source file but the tests, with the checks in .clang-tidy.

  tools/check_clang_tidy.py [FILE...]     only these files; `ninja -C build/clang` goes before

A file that passed is not looked at again until it, a header it includes, its command line, the
checks or the tool change: build/clang/tidied/ holds one empty file named by a hash of those.
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "clang"
TOOL = "clang-tidy-19"
INCLUDE = re.compile(rb'^\s*#include "([^"]+)"', re.MULTILINE)


@functools.cache
def own_includes(path):
    """The repository's headers that `path` includes directly."""
    names = (m.group(1).decode() for m in INCLUDE.finditer(path.read_bytes()))
    return [p for p in (ROOT / "src" / name for name in names) if p.exists()]


def with_headers(path):
    found, waiting = set(), [path]
    while waiting:
        item = waiting.pop()
        if item not in found:
            found.add(item)
            waiting += own_includes(item)
    return sorted(found)


def key_of(entry, settings):
    digest = hashlib.sha256(settings + entry["command"].encode())
    for path in with_headers(pathlib.Path(entry["file"])):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def check(entry, stamp):
    done = subprocess.run([TOOL, "--quiet", "-p", BUILD, f"--config-file={ROOT}/.clang-tidy",
                           entry["file"]], capture_output=True, text=True, errors="replace")
    if done.returncode == 0:
        stamp.touch()
        return ""
    return done.stdout


def main():
    version = subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout
    settings = version + (ROOT / ".clang-tidy").read_bytes()
    stamps = BUILD / "tidied"
    if not (BUILD / "compile_commands.json").exists():
        subprocess.run(["cmake", "--preset", "clang"], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL)
    stamps.mkdir(parents=True, exist_ok=True)
    chosen = {str(pathlib.Path(name).resolve()) for name in sys.argv[1:]}
    if unknown := [name for name in chosen if not pathlib.Path(name).exists()]:
        sys.exit(f"no such file: {', '.join(sorted(unknown))}")
    entries = [entry for entry in json.loads((BUILD / "compile_commands.json").read_text())
               if not entry["file"].endswith("_test.cpp") and "/testing/" not in entry["file"]
               and (not chosen or entry["file"] in chosen)]
    waiting = []
    for entry in entries:
        stamp = stamps / key_of(entry, settings)
        if not stamp.exists():
            waiting.append((entry, stamp))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = [text for text in pool.map(lambda job: check(*job), waiting) if text]
    print("".join(complaints).replace(f"{ROOT}/", ""))
    print(f"{len(entries)} files, {len(waiting)} looked at, {len(complaints)} with complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
