"""What changed between two runs: two runs read back, cell by cell.

Two runs are made at different times, and in between the machine changes too. What is
judged is therefore the ratio to the baseline, which every round measured beside the
variant, so that whatever slowed both is gone from it. The step time itself changes with
the machine; it is shown, and judged only where that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import isnan, log1p, nan
from typing import TYPE_CHECKING

import numpy as np

from compare.errors import UsageError
from compare.history.cell_changes import CellChange, find_cell_changes
from compare.history.comparable import require_comparable
from compare.history.identity import Differing, differing
from compare.results.joining import group_cells
from compare.stats.change import Change, estimate_change
from compare.stats.estimates import ALPHA, adjust_holm
from compare.timing.launch_figures import LaunchFigures, collect_launch_figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.folder import Run

Comparisons = tuple["CellGroup", ...]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One cell that both runs have."""

    before: CellResult
    after: CellResult
    ratio: Change  # to the baseline
    step: Change  # in ns, with whatever the machine did in between
    judged: Change  # one of the two
    p: float = nan  # of what is judged, adjusted for all cells
    verdict: str = ""  # empty where there are no two step times
    changes: tuple[CellChange, ...] = ()

    @property
    def is_judged(self) -> bool:
        """Whether it could have been found to be faster or slower."""
        return self.verdict in ("faster", "slower", "equivalent", "inconclusive")

    @property
    def moved(self) -> bool:
        """Whether its step time changed, as far as these runs can tell."""
        return self.verdict in ("faster", "slower")

    @property
    def regressed(self) -> bool:
        """Whether it is slower, or worse in another way that counts."""
        return self.verdict == "slower" or any(
            each.is_regression for each in self.changes
        )


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One workload on one device in one dtype, in both runs."""

    before: CellGroup
    after: CellGroup
    rows: tuple[Row, ...]
    control: Row | None  # the baseline against itself, judged by nobody


@dataclass(frozen=True, kw_only=True)
class Diff:
    """Everything that changed, and everything that did not."""

    before: Run
    after: Run
    threshold: float  # a fraction; changes within it do not count
    absolute: bool  # step times were judged, not ratios
    differing: tuple[Differing, ...]  # what should be alike and is not
    pairs: tuple[Pair, ...]
    only_before: tuple[CellResult, ...]
    only_after: tuple[CellResult, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every cell that both runs have."""
        return tuple(row for pair in self.pairs for row in pair.rows)

    @property
    def regressed(self) -> bool:
        """Whether anything is worse, beyond the threshold where it is a time."""
        return any(row.regressed for row in self.rows)


def diff(
    before: Run,
    after: Run,
    *,
    threshold: float,
    absolute: bool = False,
    force: bool = False,
) -> Diff:
    """Compare two runs, the earlier one first.

    Args:
        before: what is compared with.
        after: what may have changed.
        threshold: changes of step times within this fraction do not count.
        absolute: judge step times themselves, the drift of the machine included.
        force: compare runs of different machines, versions or settings all the same.

    Raises:
        UsageError: the two cannot be compared; says why, and what to do.
        RunError: samples that cannot have been measured.
    """
    require_comparable(before, after, absolute=absolute, force=force)
    earlier, later = group_cells(before), group_cells(after)
    figures = _figures(before, after)
    pairs = list(_pairs(earlier, later, figures=figures, absolute=absolute))
    if not pairs:
        raise UsageError(
            f"expected two runs with a cell in common; {before.folder} and "
            f"{after.folder} have none"
        )
    found = Diff(
        before=before,
        after=after,
        threshold=threshold,
        absolute=absolute,
        differing=differing(before.record, after.record),
        pairs=_judged(pairs, threshold=threshold),
        only_before=tuple(_lone(earlier, others=later)),
        only_after=tuple(_lone(later, others=earlier)),
    )
    if not found.regressed and not any(row.is_judged for row in found.rows):
        raise UsageError(_nothing_judged(absolute=absolute))
    return found


