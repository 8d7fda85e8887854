"""The result of ``diff``: what changed from one run to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from compare.history.cell_changes import CellChange
from compare.history.identity import DifferingFact
from compare.stats.estimates import Interval, TimingVerdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.history.diff import CellDiff, Diff
    from compare.results.cells import CellResult
    from compare.runs.folder import Run


class ComparedRun(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two runs."""

    run_id: str
    folder: str
    created: str
    baseline: str


class CellName(msgspec.Struct, frozen=True, kw_only=True):
    """What identifies a cell."""

    workload: str
    variant: str
    device: str
    dtype: str


class CellDelta(msgspec.Struct, frozen=True, kw_only=True):
    """What changed in one cell.

    Attributes:
        factor: of the ratio to the baseline, or of the step time with ``--absolute``.
        p: of no change, adjusted for all cells; null without an interval.
        verdict: on the change; null without a figure in both runs.
        launches_before: that the factor is estimated from.
        is_regression: slower, or worse in another property.
        changes: of every other property.
    """

    cell: CellName
    step_before_ns: float
    step_after_ns: float
    ratio_before: float
    ratio_after: float
    factor: Interval
    p: float
    verdict: TimingVerdict | None
    launches_before: int
    launches_after: int
    is_regression: bool
    changes: list[CellChange]


class DiffDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from one run to another.

    Attributes:
        threshold: a fraction; smaller changes of a step time do not count.
        is_absolute: step times were judged, not ratios.
        has_regression: whether a cell got worse; the exit code is then 1.
        differing: facts that should be equal, with ``--force``.
    """

    before: ComparedRun
    after: ComparedRun
    threshold: float
    is_absolute: bool
    has_regression: bool
    differing: list[DifferingFact]
    cells: list[CellDelta]
    only_before: list[CellName]
    only_after: list[CellName]


def describe_diff(found: Diff) -> DiffDocument:
    """Return two compared runs as a document."""
    return DiffDocument(
        before=_describe_compared(found.before),
        after=_describe_compared(found.after),
        threshold=found.threshold,
        is_absolute=found.absolute,
        has_regression=found.has_regression,
        differing=list(found.differing),
        cells=[_describe_delta(row) for row in found.rows],
        only_before=_name_cells(found.only_before),
        only_after=_name_cells(found.only_after),
    )


def _describe_compared(run: Run) -> ComparedRun:
    return ComparedRun(
        run_id=run.record.run_id,
        folder=str(run.folder.absolute()),
        created=run.record.created,
        baseline=run.record.baseline,
    )


def _describe_delta(row: CellDiff) -> CellDelta:
    before, after = row.launches
    (cell,) = _name_cells([row.after])
    return CellDelta(
        cell=cell,
        step_before_ns=row.step.before,
        step_after_ns=row.step.after,
        ratio_before=row.ratio.before,
        ratio_after=row.ratio.after,
        factor=row.judged.factor,
        p=row.p,
        verdict=row.verdict,
        launches_before=before,
        launches_after=after,
        is_regression=row.is_regression,
        changes=list(row.changes),
    )


def _name_cells(found: Sequence[CellResult]) -> list[CellName]:
    return [
        CellName(
            workload=each.cell.workload,
            variant=each.variant,
            device=each.cell.device,
            dtype=each.cell.dtype,
        )
        for each in found
    ]
