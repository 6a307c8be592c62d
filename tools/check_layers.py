#!/usr/bin/env python3
"""Fails when an #include under src/ breaks src/layers.txt, and says what to do instead."""
import fnmatch
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Headers that the build makes from a folder beside them (cmake/queries.cmake).
GENERATED = {"queries.hpp": "queries", "migration_files.hpp": "migrations"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def read_rules(text):
    """({room: (allowed rooms, remedy)}, [(header patterns, allowed rooms, remedy)])"""
    rooms, libraries = {}, []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        rule, _, remedy = line.partition(" -- ")
        subject, _, allowed = rule.partition(":")
        if subject.startswith("library "):
            libraries.append((subject.split()[1:], set(allowed.split()), remedy.strip()))
        else:
            rooms[subject.strip()] = (set(allowed.split()), remedy.strip())
    return rooms, libraries


def room_of(path, rooms):
    """The longest listed room that holds `path` (relative to src/), or None."""
    folders = [str(p) for p in pathlib.PurePosixPath(path).parents if str(p) != "."]
    return next((folder for folder in folders if folder in rooms), None)


def problem_of(include, quoted, room, rules, src):
    """What is wrong with one include in `room`, or None."""
    rooms, libraries = rules
    if quoted:
        path = src / include
        if not path.exists() and not (path.parent / GENERATED.get(path.name, "/no")).is_dir():
            return f'"{include}" is not a file under src/: write the path from src/'
        target = room_of(include, rooms)
        if target and target != room and target not in rooms[room][0]:
            return f'{room} may not include {target} ("{include}"): {rooms[room][1]}'
        return None
    for patterns, allowed, remedy in libraries:
        if room not in allowed and any(fnmatch.fnmatch(include, p) for p in patterns):
            return f"{room} may not include <{include}>: {remedy}"
    return None


def check(root):
    """Every problem as 'file:line: message'."""
    src = root / "src"
    rules = read_rules((src / "layers.txt").read_text())
    problems, seen = [], set()
    for path in sorted(p for p in src.rglob("*") if p.suffix in (".cpp", ".hpp")):
        name = path.relative_to(src).as_posix()
        room = room_of(name, rules[0])
        if room is None:
            problems.append(f"src/{name}:1: no room in src/layers.txt holds this file: move it "
                            "into one, or add a line for the new room")
            continue
        seen.add(room)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            match = INCLUDE.match(line)
            problem = match and problem_of(match[2], match[1] == '"', room, rules, src)
            if problem:
                problems.append(f"src/{name}:{number}: {problem}")
    problems += [f"src/layers.txt:1: room {room} has no files: remove its line"
                 for room in rules[0] if room not in seen]
    return problems


if __name__ == "__main__":
    found = check(ROOT)
    print("\n".join(found))
    sys.exit(1 if found else 0)
