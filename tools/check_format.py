#!/usr/bin/env python3
"""Fails when a C++ file is not laid out as .clang-format says. `--fix` rewrites; FILES limits."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOL, STYLE = "clang-format-19", f"--style=file:{ROOT}/.clang-format"


def sources(root):
    return sorted(p for ext in ("cpp", "hpp") for p in (root / "src").rglob(f"*.{ext}"))


def misformatted(files):
    """Which of the files the formatter would change."""
    bad = []
    for path in files:
        text = path.read_bytes()
        done = subprocess.run([TOOL, STYLE, f"--assume-filename={path}"], input=text,
                              capture_output=True, check=True)
        if done.stdout != text:
            bad.append(path)
    return bad


def main(arguments):
    fix = "--fix" in arguments
    named = [pathlib.Path(a).resolve() for a in arguments if a != "--fix"]
    bad = misformatted(named or sources(ROOT))
    for path in bad:
        if fix:
            subprocess.run([TOOL, STYLE, "-i", path], check=True)
        else:
            print(f"{path.relative_to(ROOT)}: not formatted; run tools/check_format.py --fix")
    return 1 if bad and not fix else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
