"""What works without the optional dependencies, and how to install them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from compare import machine
from compare.cli.extras import EXTRAS, require_extra
from compare.errors import UsageError
from tests.support.past_runs import write_past_runs
from tests.support.synthetic import synthetic

ROOT = Path(__file__).parents[2]
OPTIONAL = sorted({module for modules in EXTRAS.values() for module in modules})
# An entry of None makes Python report the module as not installed.
PROGRAM = """
import sys
hidden, *arguments = sys.argv[1:]
sys.modules.update(dict.fromkeys(hidden.split(",")))
from compare.cli.main import cli
cli(arguments)
"""
NOTE = "Charts need: pip install &#39;graph-compare[charts]&#39;"


def run_without(modules, *arguments):
    """Run the program as if these modules were not installed."""
    hidden = ",".join(modules)
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, hidden, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def test_every_extra_is_installed_for_the_tests():
    require_extra(*EXTRAS, command="tests")


@pytest.mark.parametrize(
    "command", [["list"], ["doctor"], ["study"], ["quirks"], ["run", "--help"]]
)
def test_a_command_needs_no_optional_module(command):
    done = run_without([*OPTIONAL, "pynvml"], *command)
    assert done.returncode == 0, done.stderr


def test_without_charts_a_report_has_a_note_in_place_of_each_chart(tmp_path):
    folder = synthetic().write(tmp_path / "run")
    done = run_without(OPTIONAL, "report", folder)
    assert done.returncode == 0, done.stderr
    without = (folder / "index.html").read_text()
    assert without.count(NOTE) == without.count('<div class="picture"') > 0
    assert "<svg" not in without.partition("<figure")[2]
    markdown = (folder / "report.md").read_text()
    done = run_without([], "report", folder)
    assert NOTE not in (folder / "index.html").read_text()
    assert (folder / "report.md").read_text() == markdown, "only pictures were missing"


def test_without_charts_the_history_has_a_note_in_place_of_each_chart(tmp_path):
    write_past_runs(tmp_path, count=3)
    done = run_without(EXTRAS["charts"], "history", tmp_path)
    assert done.returncode == 0, done.stderr
    assert NOTE in (tmp_path / "history.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["history", "reports"], "history: needs ruptures, not installed"),
        (["history", "reports"], "pip install 'graph-compare[history]'"),
        (["study", "--html", "site"], "needs altair, vl_convert"),
        (["study", "--html", "x"], "pip install 'graph-compare[charts]'"),
    ],
)
def test_a_command_that_needs_an_extra_names_what_to_install(arguments, message):
    done = run_without(OPTIONAL, *arguments)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_only_missing_extras_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ruptures", None)
    with pytest.raises(UsageError, match=r"'graph-compare\[history\]'$"):
        require_extra("charts", "history", command="x")


@pytest.mark.parametrize(
    ("has_driver", "expected"),
    [(True, ["unknown; needs: pip install 'graph-compare[gpu]'"]), (False, [])],
)
def test_without_nvidia_ml_py_a_gpu_is_unknown(monkeypatch, has_driver, expected):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    monkeypatch.setattr(Path, "exists", lambda path: has_driver)
    assert machine.list_gpus() == expected
