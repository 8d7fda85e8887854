"""What a variant costs before, beside and over the steps: start, time, memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.render.format import DASH, count, seconds, size, step_interval
from compare.render.table import Field, Table, tabulate
from compare.report.timing.verdict_tables import (
    BREAK_EVEN,
    CAPTURES,
    FIRST_CALL_COLD,
    FIRST_CALL_WARM,
    PEAK_MEMORY,
    VARIANT,
    of_timing,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.record import Start
    from compare.runs.rows import TimingRow

CUMULATIVE_STEPS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)


def start_costs(comparison: CellGroup) -> Table:
    """Import, prepare and first call, each by itself."""
    return tabulate(
        f"{comparison.heading}: what starting costs",
        fields=(
            VARIANT,
            Field(title="import", show=of_timing(lambda t: seconds(t.import_s))),
            Field(title="prepare", show=of_timing(lambda t: seconds(t.prepare_s))),
            FIRST_CALL_COLD,
            FIRST_CALL_WARM,
        ),
        items=comparison.lines,
    )


def cumulative(comparison: CellGroup) -> Table:
    """Time until so many steps are done, and when the baseline's is passed."""
    return tabulate(
        f"{comparison.heading}: cumulative time after so many steps",
        fields=(
            VARIANT,
            *(_after(number) for number in CUMULATIVE_STEPS),
            BREAK_EVEN,
            Field(title="break-even interval", show=_break_even_interval),
        ),
        items=comparison.lines,
    )


def _after(number: int) -> Field[CellResult]:
    title = "1 step" if number == 1 else f"{number:,} steps"
    return Field(title=title, show=of_timing(lambda t: seconds(t.cumulative_s(number))))


def _break_even_interval(line: CellResult) -> str:
    timing = line.timing
    if timing is None or line.is_baseline:
        return DASH
    return step_interval(timing.break_even_low, timing.break_even_high)


def memory(comparison: CellGroup) -> Table:
    """Peak memory of a worker, and how much of it importing the framework took."""
    return tabulate(
        f"{comparison.heading}: memory of a worker",
        fields=(
            VARIANT,
            PEAK_MEMORY,
            Field(
                title="after import alone",
                show=of_timing(lambda t: size(t.import_rss_bytes)),
            ),
            Field(title="difference", show=of_timing(lambda t: size(beyond_import(t)))),
            *(_peak(title, name) for name, title in PEAKS.items()),
        ),
        items=comparison.lines,
    )


PEAKS = {
    "start_rss_bytes": "until warm",
    "steady_rss_bytes": "in steady state",
    "start_device_bytes": "on the device until warm",
    "steady_device_bytes": "on the device in steady state",
    "reserved_device_bytes": "reserved on the device",
}


def _peak(title: str, name: str) -> Field[CellResult]:
    shown = of_timing(lambda timing: size(getattr(timing, name)))
    return Field(title=title, show=shown, optional=True)


def beyond_import(timing: TimingRow) -> float:
    """Peak memory beyond what importing the framework takes."""
    return timing.peak_rss_bytes - timing.import_rss_bytes


def graphs(comparison: CellGroup, *, starts: Sequence[Start]) -> Table:
    """What each mode really built, as far as its framework can tell."""
    latest = {
        (start.framework, start.mode): start
        for start in starts
        if start.workload == comparison.workload
    }

    def shown(name: str) -> Field[CellResult]:
        def show(line: CellResult) -> str:
            start = latest.get((line.cell.framework, line.cell.mode))
            return count(getattr(start, name)) if start else DASH

        return Field(title=GRAPH_FACTS[name], show=show, optional=True)

    return tabulate(
        f"{comparison.heading}: what was captured",
        fields=(VARIANT, CAPTURES, *(shown(name) for name in GRAPH_FACTS)),
        items=comparison.lines,
    )


GRAPH_FACTS = {
    "captures_count": "number of captures",
    "recaptures": "captured after warm-up",
    "graph_breaks": "graph breaks",
    "nodes": "nodes",
    "nodes_optimized": "nodes, optimised",
    "kernels": "kernels",
}
