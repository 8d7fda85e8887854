"""What starting the program imports: ``--help`` and ``list`` must answer at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.imports import imported_by

ROOT = Path(__file__).parents[2]
FRAMEWORKS = {"torch", "tensorflow", "keras"}
PRESENTATION = {"rich", "jinja2", "altair", "vl_convert", "nbformat", "pygments"}
NUMERICS = {"numpy", "pandas", "scipy", "statsmodels", "sklearn", "ruptures", "PIL"}
HEAVY = FRAMEWORKS | PRESENTATION | NUMERICS | {"msgspec"}
PROGRAM = """
import sys
from compare.cli.main import cli
try:
    cli(sys.argv[1:])
finally:
    print(*sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["run", "--help"], ["study", "--help"], ["list"]],
    ids=" ".join,
)
def test_a_fast_command_imports_no_heavy_module(arguments):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    imported = {name.partition(".")[0] for name in done.stderr.split()}
    assert "click" in imported, "the modules were listed"
    assert not imported & HEAVY


def test_a_run_and_its_report_import_what_only_graphs_and_fixes_need_on_demand():
    modules = "compare.api, compare.report.run.outline, compare.report.run.page"
    imported = imported_by(f"import {modules}")
    assert "pandas" in imported, "the modules were listed"
    assert not imported & {"libcst", "networkx", "igraph"}
