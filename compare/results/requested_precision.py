"""Whether the requested precision of a run was reached, and what it would take."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite
from typing import TYPE_CHECKING

from compare.render.format import is_known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.record import RunRecord
    from compare.runs.rows import TimingRow


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """A workload whose ratios are known less precisely than requested.

    Attributes:
        heading: of the workload.
        variant: the one whose interval is widest.
        half: half the width of its interval, relative to the ratio; NaN if unknown.
        launches: that were made.
        seconds: that they took.
        needed: the estimated number of launches; None if nothing is known.
    """

    heading: str
    variant: str
    half: float
    launches: int
    seconds: float
    needed: int | None

    @property
    def needed_s(self) -> float | None:
        """The estimated duration of all needed launches; None if it is unknown."""
        if self.needed is None or not self.launches:
            return None
        return self.needed * self.seconds / self.launches


def find_shortfalls(
    record: RunRecord, groups: Iterable[CellGroup]
) -> tuple[Shortfall, ...]:
    """Return the workloads whose requested precision was not reached.

    A run is stopped by its precision if every interval is narrow enough
    (`timing.stopping.is_precise_enough`), the control's included.
    """
    if record.request.precision is None:
        return ()
    found = (_find_shortfall(record, group) for group in groups)
    return tuple(each for each in found if each is not None)


def _find_shortfall(record: RunRecord, group: CellGroup) -> Shortfall | None:
    requested = record.request.precision or 0.0
    halves = {line.variant: _half_width(timing) for line, timing in _timed(group)}
    wide = {name: half for name, half in halves.items() if not half <= requested}
    if not wide:
        return None
    variant = max(wide, key=lambda name: (not isfinite(wide[name]), wide[name]))
    launches = record.launches_done.get(group.workload, 0)
    return Shortfall(
        heading=group.heading,
        variant=variant,
        half=wide[variant],
        launches=launches,
        seconds=record.launching_s.get(group.workload, 0.0),
        needed=_estimate_launches(wide[variant], requested, launches=launches),
    )


def _timed(group: CellGroup) -> list[tuple[CellResult, TimingRow]]:
    """Return the cells with a ratio, and the control."""
    lines = [*group.lines, *([group.control] if group.control else [])]
    return [
        (line, line.timing)
        for line in lines
        if line.timing is not None and not line.is_baseline
    ]


def _half_width(timing: TimingRow) -> float:
    if not (is_known(timing.ratio) and is_known(timing.ratio_high)):
        return float("nan")
    return timing.ratio_high / timing.ratio - 1


def _estimate_launches(half: float, requested: float, *, launches: int) -> int | None:
    """Return how many launches give the requested width, at the spread seen so far.

    The width of an interval is proportional to the square root of the reciprocal of
    the number of launches.
    """
    if not isfinite(half) or not launches:
        return None
    return ceil(launches * (half / requested) ** 2)
