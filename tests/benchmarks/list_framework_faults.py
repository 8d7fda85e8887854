"""Run every script of a fault, and write ``reports/frameworks-faults.md``.

python -m tests.benchmarks.list_framework_faults reports/frameworks-faults.md
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from compare.machine import installed_version

FOLDER = Path(__file__).with_name("framework_faults")
LIMIT_S = 120.0
PACKAGES = ("torch", "tensorflow-cpu", "keras", "tf2onnx", "onnxruntime")
INTRODUCTION = """\
# Faults of the frameworks that this toolkit found

Each was found by a command or a test of this repository, and each has a script, which
exits with 0 while the fault is there. `make framework-faults` runs all of them and
writes this file.
"""


@dataclass(frozen=True, kw_only=True)
class FrameworkFault:
    """A fault, and what its script printed."""

    name: str
    title: str
    is_there: bool
    printed: str


def list_scripts() -> list[Path]:
    return sorted(FOLDER.glob("[!_]*.py"))


def show_fault(script: Path) -> FrameworkFault:
    """Run a script; one that does not end in time shows nothing."""
    title = (ast.get_docstring(ast.parse(script.read_text())) or "").splitlines()[0]
    try:
        done = subprocess.run(
            [sys.executable, str(script)],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        printed = f"it did not end within {LIMIT_S:g} s"
        return FrameworkFault(
            name=script.stem, title=title, is_there=False, printed=printed
        )
    printed = done.stdout if done.returncode in {0, 1} else done.stderr[-500:]
    return FrameworkFault(
        name=script.stem,
        title=title,
        is_there=done.returncode == 0,
        printed=printed.strip(),
    )


def render_faults(faults: list[FrameworkFault]) -> str:
    """Return the file: versions, a table, and what each script printed."""
    versions = ", ".join(f"{name} {installed_version(name)}" for name in PACKAGES)
    lines = [INTRODUCTION, f"Last run with {versions}.", ""]
    lines += ["| Fault | There | Script |", "|---|---|---|"]
    lines += [
        f"| {fault.title} | {'yes' if fault.is_there else 'no'} "
        f"| [{fault.name}](../tests/benchmarks/framework_faults/{fault.name}.py) |"
        for fault in faults
    ]
    for fault in faults:
        lines += ["", f"## {fault.title}", "", "```text", fault.printed, "```"]
    return "\n".join(lines) + "\n"


def main() -> None:
    faults = []
    for script in list_scripts():
        faults.append(show_fault(script))
        print(f"{script.stem}: {'there' if faults[-1].is_there else 'not there'}")
    Path(sys.argv[1]).write_text(render_faults(faults), encoding="utf-8")


if __name__ == "__main__":
    main()
