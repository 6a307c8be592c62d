#!/usr/bin/python3
"""Every setting that `aiditor config` shows is in docs/cli.md and in deploy/env.production.example,
both have no other, and the example is one that the program takes.

  tests/journeys/settings_test.py        AIDITOR_BIN names the folder of the program
"""
import pathlib
import re
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import program  # noqa: E402  (tests/program.py)

ROOT = HERE.parents[1]
MANUAL, EXAMPLE = ROOT / "docs" / "cli.md", ROOT / "deploy" / "env.production.example"
ROW = re.compile(r"^\| `([a-z_]+)` \| `(AIDITOR_[A-Z_]+)`(?:, `(AIDITOR_[A-Z_]+)_FILE`)? \|",
                 re.MULTILINE)
LINE = re.compile(r"^#?(AIDITOR_[A-Z_]+)=(.*)$", re.MULTILINE)
SECRET = "postgresql://ann:not-to-be-seen@localhost/aiditor"


def shown_settings(variables=None):
    """{name: (value, origin)} as `aiditor config` prints them."""
    done = program.run(["config"], variables=variables)
    if done.status != 0:
        raise RuntimeError(f"aiditor config: {done.status} {done.err}")
    return {line.split()[0]: tuple(re.split(r"\s{2,}|(?<=\S)\s(?=\S+$)", line[17:], maxsplit=1))
            for line in done.out.splitlines()}


def difference(what, has, wanted):
    return ([f"{what} lacks {name}" for name in sorted(wanted - has)] +
            [f"{what} has {name}, which the program does not" for name in sorted(has - wanted)])


def check_manual(names):
    rows = ROW.findall(MANUAL.read_text(encoding="utf-8"))
    problems = difference("docs/cli.md", {name for name, _, _ in rows}, names)
    for name, variable, file in rows:
        if variable != "AIDITOR_" + name.upper() or file not in ("", variable):
            problems.append(f"docs/cli.md: {variable} is not the variable of {name}")
    return problems


def check_example(names):
    text = EXAMPLE.read_text(encoding="utf-8")
    given = dict(LINE.findall(text))
    plain = {variable.removesuffix("_FILE") for variable in given}
    problems = difference(EXAMPLE.name, {v.removeprefix("AIDITOR_").lower() for v in plain}, names)
    for paragraph in text.split("\n\n"):
        if LINE.search(paragraph) and not re.match(r"# \w", paragraph):
            problems.append(f"{EXAMPLE.name}: says nothing about {LINE.search(paragraph)[1]}")
    return problems


def check_taken():
    """The example with all its lines in force: each setting comes from its variable."""
    given = dict(LINE.findall(EXAMPLE.read_text(encoding="utf-8")))
    files = {variable for variable in given if variable.endswith("_FILE")}
    with tempfile.TemporaryDirectory() as folder:
        secret = pathlib.Path(folder) / "secret"
        secret.write_text(SECRET + "\n", encoding="utf-8")
        for variable in files:
            given[variable] = str(secret)
            given.pop(variable.removesuffix("_FILE"), None)
        shown = shown_settings(given)
        done = program.run(["config"], variables=given)
    problems = [f"{name}: is from {origin}" for name, (_, origin) in shown.items()
                if "AIDITOR_" + name.upper() not in origin]
    if SECRET in done.out or "not-to-be-seen" in done.out:
        problems.append("a secret is shown")
    return problems


def main():
    program.require_program()
    tally = program.Tally("settings")
    names = set(shown_settings())
    tally.add("the manual has each setting and no other", check_manual(names))
    tally.add("so has the example for servers", check_example(names))
    tally.add("the program takes the example and hides secrets", check_taken())
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
