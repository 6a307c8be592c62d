"""Builds shim.c, and a service that runs under it."""
import mmap
import os
import shutil
import struct
import subprocess

import program
import service_client

FIELDS = ("calls", "kill_at", "clock_ns", "error", "no_files")


def library():
    """The path of the built shim; None without a compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc") or shutil.which("g++")
    source = program.ROOT / "tests" / "promises" / "shim.c"
    built = program.MEDIA / "promises" / "shim.so"
    if compiler is None:
        return None
    if not built.exists() or built.stat().st_mtime < source.stat().st_mtime:
        built.parent.mkdir(parents=True, exist_ok=True)
        part = built.with_name(f"{os.getpid()}.so")
        subprocess.run([compiler, "-x", "c", "-O1", "-shared", "-fPIC", "-Wall", "-Wextra",
                        "-Werror", "-o", part, source, "-ldl"], check=True, timeout=120)
        part.rename(built)
    return built


class Control:
    """What is shared with a program under the shim; see struct control in shim.c."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(8 * len(FIELDS)))
        with open(path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)

    def __getattr__(self, name):
        return struct.unpack_from("q", self._map, 8 * FIELDS.index(name))[0]

    def set(self, name, value):
        struct.pack_into("q", self._map, 8 * FIELDS.index(name), value)


def server(folder, log=None, variables=None, **more):
    """A Server under the shim, and its Control; not yet started where start=False."""
    control = Control(folder / "control")
    own = {"LD_PRELOAD": str(library()), "PROMISES_CONTROL": str(control.path),
           "PROMISES_ROOT": str(folder / "data")}
    if log:
        own["PROMISES_LOG"] = str(log)
    return service_client.Server(folder, own | (variables or {}), **more), control
