#!/usr/bin/python3
"""Every example of the API's document is true: an answer's fits its schema, and a request's is sent
to the service, which takes it or names a documented problem.
"""
import json
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
import document  # noqa: E402
import fixture  # noqa: E402
import program  # noqa: E402  (tests/program.py)


def answers(tally, doc):
    for operation in doc.operations:
        for status, answer in operation.about["responses"].items():
            for media in doc.resolve(answer).get("content", {}).values():
                if "example" in media:
                    misfit = doc.misfit(media.get("schema", {}), media["example"])
                    tally.add(f"{operation.id}: example of {status}", [misfit] if misfit else [])


def etag_of(service, path):
    code, headers, _ = service.server.ask("GET", path)
    return headers.get("ETag", "*") if code == 200 else "*"


def requests(tally, service):
    """What removes things comes last."""
    doc, taken = service.document, 0
    for operation in sorted(doc.operations, key=lambda o: o.method == "DELETE"):
        kind, media = operation.body()
        if kind != "application/json" or "example" not in media:
            continue
        path = document.fill(operation.path, {
            name: service.value_of(name) for name in
            (p["name"] for p in operation.parameters if p["in"] == "path")})
        headers = {"Content-Type": kind}
        if operation.method in ("PUT", "PATCH"):
            headers["If-Match"] = etag_of(service, path)
        status, answer_kind, text = service.ask(operation, path,
                                                json.dumps(media["example"]).encode(), headers)
        taken += status < 300
        problem = doc.problem_of(operation, status, answer_kind, text)
        # 501 is what an installation without that outside service honestly answers.
        if not problem and status in (400, 413, 415) or status >= 500 and status != 501:
            problem = f"{status}: {text[:300]!r}"
        tally.add(f"{operation.id}: example is sent ({status})", [problem] if problem else [])
    tally.add("some examples were taken", [] if taken >= 3 else [str(taken)])


def can_fail(tally, doc):
    """A wrong example, status and body must each be noticed."""
    create = doc.by_id["create_project"]
    schema = {"$ref": "#/components/schemas/Project"}
    tally.add("a wrong value is noticed", [] if doc.misfit(schema, {"name": 7}) else ["it fits"])
    for what, status, kind, text in (
            ("an undocumented status", 418, document.PROBLEM, b"{}"),
            ("a body that does not fit", 201, "application/json", b'{"id": 1}'),
            ("another type", 201, "text/html", b"<p>"),
            ("an unknown code", 400, document.PROBLEM, b'{"code": "mystery", "status": 400}')):
        found = doc.problem_of(create, status, kind, text)
        tally.add(f"{what} is noticed", [] if found else ["it passed"])


def main():
    program.require_program()
    tally = program.Tally("examples")
    with tempfile.TemporaryDirectory() as name:
        service = fixture.Service(pathlib.Path(name))
        try:
            answers(tally, service.document)
            requests(tally, service)
            can_fail(tally, service.document)
        finally:
            service.stop()
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
