"""Run `checking.py` in a process of its own for each framework."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.planted.targets.defects import DEFECTS
from tests.planted.targets.grammar import write_model

ROOT = Path(__file__).parents[3]
MODES = {
    "torch": ["eager", "script", "trace"],
    "tf": ["eager", "function", "xla", "keras-eager", "keras"],
}
# A graph that was compiled without a defect must not be found in a cache.
UNCACHED = {"TORCHINDUCTOR_FX_GRAPH_CACHE": "0", "TORCHINDUCTOR_AUTOGRAD_CACHE": "0"}
COMPILED = 8  # random models that torch.compile compiles as well
COMPILED_SUFFIX = " compiled"


def describe_defect(defect):
    """Return the case of a defect: its mode, and eager, which has none."""
    return {
        "name": defect.name,
        "target": defect.target,
        "inputs": [defect.inputs],
        "optimizer": defect.optimizer,
        "plant": defect.plant,
        "mode": defect.mode,
        "modes": list(dict.fromkeys(("eager", defect.mode))),
    }


def describe_compiled(number, *, folder):
    """Return the case of a random model that torch.compile compiles."""
    case = describe_sound("torch", number, folder=folder)
    is_plain = case["optimizer"] == "sgd"
    modes = ["eager", "compile", *(["compile-step"] if is_plain else [])]
    return {**case, "name": f"{case['name']}{COMPILED_SUFFIX}", "modes": modes}


def describe_sound(framework, number, *, folder):
    """Write a random correct model, and return its case."""
    written = write_model(framework, number)
    path = folder / f"{framework}_{number}.py"
    path.write_text(written.source)
    return {
        "name": written.name,
        "target": f"{path}:model",
        "inputs": [written.inputs],
        "loss": written.loss,
        "optimizer": written.optimizer,
        "modes": MODES[framework],
    }


def start_checking(framework, cases, *, results, log):
    """Start checking cases in a new process, and return it."""
    listed = results.with_suffix(".cases.json")
    listed.write_text(json.dumps(cases))
    module = "tests.planted.targets.checking"
    with log.open("a") as file:
        return subprocess.Popen(
            [sys.executable, "-m", module, framework, str(results), str(listed)],
            cwd=ROOT,
            env={**os.environ, **UNCACHED},
            stdout=file,
            stderr=file,
        )


def read_results(results):
    """Return the rows so far, by the name of the case."""
    found = {}
    if results.exists():
        for line in results.read_text().splitlines():
            row = json.loads(line)
            found.setdefault(row["name"], []).append(row)
    return found


def find_defects(framework, names=()):
    """Return defects of a framework; all without names."""
    return [d for d in DEFECTS[framework] if not names or d.name in names]
