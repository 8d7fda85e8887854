"""Find what changed between two runs, cell by cell.

Two runs are made at different times, and the machine changes in between. The ratio to
the baseline is therefore compared: both were measured in the same rounds, so that
whatever slows both cancels out. The step time itself includes the drift of the machine.
It is shown, and judged only on request.
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
from compare.history.identity import (
    DifferingFact,
    find_differing_facts,
    find_incomparable_workloads,
)
from compare.results.joining import group_cells
from compare.stats.change import Change, estimate_change
from compare.stats.estimates import ALPHA, TimingVerdict, adjust_holm
from compare.timing.launch_figures import LaunchFigures, collect_launch_figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.folder import Run

JUDGED = (
    TimingVerdict.FASTER,
    TimingVerdict.SLOWER,
    TimingVerdict.EQUIVALENT,
    TimingVerdict.INCONCLUSIVE,
    TimingVerdict.CANNOT_TELL,
)


@dataclass(frozen=True, kw_only=True)
class CellDiff:
    """One cell that both runs have."""

    before: CellResult
    after: CellResult
    ratio: Change  # to the baseline
    step: Change  # in ns, including the drift of the machine
    judged: Change  # one of the two
    launches: tuple[int, int]  # of each run that `judged` is estimated from
    p: float = nan  # of no change of `judged`, adjusted for all cells
    verdict: TimingVerdict | None = None  # None without a figure in both runs
    changes: tuple[CellChange, ...] = ()

    @property
    def is_judged(self) -> bool:
        """Whether the cell was tested for being faster or slower."""
        return self.verdict in JUDGED

    @property
    def is_changed(self) -> bool:
        """Whether a change of its step time was found."""
        return self.verdict in (TimingVerdict.FASTER, TimingVerdict.SLOWER)

    @property
    def is_regression(self) -> bool:
        """Whether the cell is slower, or worse in another property."""
        return self.verdict is TimingVerdict.SLOWER or any(
            each.is_regression for each in self.changes
        )


@dataclass(frozen=True, kw_only=True)
class GroupDiff:
    """One workload on one device in one dtype, in both runs."""

    before: CellGroup
    after: CellGroup
    rows: tuple[CellDiff, ...]
    control: CellDiff | None  # the baseline's second worker; not judged


@dataclass(frozen=True, kw_only=True)
class Diff:
    """Two runs compared."""

    before: Run
    after: Run
    threshold: float  # a fraction; smaller changes of a step time do not count
    absolute: bool  # step times were judged, not ratios
    differing: tuple[DifferingFact, ...]  # facts that should be equal
    # Workloads of runs on clusters whose machines differ, with the facts.
    left_out: Mapping[str, tuple[DifferingFact, ...]]
    groups: tuple[GroupDiff, ...]
    only_before: tuple[CellResult, ...]
    only_after: tuple[CellResult, ...]

    @property
    def rows(self) -> tuple[CellDiff, ...]:
        """Every cell that both runs have."""
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def has_regression(self) -> bool:
        """Whether a cell is worse; for a step time, by more than the threshold."""
        return any(row.is_regression for row in self.rows)


def compare_runs(
    before: Run,
    after: Run,
    *,
    threshold: float,
    absolute: bool = False,
    force: bool = False,
) -> Diff:
    """Compare two runs.

    Args:
        before: the earlier run, to compare with.
        after: the later run.
        threshold: a fraction; smaller changes of a step time do not count.
        absolute: judge step times, which include the drift of the machine, in place of
            ratios to the baseline.
        force: accept runs with different machines, versions or settings.

    Raises:
        UsageError: the runs cannot be compared; the message contains the reason and
            what to do.
        RunError: a sample is invalid.
    """
    require_comparable(before, after, absolute=absolute, force=force)
    left_out = {} if force else find_incomparable_workloads(before.record, after.record)
    earlier, later = (
        [each for each in group_cells(run) if each.workload not in left_out]
        for run in (before, after)
    )
    figures = _collect_figures(before, after)
    groups = list(_compare_groups(earlier, later, figures=figures, absolute=absolute))
    if not groups:
        raise UsageError(
            f"expected two runs with a cell in common; {before.folder} and "
            f"{after.folder} have none"
        )
    found = Diff(
        before=before,
        after=after,
        threshold=threshold,
        absolute=absolute,
        differing=find_differing_facts(before.record, after.record) if force else (),
        left_out=left_out,
        groups=_add_verdicts(groups, threshold=threshold),
        only_before=tuple(_select_unmatched(earlier, others=later)),
        only_after=tuple(_select_unmatched(later, others=earlier)),
    )
    if not found.has_regression and not any(row.is_judged for row in found.rows):
        raise UsageError(_explain_nothing_judged(absolute=absolute))
    return found


def _collect_figures(before: Run, after: Run) -> tuple[LaunchFigures, LaunchFigures]:
    one, other = collect_launch_figures(before), collect_launch_figures(after)
    if before.record.baseline != after.record.baseline:  # ratios to other baselines
        return replace(one, ratios={}), replace(other, ratios={})
    return one, other


def _explain_nothing_judged(*, absolute: bool) -> str:
    if absolute:
        return "expected two runs with a cell that was timed in both; received none"
    return (
        "expected two runs with a cell whose ratio to the baseline is in both; "
        "received none. To compare step times, use --absolute"
    )


def _compare_groups(
    before: Sequence[CellGroup],
    after: Sequence[CellGroup],
    *,
    figures: tuple[LaunchFigures, LaunchFigures],
    absolute: bool,
) -> Iterator[GroupDiff]:
    """Yield the groups with a cell in both runs, still without verdicts."""
    earlier = {_group_key(group): group for group in before}
    for later in after:
        if _group_key(later) in earlier:
            both = (earlier[_group_key(later)], later)
            group = _compare_group(*both, figures=figures, absolute=absolute)
            if group.rows:
                yield group


def _compare_group(
    before: CellGroup,
    after: CellGroup,
    *,
    figures: tuple[LaunchFigures, LaunchFigures],
    absolute: bool,
) -> GroupDiff:
    compare = partial(_compare_cells, figures=figures, absolute=absolute)
    earlier = {line.cell.key_values: line for line in before.lines}
    both = [line for line in after.lines if line.cell.key_values in earlier]
    first, second = before.control, after.control
    return GroupDiff(
        before=before,
        after=after,
        rows=tuple(compare(earlier[line.cell.key_values], line) for line in both),
        control=compare(first, second) if first and second else None,
    )


def _compare_cells(
    before: CellResult,
    after: CellResult,
    *,
    figures: tuple[LaunchFigures, LaunchFigures],
    absolute: bool,
) -> CellDiff:
    key, timed = after.cell.key_values, not before.is_missing and not after.is_missing
    one, other = figures if timed else (LaunchFigures(), LaunchFigures())
    ratios = (one.ratios.get(key, ()), other.ratios.get(key, ()))
    steps = (one.steps.get(key, ()), other.steps.get(key, ()))
    # The ratio of the baseline to itself is always 1.
    ratio = Change() if after.is_baseline else estimate_change(*ratios)
    step = estimate_change(*steps)
    earlier, later = steps if absolute else ratios
    return CellDiff(
        before=before,
        after=after,
        ratio=ratio,
        step=step,
        judged=step if absolute else ratio,
        launches=(len(earlier), len(later)),
        changes=tuple(find_cell_changes(before, after)),
    )


def _add_verdicts(
    groups: Sequence[GroupDiff], *, threshold: float
) -> tuple[GroupDiff, ...]:
    """Return the groups with verdicts, which depend on the number of cells tested."""
    rows = [row for group in groups for row in group.rows]
    adjusted = iter(adjust_holm([row.judged.p for row in rows]))

    def judge(row: CellDiff) -> CellDiff:
        p = next(adjusted)
        return replace(row, p=p, verdict=_judge_change(row, p=p, threshold=threshold))

    return tuple(replace(group, rows=tuple(map(judge, group.rows))) for group in groups)


def _judge_change(row: CellDiff, *, p: float, threshold: float) -> TimingVerdict | None:
    """Return whether a change exceeds both the threshold and chance."""
    factor, margin = row.judged.factor, log1p(threshold)
    if isnan(factor.estimate):
        return TimingVerdict.BASELINE if row.after.is_baseline else None
    if row.before.is_disturbed or row.after.is_disturbed:
        return TimingVerdict.CANNOT_TELL
    change = float(np.log(factor.estimate))
    if p < ALPHA and abs(change) > margin:
        return TimingVerdict.SLOWER if change > 0 else TimingVerdict.FASTER
    # Without an interval both ends are NaN, and the comparison is false.
    ends = np.abs(np.log([factor.low, factor.high]))
    is_within = bool((ends <= margin).all())
    return TimingVerdict.EQUIVALENT if is_within else TimingVerdict.INCONCLUSIVE


def _select_unmatched(
    groups: Iterable[CellGroup], *, others: Iterable[CellGroup]
) -> Iterator[CellResult]:
    """Yield the cells that the other run does not have."""
    keys = {line.cell.key_values for group in others for line in group.lines}
    for group in groups:
        yield from (line for line in group.lines if line.cell.key_values not in keys)


def _group_key(group: CellGroup) -> tuple[str, ...]:
    return (group.workload, group.device, group.dtype)
