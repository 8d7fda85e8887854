"""The live table shows what is known of each cell, in any terminal."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from compare.runs.live_table import LiveRow, LiveTable
from compare.stats.estimates import Interval
from tests.support.reading import plain

KNOWN = {
    "verdicts": ("agrees", "agrees"),
    "step_ns": 491_000.0,
    "first_call_s": 1.24,
    "launches": 3,
}
BASELINE = LiveRow(workload="cnn", variant="torch/eager", is_baseline=True, **KNOWN)
FASTER = LiveRow(
    workload="cnn",
    variant="torch/compile",
    ratio=Interval(estimate=0.78, low=0.76, high=0.8),
    **KNOWN,
)


def table_of(*rows, **options):
    return LiveTable(checks=("float64", "float32"), rows=rows, **options)


def draw(table, *, width=100, height=40):
    return [plain(line.plain) for line in table.draw(width=width, height=height)]


def test_a_row_has_the_verdicts_the_ratio_with_its_interval_and_the_costs():
    titles, heading, baseline, faster = draw(table_of(BASELINE, FASTER))
    assert titles.split("  ")[0] == ""
    assert heading == "cnn"
    assert "baseline" in baseline
    assert faster.split() == [
        *("torch/compile", "agrees", "agrees", "0.78x", "(0.76-0.80)"),
        *("491", "us", "1.24", "s", "3"),
    ]


def test_what_is_not_known_yet_is_empty():
    row = LiveRow(workload="cnn", variant="tf/xla", verdicts=("agrees", ""))
    assert draw(table_of(row))[-1].split() == ["tf/xla", "agrees"]


def test_after_one_launch_a_ratio_has_no_interval():
    row = LiveRow(workload="cnn", variant="tf/xla", ratio=Interval(estimate=2.06))
    assert draw(table_of(row))[-1].split() == ["tf/xla", "2.06x"]


def test_each_workload_has_its_own_heading():
    other = LiveRow(workload="two_layer", variant="tf/xla")
    lines = draw(table_of(BASELINE, FASTER, other))
    assert [line for line in lines if not line.startswith(" ")] == ["cnn", "two_layer"]


def test_a_run_without_timing_has_only_columns_of_agreement():
    lines = draw(table_of(BASELINE, is_timed=False))
    assert lines[0].split() == ["float64", "float32"]
    assert lines[-1].split() == ["torch/eager", "agrees", "agrees"]


def test_a_cell_without_a_result_shows_its_reason_on_one_line():
    row = LiveRow(
        workload="cnn", variant="tf/xla", problem="failed: out\nof\x1b[2J memory"
    )
    assert draw(table_of(row))[-1].split("  ")[-1] == r"failed: out of\x1b[2J memory"


@pytest.mark.parametrize("width", [5, 20, 40, 60, 80])
def test_a_narrow_terminal_shows_the_first_columns_without_breaking_lines(width):
    long = LiveRow(workload="cnn", variant="tf/xla", problem="failed: " + "long " * 50)
    lines = draw(table_of(BASELINE, FASTER, long), width=width)
    assert len(lines) == 5
    assert max(map(cell_len, lines)) <= width
    assert all("interval" not in line or "interval)" in line for line in lines)


@pytest.mark.parametrize("changed", [0, 17, 39])
def test_of_many_rows_those_around_the_last_change_are_shown(changed):
    rows = [LiveRow(workload="w", variant=f"tf/{n}") for n in range(40)]
    lines = draw(table_of(*rows, changed=changed), height=12)
    assert len(lines) == 12
    assert f"  tf/{changed}" in lines
    assert lines[-1] == "31 of 41 lines do not fit this terminal."


def test_a_terminal_of_a_few_lines_shows_no_table():
    assert draw(table_of(BASELINE), height=3) == []


def test_without_colours_no_colour_is_printed(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, height=30)
    console.print(table_of(BASELINE, FASTER))
    assert "0.78" in out.getvalue()
    assert "\x1b[32m" not in out.getvalue()
