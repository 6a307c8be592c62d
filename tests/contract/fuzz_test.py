#!/usr/bin/python3
"""Hostile values over every route of /openapi.json: no 5xx, no hang, no answer that is not
documented.

  tests/contract/fuzz_test.py [--count N] [--seed S] [--only OPERATION]

N requests a route (20), the same for the same seed; the seed is printed, and so is the request of
whatever fails.
"""
import argparse
import collections
import pathlib
import random
import sys
import tempfile
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
import document  # noqa: E402
import fixture  # noqa: E402
import hostile_values  # noqa: E402
import program  # noqa: E402  (tests/program.py)

SHOWN = 5
HEADERS = {
    "If-Match": ['"1"', '"0"', "*", "1", '"99999999999999999999"', 'W/"1"', '"', "\xe4"],
    "If-None-Match": ["*", '"x"', ","],
    "Idempotency-Key": ["a", "b" * 201, " ", "\xe4"],
    "Authorization": ["Bearer x", "Basic Og==", "Bearer", "Bearer " + "a" * 4000],
    "Cookie": ["a=b", "=;=;", "session=" + "x" * 3000],
    "Last-Event-ID": ["1", "-1", "99999999999999999999", "x"],
    "Range": ["bytes=0-0", "bytes=9-1", "bytes=-", "bytes=0-99999999999999999999", "x"],
    "Content-Type": ["text/plain", "application/json; charset=utf-16", "", "a/" * 200,
                     "multipart/form-data; boundary=x", "multipart/form-data"],
    "Tus-Resumable": ["1.0.0", "0.2.1", ""],
    "Upload-Length": ["0", "1", "-1", "50000000001", "99999999999999999999", "x"],
    "Upload-Offset": ["0", "1", "-1", "99999999999999999999", ""],
    "Upload-Metadata": ["filename YS5tcDQ=", "filename !!!!", "filename", ",,,", "a b c"],
    "Upload-Checksum": ["sha1 x", "md5 eA==", "sha256 " + "A" * 44, ""],
    "Expect": ["100-continue"],
    "Origin": ["null", "https://evil.example"],
    "Accept-Encoding": ["gzip", "gzip;q=0", "*"],
}


class Maker:
    """One request after the other for an operation."""

    def __init__(self, service, seed):
        self.service = service
        self.random = random.Random(seed)
        self.values = hostile_values.Values(self.random, service.document)

    def path(self, operation):
        chosen = {}
        for parameter in operation.parameters:
            if parameter["in"] == "path":
                name = parameter["name"]
                value = self.service.value_of(name)
                if self.random.random() < .25:
                    value = self.random.choice(hostile_values.TEXTS
                                               + list(self.service.ids.values()))
                chosen[name] = urllib.parse.quote(value[:2000], safe="", errors="surrogatepass")
        query = [(p["name"], self._query(p["schema"])) for p in operation.parameters
                 if p["in"] == "query" and self.random.random() < .5]
        if self.random.random() < .05:
            query.append(("unknown", "1"))
        if query and self.random.random() < .05:
            query.append(query[0])
        text = document.fill(operation.path, chosen)
        return text + ("?" + urllib.parse.urlencode(query, errors="surrogatepass") if query else "")

    def _query(self, schema):
        if self.random.random() < .5:
            return self.values.fitting(schema)
        return self.random.choice(hostile_values.TEXTS[:2] + hostile_values.TEXTS[3:]
                                  + hostile_values.NUMBERS)

    def headers(self, kind):
        out = {"Content-Type": kind} if kind else {}
        wanted = self.random.randrange(4) if self.random.random() < .6 else 0
        for name in self.random.sample(sorted(HEADERS), wanted):
            out[name] = self.random.choice(HEADERS[name])
        if kind and self.random.random() < .7:
            out["Content-Type"] = kind
        if "tus" in kind if kind else False:
            out.setdefault("Tus-Resumable", "1.0.0")
        return out

    def request(self, operation):
        kind, media = operation.body()
        body = self.values.body(kind, media) if kind or self.random.random() < .1 else None
        return self.path(operation), body, self.headers(kind)


def send(service, operation, path, body, headers):
    """(status, what is wrong or None). Too many requests: the service begins to count anew."""
    for _ in range(2):
        try:
            status, kind, text = service.ask(operation, path, body, headers)
        except TimeoutError:
            return 0, f"no answer in {fixture.PATIENCE_S} s"
        except (OSError, fixture.http.client.HTTPException) as error:
            return 0, None if service.server.runs() and body else f"{error!r}"
        if status != 429:
            break
        service.restart()
    # 501, where the document has it, is what an installation without that outside service answers.
    if status >= 500 and status != 501:
        return status, f"{status}: {text[:300]!r}"
    return status, service.document.problem_of(operation, status, kind, text)


def fuzz(service, operation, count, seed):
    """(statuses, at most SHOWN failures with their requests)"""
    make = Maker(service, f"{seed} {operation.id}")
    statuses, wrong = collections.Counter(), {}
    for number in range(count):
        request = make.request(operation)
        status, problem = send(service, operation, *request)
        statuses[status] += 1
        if problem and problem[:60] not in wrong and len(wrong) < SHOWN:
            path, body, headers = request
            wrong[problem[:60]] = (f"{problem}; request {number}: {operation.method} "
                                   f"{path[:200]} {headers} {(body or b'')[:300]!r}")
        if not service.server.runs():
            wrong["gone"] = f"the service ended after request {number}"
            service.server.start()
        if operation.method == "DELETE" and status == 204:
            service.refresh()
    return statuses, list(wrong.values())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    program.require_program()
    print(f"seed {options.seed}, {options.count} requests a route", flush=True)
    tally, total = program.Tally("fuzz"), collections.Counter()
    with tempfile.TemporaryDirectory() as name:
        service = fixture.Service(pathlib.Path(name))
        for operation in service.document.operations:
            if options.only in operation.id:
                begun = time.monotonic()
                statuses, wrong = fuzz(service, operation, options.count, options.seed)
                total += statuses
                tally.add(operation.id, wrong, time.monotonic() - begun)
        tally.add("stops cleanly", [] if service.stop() == 0 else ["another status"])
    print("answers: " + ", ".join(f"{status} {n} times" for status, n in sorted(total.items())))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
