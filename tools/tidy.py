#!/usr/bin/env python3
"""House rules that a machine can check; each message says what to write instead.

Exceptions stand in tools/tidy_exceptions.txt with their reason; one that is no longer needed is a
problem too.
"""
import ast
import fnmatch
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LINES, FUNCTION_LINES, COLUMNS = 600, 70, 100
OUTSIDE = {".git", "build", "out", "__pycache__", "node_modules"}
CODE = {".cpp", ".hpp", ".py", ".sh", ".cmake"}
SCRIPTS = {"run", "test", ".ci/run", "tools/setup", "tools/build", "tools/coverage"}

# rule, files, pattern, what to do instead
CPP, HEADERS, TESTS, PYTHON = "src/*.?pp", "src/*.hpp", "src/*_test.cpp", "*.py"
LIBRARY = "src/[!a]*.?pp"  # everything but src/apps
BANNED = [
    ("unfinished", "*", r"\b(TOD[O]|FIXM[E]|X{3}|HAC[K])\b", "finish it, or open an issue"),
    ("random", CPP, r"\bstd::rand\b|\bsrand\(|\brandom_device\b",
     "results must repeat: seed a std::mt19937_64 with a named constant"),
    ("sleep", CPP, r"\bsleep_for\(|\bsleep_until\(|\busleep\(|(?<![\w.])sleep\(",
     "wait for the event itself, with a deadline (poll, condition_variable::wait_until)"),
    ("shell", CPP, r"(?<![\w.:])(std::)?system\(|\bpopen\(",
     "start programs through engine/sandbox, without a shell"),
    ("date", CPP, r"\bsystem_clock\b|(?<![\w.])(time|gettimeofday)\((NULL|nullptr|0|&)",
     "results must not depend on the date; take the time as a parameter"),
    ("print", LIBRARY, r"\bstd::c(out|err)\b|(?<!\w)f?printf\(|\bfmt::print\(",
     "return a Result; only src/apps prints"),
    ("c-text", CPP, r"\b(strcpy|strcat|sprintf|atoi|atof|strtok)\(",
     "use std::string, fmt::format or std::from_chars"),
    ("throw", CPP, r"^\s*throw\s+(?!std::bad_alloc)\w",
     "return a Result; exceptions of libraries stop in the adapter that calls them"),
    ("using-namespace", HEADERS, r"^\s*using namespace ", "write the name in full, or an alias"),
    ("using-namespace", CPP, r"^\s*using namespace std;", "write std:: in full"),
    ("assert-in-test", TESTS, r"(?<![\w.])assert\(",
     "use EXPECT_ or ASSERT_: assert shows no values"),
    ("relative-include", CPP, r'#include "\.', "write the path from src/"),
    ("sleep", PYTHON, r"\btime\.sleep\(", "wait for the event itself, with a deadline"),
]
CONTROL = {"if", "for", "while", "switch", "catch", "else", "do", "try", "namespace", "struct",
           "class", "enum", "union", "return", "extern"}


