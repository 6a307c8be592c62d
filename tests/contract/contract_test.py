#!/usr/bin/python3
"""The contract of the API: docs/api/openapi.json is what the binary says at /openapi.json, and the
types of the TypeScript client are made of it. Says of each difference whether it breaks clients.

  tests/contract/contract_test.py             fails when they differ
  tests/contract/contract_test.py --update    writes both files
"""
import json
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "web"), str(HERE)]
import node  # noqa: E402  (tests/web/node.py)
import program  # noqa: E402  (tests/program.py)
import service_client  # noqa: E402  (tests/service_client.py)

CONTRACT = ROOT / "docs" / "api" / "openapi.json"
TYPES = ROOT / "web" / "client" / "schema.d.ts"
UPDATE = "run tests/contract/contract_test.py --update"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch"}


def text_of(value):
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


class Changes:
    """Differences between two documents, each with whether a client of the old one breaks."""

    def __init__(self, old, new):
        self.old, self.new, self.breaking, self.others = old, new, [], []
        self._paths()
        self._schemas()

    def _paths(self):
        olds, news = self.old["paths"], self.new["paths"]
        for path in sorted(olds.keys() | news.keys()):
            for method in sorted((olds.get(path, {}).keys() | news.get(path, {}).keys())
                                 & METHODS):
                name = f"{method.upper()} {path}"
                before, after = olds.get(path, {}).get(method), news.get(path, {}).get(method)
                if after is None:
                    self.breaking.append(f"{name} is gone")
                elif before is None:
                    self.others.append(f"{name} is new")
                elif before != after:
                    self._operation(name, before, after)

    def _operation(self, name, before, after):
        self.others.append(f"{name} changed")
        if before["operationId"] != after["operationId"]:
            self.breaking.append(f"{name} has another operationId")
        olds = {(p["in"], p["name"]): p for p in before.get("parameters", [])}
        news = {(p["in"], p["name"]): p for p in after.get("parameters", [])}
        for key in olds.keys() - news.keys():
            self.breaking.append(f"{name}: the parameter {key[1]} is gone")
        for key, parameter in news.items():
            if parameter.get("required") and not olds.get(key, {}).get("required"):
                self.breaking.append(f"{name}: the parameter {key[1]} is required now")
            if key in olds:
                self._narrowed(f"{name}: {key[1]}", olds[key]["schema"], parameter["schema"])
        self._bodies(name, before, after)
        for status in before["responses"].keys() - after["responses"].keys():
            if status < "400":
                self.breaking.append(f"{name}: the answer {status} is gone")
        if after["security"] and not before["security"]:
            self.breaking.append(f"{name}: is no longer open to everybody")

    def _bodies(self, name, before, after):
        old, new = before.get("requestBody", {}), after.get("requestBody", {})
        if new.get("required") and not old.get("required"):
            self.breaking.append(f"{name}: a body is required now")
        for kind in old.get("content", {}).keys() - new.get("content", {}).keys():
            self.breaking.append(f"{name}: takes no {kind} any more")
        for status in before["responses"].keys() & after["responses"].keys():
            olds = before["responses"][status].get("content", {})
            for kind in olds.keys() - after["responses"][status].get("content", {}).keys():
                self.breaking.append(f"{name}: {status} is no {kind} any more")

    def _used(self, document, place):
        """Names of the schemas that requests (or answers) of a document hold."""
        found, waiting = set(), []

        def walk(value):
            if isinstance(value, dict):
                if "schemas/" in str(value.get("$ref", "")):
                    waiting.append(value["$ref"].rsplit("/", 1)[1])
                for inner in value.values():
                    walk(inner)
            elif isinstance(value, list):
                for inner in value:
                    walk(inner)

        for methods in document["paths"].values():
            for operation in methods.values():
                walk(operation.get(place, {}))
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                walk(document["components"]["schemas"].get(name, {}))
        return found

    def _schemas(self):
        olds, news = (d["components"]["schemas"] for d in (self.old, self.new))
        sent, answered = self._used(self.new, "requestBody"), self._used(self.new, "responses")
        for name in sorted(olds.keys() | news.keys()):
            before, after = olds.get(name), news.get(name)
            if before == after:
                continue
            self.others.append(f"type {name} {'is new' if before is None else 'changed'}")
            if before is not None and after is not None:
                self._type(name, before, after, name in sent, name in answered)

    def _type(self, name, before, after, sent, answered):
        olds, news = before.get("properties", {}), after.get("properties", {})
        for field in sorted(olds.keys() - news.keys()):
            self.breaking.append(f"{name}.{field} is gone")
        for field in sorted(olds.keys() & news.keys()):
            self._narrowed(f"{name}.{field}", olds[field], news[field], sent)
        was, is_now = set(before.get("required", [])), set(after.get("required", []))
        if sent:
            for field in sorted(is_now - was):
                self.breaking.append(f"{name}.{field} is required in requests now")
        if answered:
            for field in sorted((was - is_now) & news.keys()):
                self.breaking.append(f"{name}.{field} may be missing in answers now")
        self._narrowed(name, before, after, sent)

    def _narrowed(self, name, before, after, sent=True):
        if (before.get("type"), before.get("$ref")) != (after.get("type"), after.get("$ref")):
            self.breaking.append(f"{name} has another type")
        gone = set(before.get("enum", [])) - set(after.get("enum", []))
        if gone and "enum" in after:
            self.breaking.append(f"{name}: no longer takes {', '.join(sorted(gone))}")
        for low, sign in (("minimum", 1), ("minLength", 1), ("minItems", 1),
                          ("maximum", -1), ("maxLength", -1), ("maxItems", -1)):
            old, new = before.get(low), after.get(low)
            if sent and new is not None and (old is None or (new - old) * sign > 0):
                self.breaking.append(f"{name}: {low} is {new} now")


