"""The result of ``history``: every cell over all runs of a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from compare.history.history import LeftOut
from compare.history.identity import DifferingFact
from compare.history.series import Series

if TYPE_CHECKING:
    from pathlib import Path

    from compare.history.history import History, PastRun, RunGroup


class RunName(msgspec.Struct, frozen=True, kw_only=True):
    """What identifies a run."""

    run_id: str
    folder: str
    created: str


class ComparableRuns(msgspec.Struct, frozen=True, kw_only=True):
    """Runs that can be compared, oldest first, and every cell over them.

    Attributes:
        differing: facts that differ from the group that began before it.
    """

    baseline: str
    runs: list[RunName]
    series: list[Series]
    differing: list[DifferingFact]


class HistoryDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Every cell over all runs of a folder.

    Attributes:
        groups: the one with the latest run first.
        left_out: folders that could not be used, with the reasons.
    """

    folder: str
    page: str
    groups: list[ComparableRuns]
    left_out: list[LeftOut]


def describe_history(found: History, *, page: Path) -> HistoryDocument:
    """Return the runs of a folder as a document."""
    return HistoryDocument(
        folder=str(found.folder.absolute()),
        page=str(page.absolute()),
        groups=[_describe_group(group) for group in found.groups],
        left_out=list(found.left_out),
    )


def _describe_group(group: RunGroup) -> ComparableRuns:
    return ComparableRuns(
        baseline=group.baseline,
        runs=[_name_run(run) for run in group.runs],
        series=list(group.series),
        differing=list(group.differing),
    )


def _name_run(run: PastRun) -> RunName:
    return RunName(
        run_id=run.record.run_id,
        folder=str(run.folder.absolute()),
        created=run.record.created,
    )