def files(root):
    """Every text file of the project, relative to root."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if OUTSIDE & set(name.parts) or path.is_symlink() or not path.is_file():
            continue
        if path.suffix in CODE | {".md", ".yml", ".yaml"} or name.as_posix() in SCRIPTS:
            yield name.as_posix()


def blank_literals(text):
    """C++ text without comments, strings and characters; line breaks stay."""
    pattern = re.compile(r'R"([^(\s]{0,16})\(.*?\)\1"|//[^\n]*|/\*.*?\*/'
                         r'|"(?:\\.|[^"\\\n])*"'
                         r"|(?<!\w)'(?:\\.|[^'\\\n])+'", re.DOTALL)
    return pattern.sub(lambda m: '""' + "\n" * m[0].count("\n"), text)


def cpp_functions(text):
    """(first line, length) of each function: a brace block after ')' that no keyword begins."""
    text = blank_literals(text)
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
                  lambda m: "\n" * m[0].count("\n"), text, flags=re.MULTILINE)
    found, stack, head, line, head_line = [], [], "", 1, 1
    for c in text:
        if c == "{":
            word = re.match(r"[\s\[\]\w]*?\b(\w+)", head)
            inside = any(stack)
            control = not word or head.split()[0].rstrip("(") in CONTROL
            begins = ")" in head and not control and not inside and "=" not in head.split("(")[0]
            stack.append(head_line if begins else 0)
            head = ""
        elif c == "}":
            begun = stack.pop() if stack else 0
            if begun:
                found.append((begun, line - begun + 1))
            head = ""
        elif c == ";":
            head = ""
        else:
            if not head.strip():
                head, head_line = "", line
            head += c
        line += c == "\n"
    return found


def python_functions(text):
    return [(node.lineno, node.end_lineno - node.lineno + 1) for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def check_lengths(name, text):
    lines = text.splitlines()
    if len(lines) > FILE_LINES:
        yield 1, "file-length", f"{len(lines)} lines, at most {FILE_LINES}: split it by idea"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield number, "columns", f"{len(line)} columns, at most {COLUMNS}: break the line"
    is_cpp = name.endswith((".cpp", ".hpp"))
    functions = cpp_functions(text) if is_cpp else []
    if name.endswith(".py"):
        functions = python_functions(text)
    for first, length in functions:
        if length > FUNCTION_LINES:
            yield first, "function-length", (f"a function of {length} lines, at most "
                                             f"{FUNCTION_LINES}: give its parts names")


def check_banned(name, text):
    for rule, where, pattern, instead in BANNED:
        if fnmatch.fnmatch(name, where):
            for number, line in enumerate(text.splitlines(), 1):
                match = re.search(pattern, line.split("//")[0] if rule != "unfinished" else line)
                if match:
                    yield number, rule, f"'{match[0].strip()}': {instead}"


def check_header(name, text):
    if name.endswith(".hpp") and not text.startswith("#pragma once\n"):
        yield 1, "pragma-once", "begin the header with #pragma once"


def check_links(root, name, text):
    """Relative links of a Markdown file must lead to something."""
    text = re.sub(r"```.*?```", lambda m: "\n" * m[0].count("\n"), text, flags=re.DOTALL)
    for number, line in enumerate(text.splitlines(), 1):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            path = target.split("#")[0]
            if path and "://" not in target and not target.startswith("mailto:"):
                if not ((root / name).parent / path).exists():
                    yield number, "link", f"{target} does not exist: correct or remove the link"


def check_rooms(root):
    """ARCHITECTURE.md names every folder of sources, and no folder that is not there."""
    text = (root / "ARCHITECTURE.md").read_text()
    rooms = {p.parent.relative_to(root) for p in (root / "src").rglob("*.?pp")}
    for room in sorted(rooms):
        # A folder inside a named room is that room's own business.
        if not any(f"`{p.as_posix()}/`" in text for p in (room, *room.parents)):
            yield 1, "rooms", f"`{room}/` is not in ARCHITECTURE.md: add it to the table"
    for number, line in enumerate(text.splitlines(), 1):
        for named in re.findall(r"`((?:src|tests|bench|docs|tools|samples|cmake)/[\w/.-]*)`", line):
            if not (root / named).exists():
                yield number, "rooms", f"{named} does not exist: correct or remove it"


def check(root):
    """Every problem as (file, line, rule, message), exceptions not yet taken out."""
    for name in files(root):
        text = (root / name).read_text(errors="replace")
        found = list(check_banned(name, text)) + list(check_header(name, text))
        if name.endswith(".md"):
            found += check_links(root, name, text)
        elif pathlib.PurePath(name).suffix in CODE or name in SCRIPTS:
            found += check_lengths(name, text)
        for number, rule, message in found:
            yield name, number, rule, message
    for number, rule, message in check_rooms(root):
        yield "ARCHITECTURE.md", number, rule, message


def read_exceptions(text):
    """Lines 'FILE RULE REASON' as {(file, rule): reason}."""
    parts = (line.split(None, 2) for line in text.splitlines()
             if line.strip() and not line.startswith("#"))
    return {(p[0], p[1]): p[2] if len(p) > 2 else "" for p in parts}


def run(root, exceptions):
    """Problems as lines of text."""
    lines, used = [], set()
    for name, number, rule, message in check(root):
        if exceptions.get((name, rule)):
            used.add((name, rule))
        else:
            lines.append(f"{name}:{number}: {rule}: {message}")
    lines += [f"tools/tidy_exceptions.txt:1: '{name} {rule}' has no reason or is not needed: "
              "remove it" for name, rule in exceptions if (name, rule) not in used]
    return lines


if __name__ == "__main__":
    listed = read_exceptions((ROOT / "tools" / "tidy_exceptions.txt").read_text())
    problems = run(ROOT, listed)
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
