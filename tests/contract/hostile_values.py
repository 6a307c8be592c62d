"""Values of a JSON Schema, and values that are not; all from one seeded random.Random."""
import json

TEXTS = ["", " ", "a" * 70_000, "\x00", "\u202eevil", "é" * 300, "𝕏", "'; DROP TABLE clips; --",
         "../../etc/passwd", "<script>", "%00", "%2e%2e%2f", "{{7*7}}", "null", "-1", "1e999",
         "\r\nX: y", "\ud7ff", "a/b", "?x", "#", "\\", "\"", "01a206b7b8af7000b9c723268bf4cf34"]
NUMBERS = [0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, -2**63, 2**63, 2**64, 10**400, 1e308, -1e-320,
           0.1, -0.0]
RAW = [b"", b"{", b"[", b"null", b"true", b'"x"', b"[" * 5000, b'{"a":' * 5000, b"\xff\xfe", b"NaN",
       b'{"name":"a","name":"b"}', b'{"name":"\xc3\x28"}', b'{"name":"\\ud800"}', b"{}{}",
       b"1" * 5000, b'{"name":1e99999}', b'{"x_mine":1}', b'{"unknown":1}', b"\x00" * 100]


class Values:
    def __init__(self, random, document):
        self.random, self.document = random, document

    def anything(self, depth=0):
        kind = self.random.randrange(7 if depth < 3 else 5)
        if kind == 5:
            return [self.anything(depth + 1) for _ in range(self.random.randrange(4))]
        if kind == 6:
            return {self.random.choice(TEXTS): self.anything(depth + 1)
                    for _ in range(self.random.randrange(4))}
        return [None, self.random.random() < .5, self.random.choice(NUMBERS),
                self.random.choice(TEXTS), self.random.uniform(-1e6, 1e6)][kind]

    def fitting(self, schema, depth=0):
        """A value that keeps to the schema, mostly near its borders."""
        random, schema = self.random, self.document.resolve(schema)
        if "const" in schema or "enum" in schema:
            return schema.get("const") or random.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "boolean":
            return random.random() < .5
        if kind in ("integer", "number"):
            low, high = schema.get("minimum", 0), schema.get("maximum", 1000)
            value = random.choice([low, high, (low + high) // 2, max(low, min(high, 10))])
            return value if kind == "integer" else random.choice([value, 10.5, 60.0])
        if kind == "string":
            size = random.choice([schema.get("minLength", 1), schema.get("maxLength", 40), 5])
            return random.choice("aZ ä𝕏") * max(schema.get("minLength", 0), min(size, 300))
        if kind == "array":
            most = min(schema.get("maxItems", 3), 3)
            return [self.fitting(schema.get("items", {}), depth + 1)
                    for _ in range(random.randint(min(schema.get("minItems", 0), most), most))]
        if kind != "object" or depth > 6:
            return self.anything(depth)
        if isinstance(schema.get("additionalProperties"), dict):
            return {random.choice(["audio", "video", "x"]):
                    self.fitting(schema["additionalProperties"], depth + 1)}
        required = schema.get("required", [])
        return {name: self.fitting(inner, depth + 1)
                for name, inner in schema.get("properties", {}).items()
                if name in required or random.random() < .5}

    def broken(self, value):
        """`value` with one place changed, removed or added."""
        random = self.random
        if isinstance(value, dict) and value and random.random() < .8:
            name = random.choice(sorted(value))
            out = dict(value)
            how = random.randrange(4)
            if how == 0:
                del out[name]
            elif how == 1:
                out[random.choice(TEXTS)] = self.anything()
            else:
                out[name] = self.broken(value[name])
            return out
        if isinstance(value, list) and value and random.random() < .7:
            at = random.randrange(len(value))
            return value[:at] + [self.broken(value[at])] * random.choice([1, 1, 1000]) + value[at:]
        return self.anything()

    def body(self, kind, media):
        """Bytes for a request that takes this."""
        if kind != "application/json" or self.random.random() < .2:
            return self.random.choice(RAW)
        value = self.fitting(media.get("schema", {}))
        if "example" in media and self.random.random() < .5:
            value = media["example"]
        if self.random.random() < .5:
            value = self.broken(value)
        return json.dumps(value).encode("utf-8", "surrogatepass")