def self_test(tally, document):
    """Each kind of break is made on purpose and must be named."""
    def broken(name, wanted, change):
        other = json.loads(json.dumps(document))
        change(other)
        found = Changes(document, other).breaking
        tally.add(f"a break is named: {name}",
                  [] if any(wanted in text for text in found) else [f"found {found}"])

    projects = "/api/v1/workspaces/{workspace_id}/projects"
    broken("a removed route", f"GET {projects} is gone", lambda d: d["paths"][projects].pop("get"))
    broken("a new required field", "ProjectDraft.wishes is required",
           lambda d: d["components"]["schemas"]["ProjectDraft"].setdefault(
               "required", []).append("wishes"))
    broken("a removed field", "Project.name is gone",
           lambda d: d["components"]["schemas"]["Project"]["properties"].pop("name"))
    broken("a new required parameter", "the parameter page is required",
           lambda d: d["paths"][projects]["get"]["parameters"].append(
               {"name": "page", "in": "query", "required": True, "schema": {"type": "string"}}))
    broken("a lower limit", "limit: maximum is 10",
           lambda d: next(p for p in d["paths"][projects]["get"]["parameters"]
                          if p["name"] == "limit")["schema"].update(maximum=10))
    broken("another type", "Project.name has another type",
           lambda d: d["components"]["schemas"]["Project"]["properties"]["name"].update(
               type="integer"))
    added = json.loads(json.dumps(document))
    added["paths"]["/api/v1/new"] = {"get": {"operationId": "new", "security": [],
                                             "responses": {}}}
    changes = Changes(document, added)
    tally.add("what is new breaks nobody", [f"{changes.breaking}"] if changes.breaking else [])


def made_types(contract):
    """What openapi-typescript makes of the file."""
    with tempfile.TemporaryDirectory() as name:
        out = pathlib.Path(name) / "schema.d.ts"
        if node.run("node_modules/openapi-typescript/bin/cli.js", contract, "-o", out,
                    "--root-types", "--root-types-no-schema-prefix", "--alphabetize",
                    capture_output=True):
            raise RuntimeError("openapi-typescript failed")
        return out.read_text()


def main():
    program.require_program()
    node.install()
    tally = program.Tally("contract")
    with tempfile.TemporaryDirectory() as name, \
            service_client.Server(pathlib.Path(name)) as server:
        document = server.json("GET", "/openapi.json")
    kept = json.loads(CONTRACT.read_text()) if CONTRACT.exists() else document
    changes = Changes(kept, document)
    told = [f"BREAKS: {text}" for text in changes.breaking] + changes.others
    if "--update" in sys.argv:
        CONTRACT.write_text(text_of(document))
        TYPES.write_text(made_types(CONTRACT))
        print("\n".join(told) or "nothing changed")
        return 0
    tally.add("docs/api/openapi.json is what the binary says",
              [] if CONTRACT.exists() and kept == document else [*told[:40], UPDATE])
    tally.add("the types of the client are made of it",
              [] if TYPES.exists() and TYPES.read_text() == made_types(CONTRACT) else [UPDATE])
    self_test(tally, document)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
