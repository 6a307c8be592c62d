#!/usr/bin/env python3
"""The checkers of this folder, each shown a bad example that it must refuse."""
import contextlib
import io
import pathlib
import subprocess
import tempfile
import unittest

import check_asvs
import check_clang_tidy
import check_format
import check_layers
import run_tests
import tidy

RULES = """\
base: -- pass the value in
engine/edit: base -- it never opens media
engine/media: base -- wrap it
library libav*: engine/media -- wrap what you need in engine/media
"""


class Project(unittest.TestCase):
    """A folder that looks like the repository."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("src/layers.txt", RULES)
        self.write("src/base/result.hpp", "#pragma once\n")
        self.write("src/engine/media/input.hpp", "#pragma once\n#include <libavcodec/avcodec.h>\n")
        self.write("src/engine/edit/plan.cpp", '#include "base/result.hpp"\n')
        self.write("ARCHITECTURE.md", "`src/base/` `src/engine/media/` `src/engine/edit/`\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


class Layers(Project):
    def problems(self):
        return check_layers.check(self.root)

    def test_allowed_includes_pass(self):
        self.assertEqual(self.problems(), [])

    def test_a_forbidden_edge_names_file_line_edge_and_remedy(self):
        self.write("src/engine/edit/plan.cpp", '\n#include "engine/media/input.hpp"\n')
        self.assertEqual(self.problems(), [
            "src/engine/edit/plan.cpp:2: engine/edit may not include engine/media "
            '("engine/media/input.hpp"): it never opens media'])

    def test_only_media_includes_ffmpeg(self):
        self.write("src/engine/edit/plan.cpp", "#include <libavutil/frame.h>\n")
        self.assertIn("engine/edit may not include <libavutil/frame.h>", self.problems()[0])

    def test_paths_start_at_src(self):
        self.write("src/base/other.cpp", '#include "result.hpp"\n')
        self.assertIn("write the path from src/", self.problems()[0])

    def test_every_room_is_listed_and_every_listed_room_exists(self):
        self.write("src/engine/music/beat.cpp", "")
        self.write("src/layers.txt", RULES + "engine/gone: base -- nothing\n")
        self.assertIn("src/engine/music/beat.cpp:1: no room", self.problems()[0])
        self.assertIn("engine/gone has no files", self.problems()[1])


class Tidy(Project):
    def rules(self):
        return [rule for _, _, rule, _ in tidy.check(self.root)]

    def test_a_tidy_project_passes(self):
        self.assertEqual(tidy.run(self.root, {}), [])

    def test_banned_words_come_with_a_replacement(self):
        for bad, rule in (("int x = std::rand();", "random"), ("// TOD" "O later", "unfinished"),
                          ("std::this_thread::sleep_for(1s);", "sleep"), ("popen(a, b);", "shell"),
                          ("return system(a);", "shell"), ("throw 1;", "throw"),
                          ("atoi(a);", "c-text"), ("std::cerr << 1;", "print"),
                          ("auto t = std::chrono::system_clock::now();", "date"),
                          ("using namespace std;", "using-namespace")):
            self.write("src/engine/edit/plan.cpp", f"{bad}\n")
            self.assertEqual(self.rules(), [rule], bad)

    def test_assert_in_a_test(self):
        self.write("src/engine/edit/plan_test.cpp", "    assert(x);\n")
        self.assertEqual(self.rules(), ["assert-in-test"])

    def test_headers_begin_with_pragma_once(self):
        self.write("src/base/result.hpp", "#include <string>\n")
        self.assertEqual(self.rules(), ["pragma-once"])

    def test_the_longest_allowed_function_and_one_line_more(self):
        body = "    f();\n"
        for name, head in (("a.cpp", "int f(int x)"), ("b.cpp", "std::string A::f() const")):
            self.write(f"src/base/{name}", f"{head} {{\n{body * 68}}}\n")
            self.assertEqual(self.rules(), [])
            self.write(f"src/base/{name}", f"{head} {{\n{body * 69}}}\n")
            self.assertEqual(self.rules(), ["function-length"])
            (self.root / "src/base" / name).unlink()
        self.write("tools/a.py", "def f():\n" + "    pass\n" * 70)
        self.assertEqual(self.rules(), ["function-length"])

    def test_long_types_and_namespaces_are_no_functions(self):
        self.write("src/base/a.cpp",
                   "namespace a {\nstruct B {\n" + "    int x;\n" * 90 + "};\n}\n")
        self.assertEqual(self.rules(), [])

    def test_long_files_and_lines(self):
        self.write("src/base/a.cpp", "int x;\n" * 601)
        self.write("src/base/b.cpp", "// " + "x" * 98 + "\n")
        self.assertEqual(self.rules(), ["file-length", "columns"])

    def test_links_lead_somewhere(self):
        self.write("README.md", "[good](ARCHITECTURE.md#x) [web](https://x.org) [bad](gone.md)\n")
        self.assertEqual(self.rules(), ["link"])

    def test_architecture_names_each_room_and_no_other(self):
        self.write("src/engine/music/beat.cpp", "")
        self.write("ARCHITECTURE.md",
                   "`src/base/` `src/engine/media/` `src/engine/edit/` `src/gone/`\n")
        self.assertEqual(self.rules(), ["rooms", "rooms"])

    def test_an_exception_needs_a_reason_and_a_use(self):
        self.write("src/engine/edit/plan.cpp", "popen(a, b);\n")
        good = {("src/engine/edit/plan.cpp", "shell"): "because"}
        self.assertEqual(tidy.run(self.root, good), [])
        self.assertEqual(len(tidy.run(self.root, {("src/engine/edit/plan.cpp", "shell"): ""})), 2)
        self.write("src/engine/edit/plan.cpp", "\n")
        self.assertEqual(len(tidy.run(self.root, good)), 1)


class Asvs(Project):
    """A standard of two requirements."""

    def problems(self, *rows):
        self.write("docs/security/asvs_ids.txt", "# from somewhere\nV1.1.1 2\nV1.2.1 1\n")
        self.write("docs/security/model.md", "text\n")
        self.write("src/base/text_test.cpp", "TEST(Text, IsShort) {\n}\n")
        self.write("docs/security/asvs.md", "| id | L |\n" + "".join(f"{r}\n" for r in rows))
        return check_asvs.check(self.root)[0]

    GOOD = ("| V1.1.1 | 2 | short text | met | `src/base/result.hpp` | `Text.IsShort` |",
            "| V1.2.1 | 1 | no LDAP | none | | no LDAP |")

    def test_a_whole_map_passes(self):
        self.assertEqual(self.problems(*self.GOOD), [])
        counts = check_asvs.check(self.root)[1]
        self.assertEqual((counts["met"], counts["none"]), (1, 1))

    def test_every_requirement_stands_there_once(self):
        self.assertIn("V1.2.1 is missing", self.problems(self.GOOD[0])[0])
        self.assertIn("stands here twice", self.problems(*self.GOOD, self.GOOD[1])[0])
        self.assertIn("no requirement of level 2",
                      self.problems(*self.GOOD, "| V9.9.9 | 2 | x | none | | y |")[0])

    def test_a_line_has_a_verdict_and_what_shows_it(self):
        for line, said in {
            "| V1.1.1 | 2 | x | fine | `src/base/result.hpp` | `Text.IsShort` |": "verdict",
            "| V1.1.1 | 2 | x | met | | `Text.IsShort` |": "met nowhere",
            "| V1.1.1 | 2 | x | met | `src/base/result.hpp` | surely |": "nothing shows",
            "| V1.1.1 | 2 | x | gap | | |": "is empty",
            "| V1.1.1 | 2 | x | gap | what is missing |": "5 columns",
        }.items():
            self.assertIn(said, "\n".join(self.problems(line, self.GOOD[1])))

    def test_what_it_names_must_be_there(self):
        line = "| V1.1.1 | 2 | x | met | `{}` | `{}` |"
        self.assertIn("no file src/gone.hpp",
                      self.problems(line.format("src/gone.hpp", "Text.IsShort"), self.GOOD[1])[0])
        self.assertIn("no test Text.IsLong", self.problems(
            line.format("src/base/result.hpp", "Text.IsLong"), self.GOOD[1])[0])
        self.assertIn("does not hold", self.problems(
            line.format("src/base/result.hpp", "src/base/text_test.cpp: Other"), self.GOOD[1])[0])


class TestRunner(unittest.TestCase):
    """ctest's words of two tests, whole and damaged."""

    GOOD = ["test 1", "    Start 1: base", "1: all is well",
            "1/2 Test  #1: base ......   Passed    0.10 sec",
            "2: skip  full disk             mounting needs root",
            "2: [  SKIPPED ] Sound.Surround (0 ms)", "2: [  SKIPPED ] Sound.Surround",
            "2/2 Test  #2: tidy ......   Passed    0.10 sec", "100% tests passed"]

    def run_of(self, lines, status=0):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            report = run_tests.Report()
            run_tests.read_ctest(report, lines, lambda: status, ["base", "tidy"])
            code = report.finish()
        return code, said.getvalue()

    def test_all_results_are_green_and_skips_are_told(self):
        code, said = self.run_of(self.GOOD)
        self.assertEqual(code, 0)
        self.assertIn("tidy: full disk mounting needs root\n", said)
        self.assertEqual(said.splitlines()[-1], "2 passed, 0 failed, 2 skipped")
        _, said = self.run_of([line for line in self.GOOD if "kip" not in line.lower()])
        self.assertEqual(said.splitlines()[-1], "2 passed, 0 failed")

    def test_a_ctest_that_dies_is_red(self):
        for lines, status in ((self.GOOD[:4], -9), (self.GOOD[:4], 0), ([], 0), (self.GOOD, 8)):
            code, said = self.run_of(lines, status)
            self.assertEqual(code, 1, lines)
            self.assertIn(f"ctest ended with {status}", said)

    def test_a_result_in_other_words_is_red(self):
        code, said = self.run_of([*self.GOOD[:4], "2/2 tidy: passed (0.1 s)"])
        self.assertEqual(code, 1)
        self.assertIn("without a result of: tidy", said)

    def test_a_test_cannot_print_its_own_result(self):
        fake = "2: 2/2 Test  #2: tidy ......   Passed    0.10 sec"
        self.assertEqual(self.run_of([*self.GOOD[:4], fake])[0], 1)

    def test_a_failed_test_shows_its_output(self):
        lines = [*self.GOOD[:4], "2: the reason",
                 "2/2 Test  #2: tidy ......***Failed    0.10 sec"]
        code, said = self.run_of(lines, 8)
        self.assertEqual(code, 1)
        self.assertIn("the reason", said)
        self.assertIn("1 passed, 1 failed", said)


