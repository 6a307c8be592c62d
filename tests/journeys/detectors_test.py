#!/usr/bin/python3
"""Which detector is used: option, environment, settings file; and what is said about a model that
cannot be used."""
import hashlib
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402

CLIP = program.ROOT / "samples" / "freedoom_1_ambush.mp4"
NETWORK = program.ROOT / "tests" / "models" / "sums.onnx"


def write_model(folder):
    """A whole model; the path of its manifest."""
    folder.mkdir()
    bytes_of = NETWORK.read_bytes()
    (folder / "net.onnx").write_bytes(bytes_of)
    manifest = folder / "model.json"
    manifest.write_text(json.dumps({
        "schema": "aiditor.detector_model/1", "name": "test/1", "file": "net.onnx",
        "sha256": hashlib.sha256(bytes_of).hexdigest(), "width": 3, "least": 15, "least_fall": 5,
        "groups": [{"group": "attack", "kind": "burst", "unit": 10,
                    "channels": ["burst", "audio.flux_db@1"]},
                   {"group": "stream", "kind": "motion", "unit": 1,
                    "channels": ["packet.size_log2bytes@1"]}]}))
    return manifest


def check(tally, name, done, status=program.OK, detector=None, says=None, silent=False):
    problems = [] if done.status == status else [f"ended with {done.status}: {done.err[-300:]!r}"]
    if bug := done.shows_bug():
        problems.append(bug)
    if detector and done.status == program.OK:
        used = json.loads(done.out)["detector"]
        if used != detector:
            problems.append(f"used {used}, not {detector}")
    if says and says not in done.err:
        problems.append(f"did not say {says!r}: {done.err[-300:]!r}")
    if silent and "model" in done.err:
        problems.append(f"said: {done.err[-300:]!r}")
    tally.add(name, problems, done.seconds)
    return done


class Detect:
    """Runs detect on what was measured; keywords are AIDITOR_ variables."""

    def __init__(self, cues):
        self.cues = cues

    def __call__(self, *more, **variables):
        named = {f"AIDITOR_{name}": str(value) for name, value in variables.items()}
        return program.run(["detect", self.cues, *more], variables=named)


def check_choice(tally, detect, model, folder):
    settings = folder / "aiditor.toml"
    settings.write_text('detector = "model"\nmodel = "model/model.json"\n')
    check(tally, "nothing said: the rules", detect(), detector="rules/1", silent=True)
    check(tally, "AIDITOR_DETECTOR", detect(DETECTOR="model", MODEL=model), detector="test/1")
    check(tally, "auto takes the model that is there", detect(DETECTOR="auto", MODEL=model),
          detector="test/1", silent=True)
    check(tally, "auto without the model that was named",
          detect("--detector", "auto", MODEL=folder / "none.json"), detector="rules/1",
          says="none.json")
    check(tally, "the settings file", detect(CONFIG=settings), detector="test/1")
    check(tally, "the environment stands above the file",
          detect(CONFIG=settings, DETECTOR="rules"), detector="rules/1")
    check(tally, "the option stands above the environment",
          detect("--detector", "rules", CONFIG=settings, DETECTOR="model"), detector="rules/1")
    first, second = (detect(CONFIG=settings).out for _ in range(2))
    tally.add("the model says the same twice", [] if first == second else ["it does not"])


def check_problems(tally, detect, model, folder):
    check(tally, "a model that is missing: the rules, and a note",
          detect("--detector", "model", MODEL=folder / "none.json"), detector="rules/1",
          says="none.json: no such file")
    broken = write_model(folder / "broken")
    (broken.parent / "net.onnx").write_bytes(NETWORK.read_bytes()[:100])
    for choice in ("model", "auto"):
        check(tally, f"a broken model, --detector {choice}: the rules, and a note",
              detect("--detector", choice, MODEL=broken), detector="rules/1", says="SHA-256")
    check(tally, "an unknown detector", detect("--detector", "magic"), program.USAGE,
          says="rules, model, auto")
    check(tally, "an unknown detector in the environment", detect(DETECTOR="magic"), program.USAGE,
          says="AIDITOR_DETECTOR")
    wrong = folder / "wrong.toml"
    wrong.write_text('detector = "rules"\ndetektor = "model"\n')
    check(tally, "an unknown key in the settings", detect(CONFIG=wrong), program.USAGE,
          says="wrong.toml: line 2: `detektor`")
    check(tally, "settings that are missing", detect(CONFIG=folder / "none.toml"), program.USAGE,
          says="none.toml")
    done = program.run(["doctor"], variables={"AIDITOR_DETECTOR": "model",
                                              "AIDITOR_MODEL": str(broken)})
    wanted = ("rules/1 (model, by AIDITOR_DETECTOR)", "SHA-256")
    tally.add("doctor says which detector and why",
              [f"did not say {text!r}" for text in wanted if text not in done.out])
    done = program.run(["doctor", "--json"], variables={"AIDITOR_DETECTOR": "model",
                                                        "AIDITOR_MODEL": str(model)})
    tally.add("also as JSON", [] if done.status == program.OK and json.loads(
        done.out)["detector"]["name"] == "test/1" else [done.err[-300:] + done.out[-300:]])


def main():
    program.require_program()
    tally = program.Tally("detectors")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        cues = folder / "cues.json"
        done = program.run(["analyse", CLIP, "-o", cues])
        check(tally, "analyse", done)
        model = write_model(folder / "model")
        check_choice(tally, Detect(cues), model, folder)
        check_problems(tally, Detect(cues), model, folder)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
