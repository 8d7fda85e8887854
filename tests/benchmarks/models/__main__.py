"""Check models that nobody here wrote: ``python -m tests.benchmarks.models [NAME ...]``.

Every model is checked by the command that a user types, in a process of its own. A
result is kept in ``reports/models/NAME.json``; models with one are not checked again
unless they are named. The table is ``reports/models.md``, and ``reports/models.csv``.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec

from compare import load_run
from compare.machine import processor_name
from compare.results.card import Card, Judgement, ModeCard, build_cards
from tests.benchmarks.models.targets import MAX_LINES, MODELS, Model

ROOT = Path(__file__).parents[3]
REPORTS = ROOT / "reports"
RESULTS = REPORTS / "models"
ALLOWED_S = 180  # of processor time of both cores
LIMIT_S = 1200  # of real time, which other work on the machine lengthens


def check_model(model: Model) -> dict[str, Any]:
    """Check one model, and return what its card holds."""
    folder = RESULTS / model.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lines = [line for line in model.lines if line.strip()]
    if len(lines) > MAX_LINES:
        raise ValueError(f"{model.name}: at most {MAX_LINES} lines; has {len(lines)}")
    (folder / "model.py").write_text("\n".join(model.lines) + "\n")
    typed = ["check", model.target, *model.options]
    command = [sys.executable, "-m", "compare", *typed, "--out", "run"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    load, cpu, start = os.getloadavg()[0], used_s(), perf_counter()
    with (folder / "output.txt").open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output
        )
        try:
            code = process.wait(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            process.terminate()
            code = process.wait()
    result: dict[str, Any] = {
        "name": model.name,
        "command": "graph-compare " + " ".join(typed),
        "lines": list(model.lines),
        "exit": code,
        "wall_s": perf_counter() - start,
        "cpu_s": used_s() - cpu,
        "load": load,
        "revision": read_revision(),
    }
    last = (folder / "output.txt").read_text().strip().splitlines()[-12:]
    try:
        run = load_run(folder / "run")
        result["machine"] = run.record.environment
        result["card"] = msgspec.to_builtins(build_cards(run)[0])
        result["notes"] = [
            f"{n.variant} {n.kind}: {n.reason}" for n in run.record.notes
        ]
    except Exception as error:  # noqa: BLE001 - the reason is part of the table
        result["failure"] = f"{type(error).__name__}: {error}. " + " ".join(last)
    return result


def used_s() -> float:
    """Return the processor time of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def read_revision() -> str:
    """Return the commit that was run."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def list_gaps(result: dict[str, Any]) -> list[str]:
    """Return the questions of a card that have no answer, with the reasons."""
    if "card" not in result:
        return [result["failure"]]
    card = msgspec.convert(result["card"], Card)
    gaps = []
    run = [mode for mode in card.modes if mode.status == "ok"]
    if len(run) < 2:
        gaps.append("no mode but eager was run")
    for mode in run:
        gaps += [f"{mode.variant}: {gap}" for gap in _list_mode_gaps(mode, card)]
    gaps += [
        f"{mode.variant}: {mode.status}: {mode.reason}"
        for mode in card.modes
        if mode.status not in ("ok", "not run")
    ]
    return gaps


def _list_mode_gaps(mode: ModeCard, card: Card) -> list[str]:
    gaps = []
    if mode.agreement.judgement in (Judgement.NOT_CHECKED, Judgement.WRONG):
        gaps.append(f"{mode.agreement.judgement} {mode.agreement.first_difference}")
    if mode.speed is None:
        gaps.append("not timed")
    elif mode.variant != card.baseline:
        is_known = mode.speed.never_pays_back or mode.speed.pays_back_steps is not None
        if not is_known:
            gaps.append("no break-even")
    if not mode.sizes:
        gaps.append("no other sizes")
    return gaps


def write_table(results: list[dict[str, Any]]) -> None:
    """Write the tables of all results."""
    full = [r for r in results if not list_gaps(r)]
    lines = [
        "# Models that nobody here wrote",
        "",
        f"{len(full)} of {len(results)} models have a full card: captured, agreement, "
        "speed, break-even and stability are known for every mode that can run them.",
        "",
        f"Machine: {processor_name()}, {os.cpu_count()} cores. Each model was checked by the "
        "command in the table; one worker has one thread. Load is the average of the "
        "minute before a check: above 1, other programs used the machine, and times "
        "and ratios are not representative. Processor seconds are those of all "
        "processes of a check: on two idle cores a check takes at most so long.",
        "",
        "| Model | CPU s | Wall s | Load | Full card | Modes |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['name']} | {r['cpu_s']:.0f} | {r['wall_s']:.0f} | {r['load']:.1f} | "
        f"{'no' if list_gaps(r) else 'yes'} | {describe_modes(r)} |"
        for r in results
    ]
    for r in results:
        lines += ["", f"## {r['name']}", "", "```", r["command"]]
        lines += [line for line in r["lines"] if line]
        lines += ["```", ""]
        if "card" in r:
            models = msgspec.convert(r["card"], Card).models
            lines += [
                f"Inputs: {', '.join(m.inputs)} ({m.found_by or 'stated'})."
                for m in models
            ]
            lines += ["", *table_of_modes(r)]
        lines += [f"- Missing: {gap}" for gap in list_gaps(r)]
        lines += [f"- {note}" for note in r.get("notes", ())]
    (REPORTS / "models.md").write_text("\n".join(lines) + "\n")
    with (REPORTS / "models.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(FIELDS))
        writer.writeheader()
        for r in results:
            writer.writerows(list_rows(r))


FIELDS = (
    "model", "variant", "status", "captured", "judgement", "at", "largest_share",
    "ratio", "low", "high", "pays_back_steps", "never_pays_back", "sizes_agree",
    "sizes_captured", "cpu_s", "wall_s", "load", "reason",
)  # fmt: skip


def list_rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row per mode."""
    shared = {n: round(result[n], 1) for n in ("cpu_s", "wall_s", "load")}
    shared["model"] = result["name"]
    if "card" not in result:
        return [{**shared, "status": "failed", "reason": result["failure"]}]
    card = msgspec.convert(result["card"], Card)
    rows = []
    for mode in card.modes:
        speed = mode.speed
        rows.append(
            {
                **shared,
                "variant": mode.variant,
                "status": mode.status,
                "captured": mode.capture.captured,
                "judgement": str(mode.agreement.judgement),
                "at": mode.agreement.at,
                "largest_share": mode.agreement.largest_share,
                "ratio": speed and speed.ratio,
                "low": speed and speed.low,
                "high": speed and speed.high,
                "pays_back_steps": speed and speed.pays_back_steps,
                "never_pays_back": speed and speed.never_pays_back,
                "sizes_agree": all(s.agrees is not False for s in mode.sizes),
                "sizes_captured": sum(s.captures for s in mode.sizes),
                "reason": mode.reason or mode.agreement.first_difference,
            }
        )
    return rows


