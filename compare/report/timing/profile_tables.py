"""Where the time of profiled steps goes: by kind of operation, and two by two."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from math import inf
from typing import TYPE_CHECKING, Any

from compare.contract import OperationKind
from compare.render.format import (
    DASH,
    known,
    nanoseconds,
    percent,
    shortened,
    signed_nanoseconds,
)
from compare.render.table import Field, Table, tabulate
from compare.report.timing.verdict_tables import STEP_TIME, VARIANT

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.folder import Run

KINDS: tuple[OperationKind, ...] = tuple(OperationKind)
PROCESSORS = {"host": "", "device": ", kernels on the device"}
TOP = 10  # operations shown of a variant
NAME = 52  # characters shown of an operation's name
OVERHEAD = (
    "Self time a profiled step, and in brackets the difference from the baseline. "
    "Watching takes time of its own: where a profiled step takes longer than a timed "
    "one, read it for where the time goes, not for how much it is."
)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One variant's operations on one processor, the longest first."""

    line: CellResult
    operations: pd.DataFrame

    @property
    def step_ns(self) -> float:
        """What all operations of a step take together."""
        return float(self.operations["self_time_ns"].sum())

    def of_kind(self, kind: str) -> float:
        """What the operations of a kind take together."""
        is_of_kind = self.operations["kind"] == kind
        return float(self.operations.loc[is_of_kind, "self_time_ns"].sum())


def profile_tables(run: Run, comparison: CellGroup) -> tuple[Table, ...]:
    """By kind; then the baseline beside each other variant, the quickest first."""
    return tuple(
        table
        for processor in PROCESSORS
        if (profiles := _profiles(run, comparison, processor=processor))
        for table in (
            by_kind(profiles, comparison=comparison, processor=processor),
            *pairs(profiles, comparison=comparison, processor=processor),
        )
    )


def _profiles(run: Run, comparison: CellGroup, *, processor: str) -> list[Profile]:
    found = []
    for line in comparison.lines:
        rows = run.profile[run.profile["processor"] == processor]
        for name, value in line.cell.key.items():
            rows = rows[rows[name] == value]
        if len(rows):
            found.append(Profile(line=line, operations=rows))
    return found


def by_kind(profiles: list[Profile], *, comparison: CellGroup, processor: str) -> Table:
    """Which kinds of operations a step's time goes to, variant by variant."""
    baseline = next((p for p in profiles if p.line.is_baseline), None)
    kinds = [kind for kind in KINDS if any(p.of_kind(kind) for p in profiles)]

    def of(kind: str) -> Field[Profile]:
        def show(profile: Profile) -> str:
            time_ns = profile.of_kind(kind)
            more = time_ns - baseline.of_kind(kind) if baseline else 0.0
            beside = f" ({signed_nanoseconds(more)})" if more else ""
            return f"{nanoseconds(time_ns)}{beside}"

        return Field(title=kind, show=show)

    return tabulate(
        f"{comparison.heading}: where a step's time goes{PROCESSORS[processor]}",
        fields=(
            Field(title="variant", show=lambda p: VARIANT.show(p.line), kind="word"),
            *map(of, kinds),
            Field(title="profiled step", show=lambda p: nanoseconds(p.step_ns)),
            Field(title="timed step", show=lambda p: STEP_TIME.show(p.line)),
        ),
        items=profiles,
        note=OVERHEAD,
    )


def pairs(
    profiles: list[Profile], *, comparison: CellGroup, processor: str
) -> Iterator[Table]:
    """The top operations of the baseline beside those of each other variant."""
    baseline = next((p for p in profiles if p.line.is_baseline), None)
    if baseline is None:
        return
    others = [profile for profile in profiles if profile is not baseline]
    for other in sorted(others, key=_timed_ns):
        names = f"{baseline.line.variant} and {other.line.variant}"
        yield tabulate(
            f"{comparison.heading}: top operations of {names}{PROCESSORS[processor]}",
            fields=(
                Field(title="rank", show=lambda row: row[0], kind="word"),
                *_side(baseline, at=1),
                *_side(other, at=2),
            ),
            items=_rows(baseline, other),
        )


def _timed_ns(profile: Profile) -> float:
    timing = profile.line.timing
    return timing.step_time_ns if timing and known(timing.step_time_ns) else inf


def _rows(one: Profile, other: Profile) -> Iterator[tuple[Any, ...]]:
    """Rank by rank; a side that has no more operations is ``None``."""
    sides = [profile.operations[:TOP].to_dict("records") for profile in (one, other)]
    for rank, (left, right) in enumerate(zip_longest(*sides), start=1):
        yield (str(rank), left, right)


def _side(profile: Profile, *, at: int) -> tuple[Field[tuple[Any, ...]], ...]:
    """The columns of one variant, read from that place of a row."""

    def of(column: str, show: Any) -> Any:  # noqa: ANN401 - of any type of column
        return lambda row: show(row[at][column]) if row[at] else DASH

    return (
        Field(
            title=profile.line.variant,
            show=of("operation", lambda name: shortened(name, width=NAME)),
            kind="word",
        ),
        Field(title="calls", show=of("calls_per_step", lambda calls: f"{calls:.3g}")),
        Field(title="self time", show=of("self_time_ns", nanoseconds)),
        Field(title="share", show=of("share", percent)),
    )
