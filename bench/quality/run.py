#!/usr/bin/python3
"""How much of what matters is in our montages, beside loudness montages of the same length.

  bench/quality/run.py [--program build/release/bin/aiditor] [--footage ../shared/footage]
                       [--out bench/quality/results/plan.md] [--no-curve] [-- PLAN OPTIONS...]

For each video of the footage folder (README.md there: real gameplay with exact events) the program
plans a montage of 10 % of its length. The opponent takes the loudest 4-second stretches of the same
total length, as the folder's evaluate.py builds them. evaluate.py scores both: the share of event
weight inside, of what an oracle reaches with that length. Differences are bootstrapped over videos,
and given with each game left out: nothing was fitted, so that shows what one game carries.
Needs python3-numpy and ffmpeg.
"""
import argparse
import contextlib
import datetime
import importlib.util
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

SHARE = 0.10
ROUNDS = 10_000
ROOT = pathlib.Path(__file__).resolve().parents[2]


def load_evaluator(folder):
    spec = importlib.util.spec_from_file_location("evaluate", folder / "evaluate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_program(program, arguments):
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode:
        sys.exit(f"{program} {' '.join(map(str, arguments))}: {done.stderr.strip()}")


def plan_of(program, video, length_s, work, options):
    """Intervals of the plan in source seconds, and the highlights with their curve."""
    found, plan = work / "highlights.json", work / "plan.json"
    run_program(program, ["detect", video, "-o", found])
    run_program(program, ["plan", found, "--duration", f"{length_s:.3f}", "-o", plan, *options])
    plan = json.loads(plan.read_text())
    second = plan["frame_rate"]["den"] / plan["frame_rate"]["num"]
    clips = [[c["source_start_s"], c["source_start_s"] + c["frames"] * second]
             for c in plan["clips"]]
    return clips, plan, json.loads(found.read_text())["clips"][0]


def loudness_montage(evaluate, video, length_s):
    """The loudest 4-second takes; the last is cut to the asked length."""
    decibels, _ = evaluate.audio_db(str(video))
    takes, left = [], length_s
    for start, end in evaluate.takes(decibels, length_s):
        end = min(end, start + left)
        takes.append([float(start), float(end)])
        left -= end - start
    return takes


def score(evaluate, plans, labels):
    """evaluate.py --plan, as {video: (of oracle, strict)}."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        evaluate.plan_table(plans, labels)
    rows = (line.split() for line in text.getvalue().splitlines())
    return {r[0]: (float(r[2]), float(r[3])) for r in rows if r and r[0] in plans and len(r) == 4}


def game_mean(values, labels, games):
    """Mean over games of the mean over their videos."""
    return np.mean([np.mean([v for n, v in values.items() if labels[n]["game"] == g], axis=0)
                    for g in games], axis=0)


def bootstrap(difference, labels, games):
    """95 % interval of the mean over games; videos are drawn anew within each game, games anew."""
    rng = np.random.default_rng(1)
    by_game = [np.array([d for n, d in difference.items() if labels[n]["game"] == g])
               for g in games]
    means = []
    for _ in range(ROUNDS):
        drawn = [by_game[i] for i in rng.integers(len(by_game), size=len(by_game))]
        means.append(np.mean([v[rng.integers(len(v), size=len(v))].mean(0) for v in drawn], axis=0))
    return np.percentile(means, [2.5, 97.5], axis=0)


def per_second(curve, seconds):
    values = np.array(curve["values"])
    rate = round(curve["rate_hz"])
    whole = np.pad(values, (0, max(0, seconds * rate - len(values))), mode="edge")[:seconds * rate]
    return whole.reshape(seconds, rate).mean(1).tolist()


def curve_table(folder, curves, work):
    """evaluate.py --pred: mean over games of our curve and of loudness."""
    prediction, out = work / "curve.json", work / "curve_scores.json"
    prediction.write_text(json.dumps(curves))
    subprocess.run([sys.executable, folder / "evaluate.py", folder, "--pred", prediction,
                    "--json", out], check=True, stdout=subprocess.DEVNULL)
    scores = json.loads(out.read_text())
    keys = ["AP", "rho", "P5", "W10o", "S60"]
    lines = ["| curve | " + " | ".join(keys) + " |", "|---|" + "---|" * len(keys)]
    for name, label in (("random", "random"), ("loudness (RMS)", "loudness per second"),
                        ("PRED", "**ours**"), ("oracle (truth)", "oracle")):
        means = [np.mean([game[k] for game in scores[name].values()]) for k in keys]
        lines.append(f"| {label} | " + " | ".join(f"{m:.3f}" for m in means) + " |")
    ap = ", ".join(f"{g} {scores['PRED'][g]['AP']:.2f} ({scores['loudness (RMS)'][g]['AP']:.2f})"
                   for g in scores["PRED"])
    return "\n".join(lines) + f"\n\nAP by game, ours (loudness): {ap}."


def plan_report(ours, loud, lengths, labels):
    games = sorted({labels[n]["game"] for n in ours})
    lines = ["| video | game | length | ours | loudness | ours, strict | loudness, strict |",
             "|---|---|---|---|---|---|---|"]
    for n in sorted(ours):
        lines.append(f"| {n} | {labels[n]['game']} | {lengths[n]:.1f} s | {ours[n][0]:.3f} | "
                     f"{loud[n][0]:.3f} | {ours[n][1]:.3f} | {loud[n][1]:.3f} |")
    a, b = game_mean(ours, labels, games), game_mean(loud, labels, games)
    lines.append(f"| **mean over games** | | | **{a[0]:.3f}** | {b[0]:.3f} | **{a[1]:.3f}** | "
                 f"{b[1]:.3f} |")
    difference = {n: np.subtract(ours[n], loud[n]) for n in ours}
    mean, (low, high) = game_mean(difference, labels, games), bootstrap(difference, labels, games)
    lines.append("")
    for i, what in enumerate(("of oracle", "strict")):
        lines.append(f"* Difference, {what}: {mean[i]:+.3f}, 95 % interval {low[i]:+.3f} to "
                     f"{high[i]:+.3f} (bootstrap over games and videos).")
    left_out = ", ".join(
        f"without {g} {game_mean(difference, labels, [h for h in games if h != g])[0]:+.3f}"
        for g in games)
    lines.append(f"* Difference of oracle share with one game left out: {left_out}.")
    return "\n".join(lines)


def version_line(program):
    def first(command):
        try:
            return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  text=True, cwd=ROOT).stdout.splitlines()[0]
        except (OSError, IndexError):
            return "unknown"
    commit = first(["git", "rev-parse", "--short=10", "HEAD"])
    return (f"{first([program, '--version'])}, commit {commit}; "
            f"{first(['ffmpeg', '-version']).split(' Copyright')[0]}; numpy {np.__version__}")


def main():
    own = sys.argv[1:]
    options = own[own.index("--") + 1:] if "--" in own else []
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/aiditor"))
    parser.add_argument("--footage", type=pathlib.Path, default=ROOT.parent / "shared/footage")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "bench/quality/results/plan.md")
    parser.add_argument("--no-curve", action="store_true", help="leave evaluate.py --pred out")
    arguments = parser.parse_args(own[:own.index("--")] if "--" in own else own)
    evaluate = load_evaluator(arguments.footage)
    labels = {p.stem: json.loads(p.read_text()) for p in sorted(arguments.footage.glob("*.json"))
              if p.with_suffix(".mp4").exists()}
    plans, loudness, lengths, curves, detector, filled = {}, {}, {}, {}, "", 0.0
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for name, label in labels.items():
            video = arguments.footage / f"{name}.mp4"
            clips, plan, found = plan_of(arguments.program, video, SHARE * label["duration"], work,
                                         options)
            plans[name], filled = clips, filled + plan["filled_s"]
            lengths[name] = sum(end - start for start, end in clips)
            loudness[name] = loudness_montage(evaluate, video, lengths[name])
            curves[name] = per_second(found["curve"], len(label["per_second"]))
            print(f"{name}: {len(found['highlights'])} highlights, {len(clips)} clips", flush=True)
        ours, loud = score(evaluate, plans, labels), score(evaluate, loudness, labels)
        curve = "" if arguments.no_curve else curve_table(arguments.footage, curves, work)
    shown = "bench/quality/run.py" + (" -- " + " ".join(options) if options else "")
    text = f"""# Montages beside loudness montages of the same length

Made by `{shown}` on {datetime.date.today()} with {version_line(arguments.program)}.

{len(labels)} videos, {sum(l['duration'] for l in labels.values()) / 60:.1f} min; montages of
10 % of each video, {filled:.1f} s of filler in all. Numbers are event weight inside, as a share of
what an oracle reaches with the same length; strict asks for 1.5 s before and 1 s after each event.

{plan_report(ours, loud, lengths, labels)}
"""
    if curve:
        text += f"\n## The curve alone\n\n`evaluate.py --pred`, mean over games:\n\n{curve}\n"
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text)
    print(text)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
