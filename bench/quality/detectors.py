"""What the real program says about videos. Its answers are kept until the program, the model or the
video changes, so that a second run is quick and a stopped one goes on where it was."""
import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np

KEPT_BUILDS = 3
BATCH = 20
MODEL_PARTS = (".json", ".onnx")


def file_hash(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(path, value):
    """All of it or nothing."""
    fresh = path.with_suffix(f".{os.getpid()}.new")
    fresh.write_text(json.dumps(value))
    fresh.rename(path)


@dataclasses.dataclass(frozen=True)
class Detector:
    """One column of the tables. `models` is a folder of fold models, or None for the rule."""
    name: str
    models: pathlib.Path | None = None

    def model(self, fold):
        """The model file of a fold: the name of the game it has not seen, or `maps`."""
        return self.models / f"{fold}.json" if self.models else None

    def has(self, fold):
        return self.models is None or self.model(fold).exists()


class Program:
    def __init__(self, path, work):
        self.path = pathlib.Path(path).resolve()
        media = self.path.parent / "aiditor-media"
        for needed in (self.path, media):
            if not needed.exists():
                sys.exit(f"{needed} is missing: build it (tools/build release) or name another "
                         "with --program.")
        build = hashlib.sha256((file_hash(self.path) + file_hash(media)).encode()).hexdigest()
        self.own_cache = work / "program"  # measurements of clips, kept by the program itself
        self.answers = work / "answers" / build[:16]
        self.answers.mkdir(parents=True, exist_ok=True)
        os.utime(self.answers)
        builds = sorted(self.answers.parent.iterdir(), key=lambda p: p.stat().st_mtime)
        for old in builds[:-KEPT_BUILDS]:
            shutil.rmtree(old)

    def _run(self, arguments, model=None):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("AIDITOR_")}
        environment |= {"AIDITOR_CACHE": str(self.own_cache), "XDG_CONFIG_HOME": "/nonexistent"}
        if model:
            environment["AIDITOR_MODEL"] = str(model)
        command = [self.path, *map(str, arguments)]
        done = subprocess.run(command, text=True, capture_output=True, env=environment,
                              stdin=subprocess.DEVNULL)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")

    def _kept(self, question):
        """Where the answer to a question is; it holds all that the answer depends on."""
        key = hashlib.sha256(json.dumps(question).encode()).hexdigest()[:24]
        return self.answers / f"{key}.json"

    def _kept_found(self, paths, detector, fold, without):
        model = detector.model(fold)
        question = ["detect", detector.name, without]
        question += [file_hash(model.with_suffix(part)) for part in MODEL_PARTS
                     if model and model.with_suffix(part).exists()]
        for path in paths:
            state = path.stat()
            question.append([str(path), state.st_size, state.st_mtime_ns])
        return self._kept(question)

    def _detect(self, paths, detector, fold, without):
        """What the program writes about a set of clips."""
        options = ["--detector", detector.name]
        if without:
            options += ["--weight", f"{without}=0"]
        fresh = self.answers / f"{os.getpid()}.new"
        self._run(["detect", *paths, *options, "-o", fresh], detector.model(fold))
        found = json.loads(fresh.read_text())
        fresh.unlink()
        if found["detector"].split("/")[0] != detector.name:
            sys.exit(f"{self.path} judged by {found['detector']}, not by {detector.name}: is "
                     f"{detector.model(fold)} a model it can read?")
        if [clip["file"] for clip in found["clips"]] != list(map(str, paths)):
            sys.exit(f"{self.path} did not judge all of {', '.join(map(str, paths))}.")
        return found

    def detect(self, paths, detector, fold, without=None):
        """Highlights of a set of clips, as JSON, and the file that holds them. `without` names a
        cue group that shall count nothing."""
        kept = self._kept_found(paths, detector, fold, without)
        if not kept.exists():
            write(kept, self._detect(paths, detector, fold, without))
        return json.loads(kept.read_text())["clips"], kept

    def detect_each(self, paths, detector, fold, without=None):
        """Makes sure that detect() of each single path is known: many at once are quicker. Only for
        recordings of 90 s or more, which are judged by themselves whatever lies beside them."""
        missing = [path for path in paths
                   if not self._kept_found([path], detector, fold, without).exists()]
        for start in range(0, len(missing), BATCH):
            batch = missing[start:start + BATCH]
            found = self._detect(batch, detector, fold, without)
            for path, clip in zip(batch, found["clips"]):
                write(self._kept_found([path], detector, fold, without), found | {"clips": [clip]})
            print(f"{detector.name}{f' without {without}' if without else ''}: judged "
                  f"{start + len(batch)} of {len(missing)}", file=sys.stderr, flush=True)

    def plan(self, kept, length_s, options=()):
        """(clips as [start, end] in source seconds, filled seconds) of a montage."""
        question = ["plan", kept.name, f"{length_s:.3f}", list(options)]
        answer = self._kept(question)
        if not answer.exists():
            fresh = self.answers / f"{os.getpid()}.new"
            self._run(["plan", kept, "--duration", f"{length_s:.3f}", *options, "-o", fresh])
            fresh.rename(answer)
        plan = json.loads(answer.read_text())
        frame_s = plan["frame_rate"]["den"] / plan["frame_rate"]["num"]
        return [[c["source_start_s"], c["source_start_s"] + c["frames"] * frame_s]
                for c in plan["clips"]], plan["filled_s"]

    def version(self):
        return subprocess.run([self.path, "--version"], text=True, check=True,
                              stdout=subprocess.PIPE).stdout.split("\n")[0]


def per_second(curve, seconds):
    """Means of the curve's samples in each second; a missing end repeats the lowest."""
    values, rate = np.array(curve["values"]), round(curve["rate_hz"])
    whole = min(len(values) // rate, seconds)
    means = values[:whole * rate].reshape(whole, rate).mean(1)
    lowest = means.min() if whole else 0.0
    return np.concatenate([means, np.full(seconds - whole, lowest)])
