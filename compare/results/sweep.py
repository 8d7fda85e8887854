"""A run over several values of one size: its cells by variant, and what they show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from compare.render.format import is_known
from compare.stats.crossing import find_crossing
from compare.stats.estimates import Interval
from compare.stats.line import Line, fit_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.record import RunRecord, WorkloadRequest
    from compare.runs.rows import TimingRow


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """Between two values of the size, a variant changes sides of the baseline.

    Attributes:
        low: the value before the crossing.
        high: the value after it.
        at: where the ratio is 1, with its interval, by `find_crossing`.
        is_faster: it takes less time than the baseline after the crossing.
    """

    low: float
    high: float
    at: Interval
    is_faster: bool


@dataclass(frozen=True, kw_only=True)
class SweptVariant:
    """One variant at every value of the size."""

    cells: tuple[tuple[float, CellResult], ...]  # value, cell

    @property
    def first(self) -> CellResult:
        """The cell of the first value, which has the names of all of them."""
        return self.cells[0][1]

    @property
    def framework(self) -> str:
        """The framework of the cells."""
        return self.first.framework

    @property
    def variant(self) -> str:
        """``framework/mode``."""
        return self.first.variant

    @property
    def timed(self) -> tuple[tuple[float, TimingRow], ...]:
        """The values with a step time."""
        return tuple(
            (value, cell.timing)
            for value, cell in self.cells
            if cell.timing is not None and is_known(cell.timing.step_time_ns)
        )

    @cached_property
    def line(self) -> Line | None:
        """Step time in nanoseconds by size; None for too few points."""
        return fit_line(
            [value for value, _ in self.timed],
            [timing.step_time_ns for _, timing in self.timed],
        )

    @property
    def sides(self) -> tuple[tuple[float, TimingRow], ...]:
        """The values at which its interval excludes 1, in a proven timing."""
        return tuple(
            (value, cell.timing)
            for value, cell in self.cells
            if cell.timing and cell.timing.excludes_one and not cell.is_unproven
        )

    @property
    def crossings(self) -> tuple[Crossing, ...]:
        """The changes from proven slower to faster, and the other way round."""
        return tuple(
            Crossing(
                low=low,
                high=high,
                at=self._find_one(low, high),
                is_faster=after.ratio < 1,
            )
            for (low, before), (high, after) in pairwise(self.sides)
            if (before.ratio < 1) != (after.ratio < 1)
        )

    def _find_one(self, low: float, high: float) -> Interval:
        """Return where the ratio is 1 between two values on different sides of it."""
        return find_crossing(
            [
                (value, Interval(estimate=t.ratio, low=t.ratio_low, high=t.ratio_high))
                for value, t in self.timed
                if low <= value <= high
            ]
        )


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """One workload over the values of a size, on one device in one dtype."""

    heading: str  # the workload; also dtype and device where the run has several
    size: str
    values: tuple[float, ...]
    baseline: str
    variants: tuple[SweptVariant, ...]

    @property
    def changes_structure(self) -> bool:
        """Whether batches of a point have several shapes or structures."""
        return any(
            timing.first_steps > 1
            for swept in self.variants
            for _, timing in swept.timed
        )


def find_sweeps(record: RunRecord, groups: Iterable[CellGroup]) -> tuple[Sweep, ...]:
    """Return the sweeps of a run; none if it has a single value of each size."""
    size = record.request.swept_size
    if not size:
        return ()
    points = {each.label: each for each in record.request.workloads if each.swept}
    return tuple(
        _join_groups(
            points[of_sweep[0].workload].swept,
            size,
            [(float(points[each.workload].values[size]), each) for each in of_sweep],
        )
        for of_sweep in group_points(points, groups)
    )


def group_points(
    points: Mapping[str, WorkloadRequest], groups: Iterable[CellGroup]
) -> list[list[CellGroup]]:
    """Return the groups of each swept workload, on one device in one dtype.

    Args:
        points: label -> a point of a sweep. Groups of other workloads are left out.
        groups: of all workloads.
    """
    found: dict[tuple[str, str, str], list[CellGroup]] = {}
    for group in groups:
        if group.workload in points:
            key = (points[group.workload].swept, group.device, group.dtype)
            found.setdefault(key, []).append(group)
    return list(found.values())


def name_sweep(group: CellGroup, base: str) -> str:
    """Return the heading of a point with the workload's own name, without its sizes."""
    return group.heading.replace(group.workload, base, 1)


def _join_groups(
    base: str, size: str, groups: Sequence[tuple[float, CellGroup]]
) -> Sweep:
    ordered = sorted(groups, key=lambda each: each[0])
    first = ordered[0][1]
    by_variant: dict[str, list[tuple[float, CellResult]]] = {}
    for value, group in ordered:
        for cell in group.lines:
            by_variant.setdefault(cell.variant, []).append((value, cell))
    return Sweep(
        heading=name_sweep(first, base),
        size=size,
        values=tuple(value for value, _ in ordered),
        baseline=first.baseline,
        variants=tuple(SweptVariant(cells=tuple(c)) for c in by_variant.values()),
    )
