"""The tables of a run for a terminal of 80 columns, the most important columns first.

A narrower terminal leaves out columns from the right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.render.table import tabulate
from compare.report.timing.verdict_tables import (
    AGREES,
    CAPTURES,
    FIRST_CALL_COLD,
    LARGEST_ERROR,
    PEAK_MEMORY,
    RATIO,
    STEP_TIME,
    VARIANT,
    VERDICT,
    describe_precision,
    make_break_even_field,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.render.table import Table
    from compare.results.cells import CellGroup


def tabulate_brief(group: CellGroup) -> Iterator[Table]:
    """Yield the verdicts, then the costs; nothing if no cell has a result.

    The cautions above the tables have the reasons of cells without a result.
    """
    if all(cell.is_missing for cell in group.lines):
        return
    if not group.timed:
        fields = (VARIANT, AGREES, CAPTURES, LARGEST_ERROR)
        yield tabulate(group.heading, fields=fields, items=group.lines)
        return
    control = (group.control,) if group.control else ()
    yield tabulate(
        f"{group.heading}: steady state, against {group.baseline}",
        fields=(VARIANT, VERDICT, RATIO, STEP_TIME, AGREES),
        items=(*group.lines, *control),
        note=describe_precision(group),
    )
    yield tabulate(
        f"{group.heading}: costs",
        fields=(
            VARIANT,
            CAPTURES,
            make_break_even_field(group),
            FIRST_CALL_COLD,
            PEAK_MEMORY,
        ),
        items=group.lines,
    )
