"""Check planted defects and random correct models, with this check and other tools.

``python -m tests.benchmarks.planted_targets`` takes about half an hour on two cores.
What was checked is kept in ``.cache/planted_targets``, so that it can be resumed. It
writes ``reports/other_checks.md`` and ``reports/other_checks.csv``.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter

from compare.machine import available_cores, processor_name
from tests.planted.targets.defects import DEFECTS
from tests.planted.targets.reading import (
    find_detection,
    is_gradient_wrong,
    list_alarms,
    name_first,
)
from tests.planted.targets.running import (
    COMPILED,
    COMPILED_SUFFIX,
    ROOT,
    describe_compiled,
    describe_defect,
    describe_sound,
    read_results,
    start_checking,
)

KEPT = ROOT / ".cache" / "planted_targets"
REPORT, TABLE = (ROOT / "reports" / f"other_checks.{kind}" for kind in ("md", "csv"))
MODELS = {"torch": 40, "tf": 30}
TOOLS = {
    "torch": ("pytest-torch", "assert_close", "dynamo same"),
    "tf": ("assert_allclose", "assertAllClose"),
}
TITLES = {
    "pytest-torch": "pytest-torch 1.1.1 (outputs; 1e-4 compile, 1e-5 TorchScript)",
    "assert_close": "torch.testing.assert_close (outputs, loss, gradients)",
    "dynamo same": "torch._dynamo.utils.same (outputs, loss, gradients)",
    "assert_allclose": "numpy.testing.assert_allclose (outputs, loss, gradients; 1e-7)",
    "assertAllClose": "tf.test assertAllClose (outputs, loss, gradients; 1e-6)",
}
OWN = "graph-compare check"
NOTES = (
    "Some defects change no tensor of the checked batches: the capture, or the "
    "result on another batch size, is wrong. For these, no first layer is the "
    "right one.",
    "A tool compares float32 results of a mode with those of eager, in the "
    "first step. A defect in eager itself has nothing to be compared with: a "
    "miss. Updates, later steps and captures are outside what these tools "
    "compare. The tolerances of pytest-torch are applied with assert_close, to "
    "outputs in inference, as its source does.",
)


def check_everything():
    """Check every defect and every correct model that has no result yet."""
    models = KEPT / "models"
    models.mkdir(parents=True, exist_ok=True)
    started = []
    for framework, count in MODELS.items():
        planted = [describe_defect(defect) for defect in DEFECTS[framework]]
        sound = [describe_sound(framework, n, folder=models) for n in range(count)]
        kinds = {"planted": planted, "sound": sound}
        if framework == "torch":
            kinds["compiled"] = [
                describe_compiled(n, folder=models) for n in range(COMPILED)
            ]
        for kind, cases in kinds.items():
            started.append(
                start_checking(
                    framework,
                    cases,
                    results=KEPT / f"{kind}-{framework}.jsonl",
                    log=KEPT / f"{kind}-{framework}.log",
                )
            )
    for process in started:
        process.wait()


def read_everything(kind):
    """Return the rows of each case, by framework and name."""
    return {f: read_results(KEPT / f"{kind}-{f}.jsonl") for f in MODELS}


def list_planted(found):
    """Yield a row of the table for each defect that was checked."""
    for framework, defects in DEFECTS.items():
        for defect in defects:
            rows = found[framework].get(defect.name)
            if rows is None:
                continue
            own = next((r for r in rows if r["mode"] == defect.mode), {})
            others = own.get("others", {})
            yield {
                "kind": "planted",
                "framework": framework,
                "case": defect.name,
                "mode": defect.mode,
                OWN: " and ".join(find_detection(defect, rows)),
                "first layer": name_first(defect, rows),
                "expected first layer": defect.first,
                # None: the tool has nothing to compare a mode of eager with.
                **{tool: found_by(others, tool) for tool in TOOLS[framework]},
            }


SLOPE = (
    "LeakyReLU(0.1) in TorchScript: the derivative in the optimized graph takes the "
    "slope from a float32 tensor, so that float64 gradients are wrong by 1.5e-8"
)
RECURRENT = "recurrent layers under torch.compile: Dynamo leaves its graph there"


def explain_finding(name, row):
    """Return what PyTorch itself does in a random model; empty if nothing."""
    if row["framework"] != "torch":
        return ""
    source = (KEPT / "models" / f"torch_{name.split('-')[1]}.py").read_text()
    body = source.partition("def model")[2]
    if row["mode"] == "script" and "LeakyReLU(0.1)" in body:
        return SLOPE
    recurrent = any(layer in body for layer in ("nn.GRU(", "nn.LSTM(", "nn.RNN("))
    return RECURRENT if recurrent and "compile" in row["mode"] else ""


def list_sound(found):
    """Yield a row of the table for each mode of each correct model."""
    for framework, cases in found.items():
        for name, rows in cases.items():
            for row in rows:
                if name.endswith(COMPILED_SUFFIX) and row["mode"] == "eager":
                    continue  # checked before
                if row.get("error") or row.get("not_run"):
                    reason = row.get("error") or row["not_run"]
                    yield {
                        "kind": "not checked",
                        "framework": framework,
                        "case": name,
                        "mode": row["mode"],
                        OWN: " ".join(reason.split())[:120],
                    }
                    continue
                others = row["others"]
                alarms = list_alarms(row)
                if is_gradient_wrong(row):
                    alarms.append("gradient")
                yield {
                    "kind": explain_finding(name, row) or "correct",
                    "framework": framework,
                    "case": name,
                    "mode": row["mode"],
                    OWN: " and ".join(alarms),
                    "first layer": row["first"],
                    **{tool: found_by(others, tool) for tool in TOOLS[framework]},
                }


def found_by(others, tool):
    """Return whether a tool reports a difference; empty if it was not applied."""
    return "" if tool not in others else "" if others[tool] else "differs"


def write_table(rows):
    """Write one row for each planted defect and each mode of a correct model."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with TABLE.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def describe(rows):
    """Return the report."""
    planted = [row for row in rows if row["kind"] == "planted"]
    correct = [row for row in rows if row["kind"] == "correct"]
    known = {
        kind: [row for row in rows if row["kind"] == kind]
        for kind in (SLOPE, RECURRENT)
    }
    skipped = [row for row in rows if row["kind"] == "not checked"]
    found = [row for row in planted if row[OWN]]
    located = [r for r in planted if r["first layer"] == r["expected first layer"]]
    alarms = [row for row in correct if row[OWN]]
    modes = Counter(f"{row['framework']}/{row['mode']}" for row in correct)
    counted = ", ".join(f"{mode} {count}" for mode, count in modes.items())
    tensors = [row for row in planted if row["expected first layer"]]
    named = [row for row in located if row in tensors]
    lines = [
        "# Planted defects and correct models, checked by this and other tools",
        "",
        f"Measured on {describe_machine()}.",
        "",
        f"- {len(found)} of {len(planted)} planted defects found; first layer right in "
        f"{len(located)}; of the {len(tensors)} that change a checked tensor, in "
        f"{len(named)}.",
        f"- {len(alarms)} alarms in {len(correct)} pairs of a correct model and a mode "
        f"({counted}).",
        f"- {len(skipped)} further pairs could not be run.",
        *(
            f"- Reported in {sum(bool(r[OWN]) for r in those)} of {len(those)} pairs, "
            f"and true: {kind}."
            for kind, those in known.items()
        ),
        "",
        *(line for note in NOTES for line in (note, "")),
        "| tool | defects missed | false alarms |",
        "|---|---|---|",
        f"| {OWN} | {len(planted) - len(found)} of {len(planted)} | {len(alarms)} of "
        f"{len(correct)} |",
    ]
    for framework, tools in TOOLS.items():
        own = [row for row in planted if row["framework"] == framework]
        sound = [
            row
            for row in correct
            if row["framework"] == framework and "eager" not in row["mode"]
        ]
        for tool in tools:
            missed = sum(not row[tool] for row in own)
            false = sum(bool(row[tool]) for row in sound)
            lines.append(
                f"| {TITLES[tool]} | {missed} of {len(own)} | {false} of {len(sound)} |"
            )
    lines += [
        "",
        "| defect | variant | found by | first layer | expected |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['case']} | {r['framework']}/{r['mode']} | {r[OWN] or '**missed**'} | "
        f"{r['first layer']} | {r['expected first layer']} |"
        for r in planted
    ]
    if alarms:
        lines += ["", "## Alarms", ""]
        lines += [
            f"- {r['case']} {r['mode']}: {r[OWN]} {r['first layer']}" for r in alarms
        ]
    return "\n".join(lines) + "\n"


def describe_machine():
    """Return the processor and the number of cores in words."""
    return f"{processor_name()}, {len(available_cores())} cores"


def main():
    """Check what is left, and write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true", help="of what was checked")
    if not parser.parse_args().report:
        check_everything()
    rows = [
        *list_planted(read_everything("planted")),
        *list_sound(read_everything("sound")),
        *list_sound(read_everything("compiled")),
    ]
    write_table(rows)
    REPORT.write_text(describe(rows))
    print(REPORT.read_text())


if __name__ == "__main__":
    main()
