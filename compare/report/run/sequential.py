"""What a report says of a pytest-benchmark file: times, and what they cannot settle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from compare.render.format import nanoseconds
from compare.render.table import tabulate
from compare.report.run import tables
from compare.report.run.section import Section
from compare.report.timing.verdict_tables import (
    AGREES,
    CAPTURES,
    FAMILY,
    NOTE,
    RATIO,
    STEP_TIME,
    VARIANT,
    VERDICT,
)
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.render.table import Field, Table
    from compare.results.cells import CellGroup, CellResult
    from compare.runs.folder import Run

NAMED = (VARIANT, FAMILY, CAPTURES, AGREES)
MEASURED = (replace(STEP_TIME, title="time a call"), RATIO)
COST = (
    "Sequential design: pytest-benchmark times one benchmark to its end before it "
    "begins the next, so whatever the machine did meanwhile is in the ratios. The same "
    "step timed twice like this, for 18 seconds on two cores of a virtual machine, "
    "differed with a standard deviation of 0.82%, and 11 of 12 such comparisons found "
    "a difference where none was, at a nominal 5%. Measured side by side for as long: "
    "0.10%, and none of 12 (reports/against_others.txt of graph-compare). So there is "
    "no interval over launches here, no control, and no verdict beyond inconclusive. "
    "To settle a difference between training steps, measure them side by side: "
    "graph-compare run."
)


def facts(run: Run) -> tuple[str, ...]:
    """One line that places the file."""
    return (
        "pytest-benchmark file",
        "sequential design",
        format_count(len(run.record.cells), "benchmark"),
        run.record.created,
    )


def call_times(comparison: CellGroup) -> str:
    """From which median to which; no order between them is claimed."""
    timed = sorted(comparison.timed, key=lambda pair: pair[1].step_time_ns)
    if not timed:
        return f"{comparison.heading}: no time was recorded."
    (least, low), (most, high) = timed[0], timed[-1]
    if least is most:
        return (
            f"{comparison.heading}: {nanoseconds(low.step_time_ns)} ({least.variant})."
        )
    return (
        f"{comparison.heading}: {len(timed)} medians from "
        f"{nanoseconds(low.step_time_ns)} ({least.variant}) to "
        f"{nanoseconds(high.step_time_ns)} ({most.variant}); inconclusive, for the "
        "design is sequential."
    )


def times(comparisons: Sequence[CellGroup]) -> Section:
    """One row a benchmark."""
    return Section(
        ident="times",
        title="Times",
        intro="The time of one call: of a training step, or of whatever the function "
        "of another benchmark did. Ratios are to the baseline named above each table. "
        "Whether a function was warm when it was timed, the file does not say.",
        tables=tuple(
            _table(each, fields=(*NAMED, *MEASURED, VERDICT, NOTE))
            for each in comparisons
        ),
    )


def brief(comparison: CellGroup) -> Table:
    """The same in 80 columns."""
    return _table(comparison, fields=(VARIANT, AGREES, *MEASURED, VERDICT))


def _table(comparison: CellGroup, *, fields: Sequence[Field[CellResult]]) -> Table:
    return tabulate(
        f"{comparison.heading}: every benchmark against {comparison.baseline}",
        fields=fields,
        items=comparison.lines,
    )


def source(run: Run) -> Section:
    """Where the figures come from, and on what machine they were taken."""
    return Section(
        ident="environment",
        title="Where this comes from",
        intro=f"Read from {run.record.request.suite}, which tells of the machine what "
        "stands below. A benchmark that failed or was skipped is not in such a file.",
        tables=(tables.tabulate_environment(run), tables.tabulate_settings(run))
        if run.record.settings
        else (tables.tabulate_environment(run),),
    )
