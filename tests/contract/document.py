"""The API as /openapi.json tells it: operations, values that fit a schema, answers that must."""
import dataclasses
import json
import re

import jsonschema

PROBLEM = "application/problem+json"


@dataclasses.dataclass
class Operation:
    method: str
    path: str         # with {parameters}
    id: str
    about: dict       # the operation object

    @property
    def parameters(self):
        return self.about.get("parameters", [])

    def body(self):
        """(media type, media object) of the request, or (None, {})."""
        content = self.about.get("requestBody", {}).get("content", {})
        return next(iter(content.items()), (None, {}))

    def is_stream(self):
        return any("text/event-stream" in answer.get("content", {})
                   for answer in self.about["responses"].values())


class Document:
    def __init__(self, value):
        self.value = value
        self.operations = [Operation(method.upper(), path, about["operationId"], about)
                           for path, methods in value["paths"].items()
                           for method, about in methods.items()]
        self.by_id = {operation.id: operation for operation in self.operations}
        self.codes = {problem["code"]: problem for problem in value["x-problems"]}

    def resolve(self, schema):
        while "$ref" in schema:
            found = self.value
            for part in schema["$ref"].lstrip("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def misfit(self, schema, value):
        """Why a value does not fit a schema of the document, or None."""
        whole = {**schema, "components": self.value["components"]}
        error = jsonschema.exceptions.best_match(
            jsonschema.Draft202012Validator(whole).iter_errors(value))
        return error and f"{error.json_path}: {error.message[:300]}"

    def problem_of(self, operation, status, content_type, text):
        """What is wrong with an answer, or None. It must be documented: its status, its type, its
        schema, and for a failure its code."""
        answers = operation.about["responses"]
        if str(status) in answers:
            documented = self.resolve(answers[str(status)])
        elif status in (304, 405, 206, 416):
            return None
        else:
            return f"status {status} is not documented: {text[:300]!r}"
        if operation.method == "HEAD" or status == 204:
            return f"a body: {text[:100]!r}" if text else None
        content = documented.get("content", {})
        kind = (content_type or "").split(";")[0].strip()
        if kind not in content and "application/octet-stream" not in content:
            return f"{status} as {kind or 'nothing'}, not {' or '.join(content)}"
        schema = content.get(kind, {}).get("schema")
        if "json" not in kind:
            return None
        try:
            value = json.loads(text)
        except ValueError as error:
            return f"not JSON: {error}"
        if status >= 400:
            known = self.codes.get(value.get("code"))
            if not known or value.get("status") != status:
                return f"not a problem of the list: {value}"
        return schema and self.misfit(schema, value)


def fill(path, values):
    return re.sub(r"\{(\w+)\}", lambda m: values[m[1]], path)