def describe_modes(result: dict[str, Any]) -> str:
    """Return what became of every mode, in a few words."""
    rows = list_rows(result)
    return (
        "; ".join(
            f"{row.get('variant', '')} {row['judgement'] if row['status'] == 'ok' else row['status']}"
            for row in rows
        )
        if "card" in result
        else "failed"
    )


def table_of_modes(result: dict[str, Any]) -> list[str]:
    """Return a Markdown table of the modes of a model."""
    lines = [
        "| Mode | Captured | Agreement | Ratio | Pays back | Other sizes | Reason |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in list_rows(result):
        ratio = f"{row['ratio']:.2f}" if row["ratio"] else "–"
        if row["low"] and row["high"]:
            ratio += f" ({row['low']:.2f}–{row['high']:.2f})"
        steps = row["pays_back_steps"]
        pays = (
            "never"
            if row["never_pays_back"]
            else "–"
            if steps is None
            else f"{steps:,.0f} steps"
        )
        sizes = "agree" if row["sizes_agree"] else "differ"
        if row["sizes_captured"]:
            sizes += f", captured {row['sizes_captured']} times again"
        judged = row["judgement"] if row["status"] == "ok" else row["status"]
        reason = row["reason"].replace("|", "\\|")
        lines.append(
            f"| {row['variant']} | {row['captured']} | {judged} | {ratio} | {pays} | "
            f"{sizes} | {reason} |"
        )
    return lines


def main() -> None:
    """Check what has no result yet or is named, and write the tables."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    names = sys.argv[1:]
    if unknown := set(names) - {model.name for model in MODELS} - {"--table"}:
        sys.exit(f"expected names of models; received {', '.join(sorted(unknown))}")
    for model in MODELS:
        path = RESULTS / f"{model.name}.json"
        if model.name in names or not (names or path.exists()):
            result = check_model(model)
            path.write_text(json.dumps(result, indent=1))
            print(
                model.name,
                f"{result['wall_s']:.0f} s",
                describe_modes(result),
                flush=True,
            )
    paths = [RESULTS / f"{model.name}.json" for model in MODELS]
    write_table([json.loads(path.read_text()) for path in paths if path.exists()])


if __name__ == "__main__":
    main()
