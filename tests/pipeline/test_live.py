"""A run shows what is known of each cell as soon as it is known."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

from compare.render.console import VisibleConsole
from tests.support.reading import plain
from tests.support.resuming import (
    continue_run,
    new_run,
    using_numpy_package,
)

FAILING = str(Path(__file__).parents[1] / "support" / "failing_worker.py")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture(autouse=True)
def _package(monkeypatch, tmp_path_factory):
    """Make the NumPy package available, and terminals capable."""
    monkeypatch.setenv("TERM", "xterm")
    with using_numpy_package(tmp_path_factory.mktemp("cache")):
        yield


def watch(folder, *, terminal=False, command=None, after_launch=None):
    """Continue a run, and return it with what it printed."""
    out = io.StringIO()
    console = VisibleConsole(file=out, force_terminal=terminal, width=90, height=40)
    options = {"command": command} if command else {}
    run = continue_run(folder, console=console, after_launch=after_launch, **options)
    return run, plain(out.getvalue())


def test_without_a_terminal_each_new_result_is_a_line(small_suite, tmp_path):
    new_run(tmp_path / "run", small_suite, timed=True)
    run, out = watch(tmp_path / "run")
    lines = [line.partition("  ")[2] for line in out.splitlines()]
    for variant in ("numpy/eager", "numpy/again"):
        assert f"two_layer {variant}: agrees in float64 and float32" in lines
    first, second = [line for line in lines if "two_layer after" in line]
    number = r"[\d.,e-]+"
    after = "two_layer after {}, ratios to numpy/eager: numpy/again " + number + "x"
    assert re.fullmatch(after.format("1 launch"), first)
    interval = rf" \({number}-{number}\)"
    assert re.fullmatch(after.format("2 launches") + interval, second)
    assert len(lines) == len({*lines}), "nothing is printed twice"
    assert run.record.finished


def test_a_terminal_shows_the_figures_of_the_report(small_suite, tmp_path):
    new_run(tmp_path / "run", small_suite, timed=True)
    run, out = watch(tmp_path / "run", terminal=True)
    lines = ESCAPE.sub("", out).splitlines()
    last = [line for line in lines if line.startswith("  numpy/again")]
    row = run.timing.set_index("mode").loc["again"]
    shown = last[-1].split()
    assert shown[:3] == ["numpy/again", "agrees", "agrees"]
    assert float(shown[3].rstrip("x")) == pytest.approx(row["ratio"], abs=0.01)
    assert shown[-1] == "2", "launches"


def test_a_failed_cell_shows_its_reason_on_a_terminal_and_on_a_line(
    small_suite, tmp_path
):
    command = (sys.executable, FAILING, "again", "exits")
    for terminal in (True, False):
        folder = tmp_path / f"run-{terminal}"
        new_run(folder, small_suite, timed=True)
        run, out = watch(folder, terminal=terminal, command=command)
        assert dict(run.cells.set_index("mode")["status"])["again"] == "failed"
        row = [line for line in ESCAPE.sub("", out).splitlines() if "failed: " in line]
        assert "numpy/again" in row[-1]
        assert "the worker exited with code 3" in row[-1]


def test_a_resumed_run_shows_what_was_known_and_prints_only_news(
    small_suite, tmp_path, monkeypatch
):
    folder = tmp_path / "run"
    new_run(folder, small_suite, timed=True)

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("compare.pipeline.launches.needs_launch", stop)
        with pytest.raises(KeyboardInterrupt):
            watch(folder)
    _, out = watch(folder)
    assert "agrees in" not in out
    assert "two_layer after 2 launches" in out
