"""Tables of start costs, cumulative time, memory and captured graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.render.format import (
    DASH,
    format_bytes,
    format_integer,
    format_seconds,
    format_step_interval,
)
from compare.render.table import Field, Table, tabulate
from compare.report.timing.verdict_tables import (
    CAPTURES,
    CONTROL_FLOW,
    FIRST_CALL_COLD,
    FIRST_CALL_WARM,
    PEAK_MEMORY,
    VARIANT,
    make_break_even_field,
    show_timing,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.record import Start
    from compare.runs.rows import TimingRow

CUMULATIVE_STEPS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
# column of timing.csv -> heading
MEMORY_PEAKS = {
    "start_rss_bytes": "until warm",
    "steady_rss_bytes": "in steady state",
    "start_device_bytes": "on the device until warm",
    "steady_device_bytes": "on the device in steady state",
    "reserved_device_bytes": "reserved on the device",
}
# attribute of a start -> heading
GRAPH_FACTS = {
    "captures_count": "number of captures",
    "recaptures": "captures after warm-up",
    "graph_breaks": "graph breaks",
    "nodes": "nodes",
    "nodes_optimized": "nodes after optimisation",
    "kernels": "kernels",
}


def tabulate_start_costs(group: CellGroup) -> Table:
    """Return import, prepare and first call, separately."""
    return tabulate(
        f"{group.heading}: start costs",
        fields=(
            VARIANT,
            Field(
                title="import", show=show_timing(lambda t: format_seconds(t.import_s))
            ),
            Field(
                title="prepare", show=show_timing(lambda t: format_seconds(t.prepare_s))
            ),
            FIRST_CALL_COLD,
            FIRST_CALL_WARM,
        ),
        items=group.lines,
    )


def tabulate_cumulative_time(group: CellGroup) -> Table:
    """Return the total time after 1 to 1,000,000 steps, and the break-even."""
    return tabulate(
        f"{group.heading}: cumulative time by number of steps",
        fields=(
            VARIANT,
            make_break_even_field(group),
            Field(title="break-even interval", show=_show_break_even_interval),
            *(_make_time_field(number) for number in CUMULATIVE_STEPS),
        ),
        items=group.lines,
    )


def _make_time_field(number: int) -> Field[CellResult]:
    title = "1 step" if number == 1 else f"{number:,} steps"
    return Field(
        title=title, show=show_timing(lambda t: format_seconds(t.cumulative_s(number)))
    )


def _show_break_even_interval(cell: CellResult) -> str:
    timing = cell.timing
    if timing is None or cell.is_baseline:
        return DASH
    return format_step_interval(timing.break_even_low, timing.break_even_high)


def tabulate_memory(group: CellGroup) -> Table:
    """Return the peak memory of each worker, and the part due to the import."""
    return tabulate(
        f"{group.heading}: memory of a worker",
        fields=(
            VARIANT,
            PEAK_MEMORY,
            Field(
                title="after import",
                show=show_timing(lambda t: format_bytes(t.import_rss_bytes)),
            ),
            Field(
                title="difference",
                show=show_timing(lambda t: format_bytes(bytes_beyond_import(t))),
            ),
            *(_make_peak_field(column) for column in MEMORY_PEAKS),
        ),
        items=group.lines,
    )


def _make_peak_field(column: str) -> Field[CellResult]:
    show = show_timing(lambda timing: format_bytes(getattr(timing, column)))
    return Field(title=MEMORY_PEAKS[column], show=show, optional=True)


def bytes_beyond_import(timing: TimingRow) -> float:
    """Return the peak memory in addition to that of importing the framework."""
    return timing.peak_rss_bytes - timing.import_rss_bytes


def tabulate_graphs(group: CellGroup, *, starts: Sequence[Start]) -> Table:
    """Return what each mode captured, as reported by its framework."""
    latest = {
        (start.framework, start.mode): start
        for start in starts
        if start.workload == group.workload
    }

    def make_field(fact: str) -> Field[CellResult]:
        def show(cell: CellResult) -> str:
            start = latest.get((cell.cell.framework, cell.cell.mode))
            return format_integer(getattr(start, fact)) if start else DASH

        return Field(title=GRAPH_FACTS[fact], show=show, optional=True)

    return tabulate(
        f"{group.heading}: captured graphs",
        fields=(VARIANT, CAPTURES, CONTROL_FLOW, *map(make_field, GRAPH_FACTS)),
        items=group.lines,
    )
