"""Read all runs of a folder and follow every cell over them.

Runs that cannot be compared are in separate groups. The runs of a group have the same
machine, versions, settings, sizes and baseline. Within a group, each cell has a series
of points over time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compare.errors import RunError
from compare.history.identity import (
    DifferingFact,
    find_differing_facts,
    split_by_machine_kind,
)
from compare.history.series import Series, build_point, build_series
from compare.runs.folder import read_record
from compare.runs.record import CONTROL, KEY, Key, RunRecord
from compare.runs.store import RUN_FILE, read_stored
from compare.runs.tables import TIMING
from compare.timing.stopping import alpha_per_look

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class PastRun:
    """One run: the parts of it that its history needs."""

    folder: Path
    record: RunRecord
    timing: dict[Key, dict[str, Any]]  # rows of timing.csv without the control


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A folder that could not be used, and the reason."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RunGroup:
    """Comparable runs, oldest first, and the series of every cell."""

    runs: tuple[PastRun, ...]
    series: tuple[Series, ...]
    differing: tuple[DifferingFact, ...] = ()  # from the group that began before it

    @property
    def baseline(self) -> str:
        """The variant that ratios refer to."""
        return self.runs[0].record.baseline


@dataclass(frozen=True, kw_only=True)
class History:
    """All runs of a folder."""

    folder: Path
    groups: tuple[RunGroup, ...]  # the one with the latest run first
    left_out: tuple[LeftOut, ...]

    @property
    def runs(self) -> int:
        """The number of runs that could be used."""
        return sum(len(group.runs) for group in self.groups)


def read_history(folder: Path) -> History:
    """Read every finished run in the subfolders of a folder.

    Raises:
        RunError: the folder does not exist, or no run in it can be used.
    """
    found = [
        part for each in _find_run_folders(folder) for part in _read_past_runs(each)
    ]
    left_out = tuple(each for each in found if isinstance(each, LeftOut))
    runs = [each for each in found if isinstance(each, PastRun)]
    if not runs:
        raise RunError(_explain_no_runs(folder, left_out=left_out))
    return History(folder=folder, groups=tuple(_group_runs(runs)), left_out=left_out)


def _find_run_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise RunError(f'expected a folder that holds runs; received "{folder}"')
    if (folder / RUN_FILE).exists():
        raise RunError(
            f'expected a folder that holds runs; received "{folder}", which is a '
            f"run. Use the folder above it: {folder.absolute().parent}"
        )
    return sorted(path.parent for path in folder.glob(f"*/{RUN_FILE}"))


def _explain_no_runs(folder: Path, *, left_out: Sequence[LeftOut]) -> str:
    if not left_out:
        return (
            f'expected a folder that holds runs; received "{folder}", whose '
            f"subfolders contain no {RUN_FILE}. To make a run, use: graph-compare run"
        )
    reasons = "\n".join(f"  {each.name}: {each.reason}" for each in left_out)
    return f"{folder}: expected a finished run with step times; received\n{reasons}"


def _read_past_runs(folder: Path) -> list[PastRun | LeftOut]:
    """Return a run, or why it is left out; a run on a cluster by kind of machine."""
    try:
        record = read_record(folder)
        timing = read_stored(folder, record, TIMING)
    except RunError as error:
        return [LeftOut(name=folder.name, reason=str(error))]
    if not record.finished:
        return [LeftOut(name=folder.name, reason="stopped before it finished")]
    if timing.empty:
        return [LeftOut(name=folder.name, reason="nothing was timed")]
    rows: Any = timing[timing["mode"] != CONTROL].to_dict("records")
    by_cell = {tuple(row[name] for name in KEY): row for row in rows}
    return [
        PastRun(folder=folder, record=part, timing=_select_cells(by_cell, part))
        for part in split_by_machine_kind(record)
    ]


def _select_cells(
    timing: dict[Key, dict[str, Any]], part: RunRecord
) -> dict[Key, dict[str, Any]]:
    """Return the rows of the workloads that a part of a run has."""
    labels = {each.label for each in part.request.workloads}
    return {key: row for key, row in timing.items() if row["workload"] in labels}


def _group_runs(runs: Iterable[PastRun]) -> list[RunGroup]:
    """Return the groups, the one with the latest run first.

    A run joins the first group whose latest run it can be compared with. Two machines
    that take turns therefore give two groups and not one per run.
    """
    groups: list[list[PastRun]] = []
    for run in sorted(runs, key=lambda run: (run.record.created, run.folder.name)):
        for others in groups:
            if _are_comparable(others[-1].record, run.record):
                others.append(run)
                break
        else:
            groups.append([run])
    built = [
        RunGroup(
            runs=tuple(group),
            series=tuple(_build_all_series(group)),
            differing=_find_differing(before, group[0].record),
        )
        for before, group in zip([None, *groups], groups, strict=False)
    ]
    return sorted(built, key=lambda group: group.runs[-1].record.created, reverse=True)


def _are_comparable(one: RunRecord, other: RunRecord) -> bool:
    return one.baseline == other.baseline and not find_differing_facts(one, other)


def _find_differing(
    before: list[PastRun] | None, after: RunRecord
) -> tuple[DifferingFact, ...]:
    """Return the facts in which a group differs from the one that began before it."""
    if before is None:
        return ()
    earlier = before[0].record
    baseline = DifferingFact(
        name="baseline", before=earlier.baseline, after=after.baseline
    )
    changed = (baseline,) * (earlier.baseline != after.baseline)
    return (*changed, *find_differing_facts(earlier, after))


def _build_all_series(runs: Sequence[PastRun]) -> Iterator[Series]:
    """Yield a series for every cell, in the order of the latest run that timed it."""
    keys = dict.fromkeys(key for run in reversed(runs) for key in run.timing)
    for key in keys:
        points = [
            build_point(
                run.timing[key], number=number, alpha=alpha_per_look(run.record.request)
            )
            for number, run in enumerate(runs)
            if key in run.timing
        ]
        yield build_series(key, points=points, baseline=runs[0].record.baseline)
