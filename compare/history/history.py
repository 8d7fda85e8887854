"""Every cell over all the runs in a folder.

Runs that cannot be compared stand in separate groups: of one machine, with the same
versions, settings, sizes and baseline each. Within a group a cell is a line over time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compare.errors import RunError
from compare.history.identity import Differing, differing
from compare.history.series import Series, point, series
from compare.runs.folder import RUN_FILE, read_record
from compare.runs.record import CONTROL, KEY, Key, RunRecord
from compare.runs.tables import TIMING, read_table
from compare.timing.stopping import alpha_per_look

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Past:
    """One run, as far as its history goes."""

    folder: Path
    record: RunRecord
    timing: dict[Key, dict[str, Any]]  # rows of timing.csv, the control left out


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A folder that could not be used, and why."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """Runs that can be compared, oldest first, and every cell of theirs."""

    runs: tuple[Past, ...]
    series: tuple[Series, ...]
    differing: tuple[Differing, ...] = ()  # from the group that began before it

    @property
    def baseline(self) -> str:
        """What ratios are taken to."""
        return self.runs[0].record.baseline


@dataclass(frozen=True, kw_only=True)
class History:
    """All runs of a folder."""

    folder: Path
    groups: tuple[Group, ...]  # that with the latest run first
    left_out: tuple[LeftOut, ...]

    @property
    def runs(self) -> int:
        """How many runs could be used."""
        return sum(len(group.runs) for group in self.groups)


def read(folder: Path) -> History:
    """Read every finished run in the folders of a folder.

    Raises:
        RunError: there is no such folder, or no run in it can be used.
    """
    found = [_past(each) for each in _candidates(folder)]
    left_out = tuple(each for each in found if isinstance(each, LeftOut))
    runs = [each for each in found if isinstance(each, Past)]
    if not runs:
        raise RunError(_nothing(folder, left_out=left_out))
    return History(folder=folder, groups=tuple(_groups(runs)), left_out=left_out)


def _candidates(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise RunError(f'expected a folder that holds runs; received "{folder}"')
    if (folder / RUN_FILE).exists():
        raise RunError(
            f'expected a folder that holds runs; received "{folder}", which is a run. '
            f"Name the folder above it: {folder.absolute().parent}"
        )
    return sorted(path.parent for path in folder.glob(f"*/{RUN_FILE}"))


def _nothing(folder: Path, *, left_out: Sequence[LeftOut]) -> str:
    if not left_out:
        return (
            f'expected a folder that holds runs; received "{folder}", in whose folders '
            f"there is no {RUN_FILE}. Runs are made by: graph-compare run"
        )
    reasons = "\n".join(f"  {each.name}: {each.reason}" for each in left_out)
    return f"{folder}: expected a run that was timed to its end; received\n{reasons}"


def _past(folder: Path) -> Past | LeftOut:
    try:
        record = read_record(folder)
        timing = read_table(folder, TIMING)
    except RunError as error:
        return LeftOut(name=folder.name, reason=str(error))
    if not record.finished:
        return LeftOut(name=folder.name, reason="stopped before it finished")
    if timing.empty:
        return LeftOut(name=folder.name, reason="nothing was timed")
    rows: Any = timing[timing["mode"] != CONTROL].to_dict("records")
    by_cell = {tuple(row[name] for name in KEY): row for row in rows}
    return Past(folder=folder, record=record, timing=by_cell)


def _groups(runs: Iterable[Past]) -> list[Group]:
    """That with the latest run first, each told from the one that began before it."""
    kindred: list[list[Past]] = []
    for run in sorted(runs, key=lambda run: (run.record.created, run.folder.name)):
        for others in kindred:
            if _comparable(others[-1].record, run.record):
                others.append(run)
                break
        else:
            kindred.append([run])
    made = [
        Group(
            runs=tuple(one),
            series=tuple(_series(one)),
            differing=_told_from(before, one[0].record),
        )
        for before, one in zip([None, *kindred], kindred, strict=False)
    ]
    return sorted(made, key=lambda group: group.runs[-1].record.created, reverse=True)


def _comparable(one: RunRecord, other: RunRecord) -> bool:
    return one.baseline == other.baseline and not differing(one, other)


def _told_from(before: list[Past] | None, after: RunRecord) -> tuple[Differing, ...]:
    if before is None:
        return ()
    earlier = before[0].record
    baselines = Differing(
        name="baseline", before=earlier.baseline, after=after.baseline
    )
    changed = (baselines,) * (earlier.baseline != after.baseline)
    return (*changed, *differing(earlier, after))


def _series(runs: Sequence[Past]) -> Iterator[Series]:
    """Every cell that any of the runs timed, in the order of the latest that did."""
    keys = dict.fromkeys(key for run in reversed(runs) for key in run.timing)
    for key in keys:
        points = [
            point(
                run.timing[key], number=number, alpha=alpha_per_look(run.record.request)
            )
            for number, run in enumerate(runs)
            if key in run.timing
        ]
        yield series(key, points=points, baseline=runs[0].record.baseline)
