"""The tables of a grid: the fastest variant at each point, and the cost of a unit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from compare.render.format import DASH, format_nanoseconds, format_percent, is_known
from compare.render.table import Field, Value, tabulate
from compare.report.timing.sweep_tables import MISFIT
from compare.results.grid import OpenReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.render.table import Table
    from compare.results.grid import Grid, GridLine
    from compare.stats.estimates import Interval

NOT_REACHED = "not reached"


def tabulate_grid(grid: Grid) -> Iterator[Table]:
    """Yield the fastest variants, then the costs of each variant."""
    yield tabulate_fastest(grid)
    yield tabulate_costs(grid)


def tabulate_fastest(grid: Grid) -> Table:
    """Return the fastest variant of every point: one row per value of the second size.

    The largest value of the second size is in the first row, as in the chart.
    """
    along, across = grid.sizes
    return tabulate(
        f"{grid.heading}: the fastest variant, by {along} and {across}",
        fields=(
            Field(title=across, show=lambda value: f"{value:g}", kind="word"),
            *(
                Field(
                    title=f"{along} {value:g}",
                    show=partial(_show_fastest, grid, value),
                    kind="word",
                )
                for value in grid.values_along
            ),
        ),
        items=tuple(reversed(grid.values_across)),
        note="The variant whose 95% interval excludes every other variant, corrected "
        f"for all pairs. {OpenReason.CLOSE.capitalize()}: the two that take the least "
        "time are in brackets.",
    )


def tabulate_costs(grid: Grid) -> Table:
    """Return one row per variant and value of the second size: fixed cost and slope."""
    along, across = grid.sizes
    unit = name_unit(along)
    return tabulate(
        f"{grid.heading}: cost of a step, and of each {unit}",
        fields=(
            Field(title="variant", show=lambda x: x.variant, kind="word"),
            Field(title=across, show=lambda x: f"{x.across:g}"),
            Field(title="fixed cost per step", show=_show_fixed),
            Field(title=f"cost per {unit}", show=_show_slope),
            Field(title="bare kernel", show=_show_kernel),
            Field(title=f"dispatch per {unit}", show=_show_dispatch),
            Field(title="largest misfit", show=_show_misfit),
        ),
        items=grid.lines,
        note=f"A line through the step times at each {across}, by weighted least "
        "squares of the relative errors, with 95% t intervals over launches. Bare "
        f"kernel: the computation of one {unit}, forward and backward, without "
        "dispatch. Element-wise operations are timed on arrays in the cache, products "
        "count at the machine's peak. Dispatch: the cost without the bare kernel; "
        "below 0, operations are fused. Above a misfit of "
        f"{format_percent(MISFIT, digits=2)}, the step time is no line in {along}.",
    )


def name_unit(size: str) -> str:
    """Return one unit of a size in words: ``operation`` for ``operations``."""
    return size.removesuffix("s") if size.endswith("s") else f"unit of {size}"


def describe_fastest(grid: Grid, *, along: float, across: float) -> str:
    """Return the fastest variant at a point, or why there is none."""
    point = grid.find(along=along, across=across)
    if point is None:
        return NOT_REACHED
    if point.fastest is not None:
        return point.fastest.variant
    reason = point.open_reason or OpenReason.CLOSE
    if reason is not OpenReason.CLOSE:
        return reason
    names = ", ".join(cell.variant for cell in point.rivals[:2])
    return f"{reason} ({names})"


def _show_fastest(grid: Grid, along: float, across: float) -> Value | str:
    text = describe_fastest(grid, along=along, across=across)
    point = grid.find(along=along, across=across)
    is_open = point is None or point.fastest is None
    return Value(text=text, tone="quiet") if is_open else text


def _show_interval(cost: Interval) -> str:
    """Return a cost with half the width of its interval."""
    if not is_known(cost.estimate):
        return DASH
    half = (cost.high - cost.low) / 2
    sign = "\N{MINUS SIGN}" if cost.estimate < 0 else ""
    text = f"{sign}{format_nanoseconds(abs(cost.estimate))}"
    return f"{text} ± {format_nanoseconds(half)}" if is_known(half) else text


def _show_fixed(line: GridLine) -> str:
    return _show_interval(line.line.fixed) if line.line else DASH


def _show_slope(line: GridLine) -> str:
    return _show_interval(line.line.per_unit) if line.line else DASH


def _show_kernel(line: GridLine) -> str:
    return format_nanoseconds(line.kernel_ns)


def _show_dispatch(line: GridLine) -> str:
    return _show_interval(line.dispatch)


def _show_misfit(line: GridLine) -> str:
    return format_percent(line.line.misfit if line.line else None, digits=2)
