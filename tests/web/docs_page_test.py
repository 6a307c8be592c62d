#!/usr/bin/python3
"""The pages of the API as the real binary serves them: how files are handed out, then all of
web/tests/docs_page.ts in Chromium.

  tests/web/docs_page_test.py [FOLDER]        FOLDER gets pictures of the pages
"""
import gzip
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
import node  # noqa: E402  (tests/web/node.py)
import program  # noqa: E402  (tests/program.py)
import service_client  # noqa: E402  (tests/service_client.py)


def hand_outs(tally, server):
    def ask(path, **headers):
        return server.ask("GET", path, headers={k.replace("_", "-"): v
                                                for k, v in headers.items()})

    for file in sorted((node.WEB / "docs").iterdir()):
        path = "/docs" if file.name == "index.html" else f"/docs/{file.name}"
        code, headers, plain = ask(path)
        problems = []
        if (code, plain) != (200, file.read_bytes()):
            problems.append(f"{code}, {len(plain)} bytes")
        _, packed_headers, packed = ask(path, Accept_Encoding="gzip")
        if packed_headers["Content-Encoding"] == "gzip":
            packed = gzip.decompress(packed)
        if packed != plain:
            problems.append("other bytes when compressed")
        again, _, _ = ask(path, If_None_Match=packed_headers["ETag"], Accept_Encoding="gzip")
        if again != 304:
            problems.append(f"{again} for one who has it already")
        policy = headers["Content-Security-Policy"]
        if headers["Cache-Control"] != "no-cache" or "'unsafe" in policy:
            problems.append(str(headers))
        tally.add(f"{path} is handed out", problems)
    code, _, _ = ask("/docs/../docs/nothing.css")
    tally.add("what is not there is not there", [] if code in (400, 404) else [str(code)])


def main():
    program.require_program()
    node.install()
    tally = program.Tally("docs")
    with tempfile.TemporaryDirectory() as name, \
            service_client.Server(pathlib.Path(name)) as server:
        hand_outs(tally, server)
        tally.add("a browser shows them",
                  ["see above"] if node.run("tests/docs_page.ts", server.base, *sys.argv[1:])
                  else [])
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
