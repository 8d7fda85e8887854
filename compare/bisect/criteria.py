"""What counts as changed, read from a run of the oldest version and another one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import TYPE_CHECKING

from compare.bisect.search import VersionOutcome
from compare.contract import BreakKind, Captures
from compare.results.joining import group_cells
from compare.results.pairs import measure_pairs
from compare.runs.words import Status
from compare.stats.estimates import EQUIVALENCE_MARGIN
from compare.wording import format_count

if TYPE_CHECKING:
    from compare.runs.folder import Run
    from compare.runs.record import BreakFacts, Cell
    from compare.stats.estimates import Interval


class Until(StrEnum):
    """What a version may have changed."""

    SLOWER = "slower"
    DISAGREES = "disagrees"
    BREAKS = "breaks"
    RETRACES = "retraces"


@dataclass(frozen=True, kw_only=True)
class JudgedVersion:
    """Whether a version is changed, and how that was seen."""

    outcome: VersionOutcome
    evidence: str
    ratio: Interval | None = None


def judge_version(
    until: Until, run: Run, *, before: str, after: str, goal: float
) -> JudgedVersion:
    """Return whether a variant differs from that of the oldest version.

    Args:
        until: what counts.
        run: of both variants.
        before: the variant of the oldest version.
        after: that of the version in question.
        goal: the ratio of the newest version's step time to the oldest's; 1 while that
            is measured. A version is changed if its ratio is nearer to it than to 1.
    """
    cell = find_cell(run, after)
    if cell.status is not Status.OK:
        return JudgedVersion(
            outcome=VersionOutcome.NOT_RUN, evidence=f"{cell.status}: {cell.reason}"
        )
    if until is Until.SLOWER:
        return judge_speed(measure_ratio(run, before=before, after=after), goal=goal)
    if until is Until.DISAGREES:
        return judge_results(run, after)
    count = count_breaks if until is Until.BREAKS else count_captures
    old, new = count(run, find_cell(run, before)), count(run, cell)
    return JudgedVersion(
        outcome=VersionOutcome.CHANGED
        if new.number > old.number
        else VersionOutcome.UNCHANGED,
        evidence=f"{new.text}; the oldest version: {old.text}",
    )


def judge_speed(ratio: Interval, *, goal: float) -> JudgedVersion:
    """Return on which side of the geometric mean of 1 and a goal a ratio is.

    While the goal is 1, a ratio is unchanged if it is proven to be below the margin of
    equivalence.
    """
    boundary = sqrt(goal)
    largest_unchanged = boundary if goal > 1 else 1 + EQUIVALENCE_MARGIN
    outcome = VersionOutcome.CANNOT_TELL
    if ratio.low > boundary:
        outcome = VersionOutcome.CHANGED
    elif ratio.high < largest_unchanged:
        outcome = VersionOutcome.UNCHANGED
    text = (
        f"{ratio.estimate:.3f} times the step time "
        f"({ratio.low:.3f} to {ratio.high:.3f})"
    )
    return JudgedVersion(outcome=outcome, evidence=text, ratio=ratio)


def needed_precision(goal: float) -> float:
    """Return the half width of an interval that decides between 1 and a goal.

    It is a little less than the distance of both from the boundary.
    """
    return max(0.8 * (sqrt(goal) - 1), 5e-4)


def measure_ratio(run: Run, *, before: str, after: str) -> Interval:
    """Return the ratio of two variants' step times over launches, with its interval."""
    lines = {line.variant: line for group in group_cells(run) for line in group.lines}
    (pair,) = measure_pairs(run, [(lines[before], lines[after])])
    return pair.ratio


def judge_results(run: Run, variant: str) -> JudgedVersion:
    """Return whether a variant disagrees with the reference."""
    lines = (line for group in group_cells(run) for line in group.lines)
    line = next(line for line in lines if line.variant == variant)
    if line.disagrees:
        reason = line.cell.disagreement or "it disagrees with the reference"
        return JudgedVersion(outcome=VersionOutcome.CHANGED, evidence=reason)
    if line.agreement is None or line.agreement.agrees is None:
        return JudgedVersion(
            outcome=VersionOutcome.CANNOT_TELL, evidence="the check decides nothing"
        )
    return JudgedVersion(
        outcome=VersionOutcome.UNCHANGED, evidence="agrees with the reference"
    )


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A number of events, and what they are."""

    number: int
    text: str


def count_breaks(run: Run, cell: Cell) -> Counted:
    """Count the places where a cell leaves its graph, or is not captured."""
    found = [
        each
        for each in examined_breaks(run, cell)
        if each.kind in (BreakKind.BREAK, BreakKind.REFUSED, BreakKind.PYTHON_CALL)
    ]
    number = max(len(found), cell.graph_breaks or 0)
    if cell.captures is Captures.NOT_CAPTURED:
        return Counted(number=number + 1, text=f"not captured{_first_place(found)}")
    text = f"{format_count(number, 'graph break')}{_first_place(found)}"
    return Counted(number=number, text=text)


def count_captures(run: Run, cell: Cell) -> Counted:
    """Count how often a cell captured its graph, in checks and in launches."""
    again = [e for e in examined_breaks(run, cell) if e.kind is BreakKind.RETRACE]
    launches = [
        start.captures_count + start.recaptures
        for start in run.record.starts
        if (start.workload, start.framework, start.mode)
        == (cell.workload, cell.framework, cell.mode)
    ]
    sizes = sum(
        size.captures
        for each in run.record.examined
        if (each.workload, each.variant) == (cell.workload, cell.variant)
        for size in each.sizes
    )
    number = len(again) + max(launches, default=0) + sizes
    text = f"{format_count(number, 'capture')}{_first_place(again)}"
    return Counted(number=number, text=text)


def examined_breaks(run: Run, cell: Cell) -> list[BreakFacts]:
    """Return the breaks that were examined of a user's model in a cell."""
    return [
        one
        for each in run.record.examined
        if (each.workload, each.variant) == (cell.workload, cell.variant)
        for one in each.breaks
    ]


def find_cell(run: Run, variant: str) -> Cell:
    """Return the cell of a variant."""
    return next(cell for cell in run.record.cells if cell.variant == variant)


def _first_place(found: list[BreakFacts]) -> str:
    if not found:
        return ""
    first = found[0]
    return f", the first at {first.file}:{first.line}: {first.reason}"
