#!/usr/bin/env python3
"""Fails when docs/security/asvs.md leaves out a requirement, or it or model.md beside it names a
file or test that is gone.

Prints how many requirements have which verdict. The ids are those of docs/security/asvs_ids.txt.
"""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAP, MODEL = "docs/security/asvs.md", "docs/security/model.md"
IDS = "docs/security/asvs_ids.txt"
VERDICTS = ("met", "gap", "exception", "none")
COLUMNS = ("id", "level", "asks for", "verdict", "where", "shown by, missing, or reason")
CASE = re.compile(r"^\s*TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)
CASE_NAME = re.compile(r"[A-Z]\w*\.\w+$")
QUOTED = re.compile(r"`([^`]+)`")
TOP = ("bench/", "cmake/", "deploy/", "docs/", "src/", "tests/", "tools/")
DAY = re.compile(r"\bread 20\d\d-\d\d-\d\d\b")


def listed_ids(root):
    """{id: level} of the standard."""
    lines = (root / IDS).read_text(encoding="utf-8").splitlines()
    return dict(line.split() for line in lines if line and not line.startswith("#"))


def test_cases(root):
    """Every GoogleTest case of the project as Suite.Case."""
    cases = set()
    for path in (root / "src").rglob("*_test.cpp"):
        cases |= {".".join(m) for m in CASE.findall(path.read_text(encoding="utf-8"))}
    return cases


def missing_name(root, name, cases):
    """What is wrong with a name in back quotes, or None: a file, `file: text in it`, or a case."""
    path, _, text = name.partition(": ")
    if path.startswith(TOP):
        file = root / path
        if not file.exists():
            return f"there is no file {path}"
        if text and text not in file.read_text(encoding="utf-8"):
            return f"{path} does not hold \"{text}\""
        return None
    if CASE_NAME.match(name) and name not in cases and not (root / name).exists():
        return f"there is no test {name}"
    return None


def problems_of(row, root, cases):
    """What is wrong with one line of the map."""
    _, _, asks, verdict, where, shown = row
    if verdict not in VERDICTS:
        return [f"the verdict is \"{verdict}\" and not one of {', '.join(VERDICTS)}"]
    out = [] if asks else ["it does not say what is asked for"]
    for name in QUOTED.findall(where + " " + shown):
        out += filter(None, [missing_name(root, name, cases)])
    if not shown:
        out.append("the last column is empty")
    if verdict == "met":
        if not where:
            out.append("it is met nowhere: name the files")
        if not DAY.search(shown) and not is_shown(row, cases):
            out.append("nothing shows that it is met: name a test, or the day it was read")
    if verdict == "none" and where:
        out.append("what does not apply is nowhere")
    return out


def is_shown(row, cases):
    """Whether a test shows it, and not only that somebody read the code."""
    return row[3] == "met" and any(n in cases or ": " in n for n in QUOTED.findall(row[5]))


def check(root):
    """(problems, Counter of verdicts and of what is "shown" by tests)"""
    ids, cases = listed_ids(root), test_cases(root)
    problems, seen, counts = [], set(), collections.Counter()
    for number, line in enumerate((root / MAP).read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("| V"):
            continue
        row = [cell.strip() for cell in line.strip().strip("|").split("|")]
        name = f"{MAP}:{number}: {row[0]}"
        if len(row) != len(COLUMNS):
            problems.append(f"{name}: {len(row)} columns instead of {len(COLUMNS)}")
            continue
        if row[0] in seen:
            problems.append(f"{name}: stands here twice")
        if ids.get(row[0]) != row[1]:
            problems.append(f"{name}: is no requirement of level {row[1]}")
        seen.add(row[0])
        counts[row[3]] += 1
        counts["shown"] += is_shown(row, cases)
        problems += [f"{name}: {problem}" for problem in problems_of(row, root, cases)]
    problems += [f"{MAP}: {one} is missing" for one in ids if one not in seen]
    for name in QUOTED.findall((root / MODEL).read_text(encoding="utf-8")):
        problems += [f"{MODEL}: {p}" for p in filter(None, [missing_name(root, name, cases)])]
    return problems, counts


def main():
    problems, counts = check(ROOT)
    for problem in problems:
        print(problem)
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS)
    print(f"ASVS 5.0.0, levels 1 and 2: {told}; of those met {counts['shown']} are shown by tests")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
