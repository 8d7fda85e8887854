"""A run over every combination of two sizes: what a step and a unit of a size cost.

The step times at each value of the second size are a line in the first one. Its value
at 0 is the fixed cost of a step, its slope the cost of a unit, such as an operation.
What the slope exceeds the bare kernel by is the cost of dispatching the unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import exp, isfinite, nan
from typing import TYPE_CHECKING

from compare.contract import Captures
from compare.render.format import is_known
from compare.results.sweep import group_points, name_sweep
from compare.runs.machines import with_facts_of_machine
from compare.stats.estimates import Interval
from compare.stats.line_interval import LineEstimate, estimate_line
from compare.timing.launch_figures import collect_launch_figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.folder import Run
    from compare.runs.record import Key, RunRecord


class OpenReason(StrEnum):
    """Why no variant is shown as the fastest one at a point."""

    NOT_TIMED = "not timed"  # fewer than two variants have a step time
    CLOSE = "not decided"  # an interval does not exclude 1
    UNPROVEN = "unproven"  # the interval of the control excludes 1
    DISTURBED = "disturbed"  # the machine was busy


@dataclass(frozen=True, kw_only=True)
class GridPoint:
    """One combination of the two sizes.

    Attributes:
        along: the value of the first size.
        across: the value of the second size.
        group: the cells that ran at this point.
    """

    along: float
    across: float
    group: CellGroup

    @property
    def rivals(self) -> tuple[CellResult, ...]:
        """The timed cells whose result is that of their mode, the fastest first.

        A cell that disagrees computes something else, and one that captured nothing
        ran eagerly.
        """
        sound = [
            (timing.step_time_ns, number, cell)
            for number, (cell, timing) in enumerate(self.group.timed)
            if not cell.disagrees and cell.cell.captures != Captures.NOT_CAPTURED
        ]
        return tuple(cell for _, _, cell in sorted(sound, key=lambda each: each[:2]))

    @property
    def open_reason(self) -> OpenReason | None:
        """Why no variant is the fastest; None if one is."""
        if len(self.rivals) < 2:  # noqa: PLR2004 - a comparison
            return OpenReason.NOT_TIMED
        if self.group.is_disturbed:
            return OpenReason.DISTURBED
        if self.group.is_unproven:
            return OpenReason.UNPROVEN
        first, *others = self.rivals
        is_first = all(self.group.ranks(first, other) for other in others)
        return None if is_first else OpenReason.CLOSE

    @property
    def fastest(self) -> CellResult | None:
        """The cell whose interval excludes every other one, if there is one."""
        return None if self.open_reason else self.rivals[0]


@dataclass(frozen=True, kw_only=True)
class GridLine:
    """One variant at one value of the second size: its step times, and their line.

    Attributes:
        cells: value of the first size, cell; in the order of values.
        line: step time in ns by the first size; None for fewer than three values.
        kernel_ns: time of the bare kernels of one unit; NaN where it is unknown.
    """

    cells: tuple[tuple[float, CellResult], ...]
    across: float
    line: LineEstimate | None
    kernel_ns: float

    @property
    def variant(self) -> str:
        """``framework/mode``."""
        return self.cells[0][1].variant

    @property
    def framework(self) -> str:
        """The framework of the cells."""
        return self.cells[0][1].framework

    @property
    def dispatch(self) -> Interval:
        """The cost of a unit without its bare kernels, in ns; NaN if unknown.

        Below 0, the variant takes less time than the bare kernels one by one: it fuses
        them. The uncertainty of the kernel's time is no part of the interval.
        """
        if self.line is None:
            return Interval()
        slope, kernel = self.line.per_unit, self.kernel_ns
        return Interval(
            estimate=slope.estimate - kernel,
            low=slope.low - kernel,
            high=slope.high - kernel,
        )

    @property
    def timed(self) -> tuple[tuple[float, float], ...]:
        """Value of the first size, step time in ns, where there is one."""
        return tuple(
            (value, cell.timing.step_time_ns)
            for value, cell in self.cells
            if cell.timing is not None and is_known(cell.timing.step_time_ns)
        )


@dataclass(frozen=True, kw_only=True)
class Grid:
    """One workload over every combination of two sizes, on one device in one dtype."""

    heading: str  # the workload; also dtype and device where the run has several
    sizes: tuple[str, str]
    points: tuple[GridPoint, ...]
    lines: tuple[GridLine, ...]  # by second size, then variant

    @cached_property
    def values_along(self) -> tuple[float, ...]:
        """The values of the first size, in order."""
        return tuple(sorted({point.along for point in self.points}))

    @cached_property
    def values_across(self) -> tuple[float, ...]:
        """The values of the second size, in order."""
        return tuple(sorted({point.across for point in self.points}))

    def find(self, *, along: float, across: float) -> GridPoint | None:
        """Return the point of these values, or None if the run has not reached it."""
        return next(
            (p for p in self.points if (p.along, p.across) == (along, across)), None
        )


def find_grids(run: Run, groups: Iterable[CellGroup]) -> tuple[Grid, ...]:
    """Return the grids of a run; none if no two sizes were swept together.

    Raises:
        RunError: a sample is invalid.
    """
    points = {w.label: w for w in run.record.request.workloads if len(w.grid) > 1}
    found = group_points(points, groups)
    steps = collect_launch_figures(run).steps if found else {}
    grids = []
    for of_grid in found:
        request = points[of_grid[0].workload]
        first, second = request.grid
        placed = [
            GridPoint(
                along=float(points[group.workload].values[first]),
                across=float(points[group.workload].values[second]),
                group=group,
            )
            for group in of_grid
        ]
        placed.sort(key=lambda point: (point.across, point.along))
        grids.append(
            Grid(
                heading=name_sweep(of_grid[0], request.swept),
                sizes=(first, second),
                points=tuple(placed),
                lines=tuple(_fit_lines(run.record, placed, steps=steps)),
            )
        )
    return tuple(grids)


def _fit_lines(
    record: RunRecord,
    points: Sequence[GridPoint],
    *,
    steps: Mapping[Key, Sequence[float]],
) -> Iterable[GridLine]:
    """Yield the line of each variant at each value of the second size."""
    by_line: dict[tuple[float, str], list[tuple[GridPoint, CellResult]]] = {}
    for point in points:
        for cell in point.group.lines:
            key = (point.across, cell.variant)
            by_line.setdefault(key, []).append((point, cell))
    for (across, _), placed in by_line.items():
        # One step time for each launch: launches are independent, blocks are not.
        measured = [
            (point.along, exp(log_ns))
            for point, cell in placed
            if cell.timing is not None
            for log_ns in steps.get(cell.cell.key_values, ())
        ]
        yield GridLine(
            cells=tuple((point.along, cell) for point, cell in placed),
            across=across,
            line=estimate_line([x for x, _ in measured], [t for _, t in measured]),
            kernel_ns=_find_kernel(record, [point for point, _ in placed]),
        )


def _find_kernel(record: RunRecord, points: Sequence[GridPoint]) -> float:
    """Return the time of the bare kernels of one unit of the first size, in ns.

    The bare kernels of a step grow linearly with the first size: the difference of the
    last and the first point leaves out what every step has.
    """
    first, last = points[0], points[-1]
    if first.along == last.along:
        return nan
    at_ends = [_sum_kernels(record, point.group) for point in (first, last)]
    return (at_ends[1] - at_ends[0]) / (last.along - first.along)


def _sum_kernels(record: RunRecord, group: CellGroup) -> float:
    """Return the time of a step's products and element-wise operations, in ns.

    Products count at the machine's peak. NaN if none of them is counted.
    """
    flops = record.flops_per_step.get(group.workload, 0.0)
    elements = record.elements_per_step.get(group.workload, 0.0)
    record = with_facts_of_machine(record, workload=group.workload)
    peak = record.peak_flops_per_second.get(group.dtype, nan)
    parts = [1e9 * flops / peak] if flops else []
    parts += [elements * record.element_ns.get(group.dtype, nan)] if elements else []
    total = sum(parts)
    return total if parts and isfinite(total) else nan