def _figures(before: Run, after: Run) -> tuple[LaunchFigures, LaunchFigures]:
    one, other = collect_launch_figures(before), collect_launch_figures(after)
    if before.record.baseline != after.record.baseline:  # these are not the same ratios
        return replace(one, ratios={}), replace(other, ratios={})
    return one, other


def _nothing_judged(*, absolute: bool) -> str:
    if absolute:
        return "expected two runs with a cell timed in both; received none that was"
    return (
        "expected two runs with a cell whose ratio to the baseline is in both; "
        "received none. Step times can be compared, with --absolute"
    )


def _pairs(
    before: Comparisons,
    after: Comparisons,
    *,
    figures: tuple[LaunchFigures, LaunchFigures],
    absolute: bool,
) -> Iterator[Pair]:
    """Workloads that both have, with the cells that both have, judged by nobody yet."""
    earlier = {_place(each): each for each in before}
    for later in after:
        if _place(later) in earlier:
            both = (earlier[_place(later)], later)
            pair = _pair(*both, figures=figures, absolute=absolute)
            if pair.rows:
                yield pair


def _pair(
    before: CellGroup,
    after: CellGroup,
    *,
    figures: tuple[LaunchFigures, LaunchFigures],
    absolute: bool,
) -> Pair:
    row = partial(_row, figures=figures, absolute=absolute)
    earlier = {line.cell.key_values: line for line in before.lines}
    both = [line for line in after.lines if line.cell.key_values in earlier]
    first, second = before.control, after.control
    return Pair(
        before=before,
        after=after,
        rows=tuple(row(earlier[line.cell.key_values], line) for line in both),
        control=row(first, second) if first and second else None,
    )


def _row(
    before: CellResult,
    after: CellResult,
    *,
    figures: tuple[LaunchFigures, LaunchFigures],
    absolute: bool,
) -> Row:
    key, timed = after.cell.key_values, not before.is_missing and not after.is_missing
    one, other = figures if timed else (LaunchFigures(), LaunchFigures())
    ratio = estimate_change(one.ratios.get(key, ()), other.ratios.get(key, ()))
    step = estimate_change(one.steps.get(key, ()), other.steps.get(key, ()))
    if after.is_baseline:
        ratio = Change()  # 1 to itself
    return Row(
        before=before,
        after=after,
        ratio=ratio,
        step=step,
        judged=step if absolute else ratio,
        changes=tuple(find_cell_changes(before, after)),
    )


def _judged(pairs: list[Pair], *, threshold: float) -> tuple[Pair, ...]:
    """The same with verdicts, which depend on how many cells are looked at."""
    rows = [row for pair in pairs for row in pair.rows]
    adjusted = iter(adjust_holm([row.judged.p for row in rows]))

    def judged(row: Row) -> Row:
        p = next(adjusted)
        return replace(row, p=p, verdict=_verdict(row, p=p, threshold=threshold))

    return tuple(replace(pair, rows=tuple(map(judged, pair.rows))) for pair in pairs)


def _verdict(row: Row, *, p: float, threshold: float) -> str:
    """Faster or slower beyond the threshold and beyond chance, or why not."""
    factor, margin = row.judged.factor, log1p(threshold)
    if isnan(factor.estimate):
        return "baseline" if row.after.is_baseline else ""
    moved = float(np.log(factor.estimate))
    if p < ALPHA and abs(moved) > margin:
        return "slower" if moved > 0 else "faster"
    ends = np.abs(np.log([factor.low, factor.high]))
    return "equivalent" if (ends <= margin).all() else "inconclusive"  # NaN is neither


def _lone(comparisons: Comparisons, *, others: Comparisons) -> Iterator[CellResult]:
    theirs = {line.cell.key_values for each in others for line in each.lines}
    for comparison in comparisons:
        yield from (
            line for line in comparison.lines if line.cell.key_values not in theirs
        )


def _place(comparison: CellGroup) -> tuple[str, ...]:
    return (comparison.workload, comparison.device, comparison.dtype)