class Tools(Project):
    def test_the_formatter_finds_bad_layout(self):
        bad = self.write("src/base/a.cpp", "int  main( ) {return 0;}\n")
        good = self.write("src/base/b.cpp", "int main() { return 0; }\n")
        self.assertEqual(check_format.misformatted([bad, good]), [bad])

    def test_clang_tidy_finds_a_use_after_move(self):
        bad = self.write("a.cpp", "#include <string>\n#include <utility>\n"
                                  "std::size_t f(std::string s) {\n"
                                  "    std::string const t = std::move(s);\n"
                                  "    return s.size() + t.size();\n}\n")
        done = subprocess.run([check_clang_tidy.TOOL, "--quiet",
                               f"--config-file={check_clang_tidy.ROOT}/.clang-tidy", bad, "--",
                               "-std=c++23"], capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("bugprone-use-after-move", done.stdout)

    def test_a_changed_header_is_looked_at_again(self):
        header = self.write("src/base/a.hpp", "#pragma once\n")
        source = self.write("src/base/a.cpp", '#include "base/a.hpp"\n')
        entry = {"file": str(source), "command": "clang++"}
        self.addCleanup(setattr, check_clang_tidy, "ROOT", check_clang_tidy.ROOT)
        check_clang_tidy.ROOT = self.root
        before = check_clang_tidy.key_of(entry, b"")
        self.assertEqual(before, check_clang_tidy.key_of(entry, b""))
        header.write_text("#pragma once\nint x;\n")
        self.assertNotEqual(before, check_clang_tidy.key_of(entry, b""))


if __name__ == "__main__":
    unittest.main()
