"""Tables of profiled steps: time by kind of operation, and the top operations."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from math import inf
from typing import TYPE_CHECKING, Any

from compare.contract import OperationKind
from compare.render.format import (
    DASH,
    format_nanoseconds,
    format_percent,
    format_signed_nanoseconds,
    is_known,
    shorten_middle,
)
from compare.render.table import Field, Table, tabulate
from compare.report.timing.verdict_tables import STEP_TIME, VARIANT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.folder import Run

PROCESSORS = {"host": "", "device": ", kernels on the device"}
TOP_OPERATIONS = 10  # shown per variant
NAME_WIDTH = 52  # characters of an operation's name
OVERHEAD = (
    "Self time per profiled step, and in brackets the difference from the baseline. "
    "Profiling takes time itself: if a profiled step takes longer than a timed one, "
    "use its distribution, not its total."
)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The operations of one variant on one processor, the longest first."""

    cell: CellResult
    operations: pd.DataFrame

    @property
    def step_ns(self) -> float:
        """The self time of all operations of a step."""
        return float(self.operations["self_time_ns"].sum())

    def time_of_kind(self, kind: str) -> float:
        """Return the self time of all operations of a kind, in nanoseconds."""
        is_of_kind = self.operations["kind"] == kind
        return float(self.operations.loc[is_of_kind, "self_time_ns"].sum())


@dataclass(frozen=True, kw_only=True)
class ProfileGroup:
    """The profiles of a group of cells on one processor."""

    heading: str
    suffix: str  # of every caption: names the processor unless it is the host
    profiles: tuple[Profile, ...]

    @property
    def baseline(self) -> Profile | None:
        """The profile of the baseline, if it was profiled."""
        return next((p for p in self.profiles if p.cell.is_baseline), None)


def tabulate_profiles(run: Run, group: CellGroup) -> tuple[Table, ...]:
    """Return times by kind, then the baseline next to each variant, fastest first."""
    if run.profile.empty:
        return ()
    return tuple(
        table
        for processor in PROCESSORS
        for profiled in [_select_profiles(run, group, processor=processor)]
        if profiled.profiles
        for table in (_tabulate_kinds(profiled), *_tabulate_pairs(profiled))
    )


def sum_times_by_kind(run: Run, workload: str) -> dict[str, dict[str, float]]:
    """Return variant -> common name of an operation -> self time of a step, in ns."""
    rows = run.profile[
        (run.profile["workload"] == workload) & (run.profile["common"] != "")
    ]
    times: dict[str, dict[str, float]] = {}
    for (framework, mode, kind), found in rows.groupby(
        ["framework", "mode", "common"], sort=False
    ):
        of_variant = times.setdefault(f"{framework}/{mode}", {})
        of_variant[str(kind)] = float(found["self_time_ns"].sum())
    return times


def _select_profiles(run: Run, group: CellGroup, *, processor: str) -> ProfileGroup:
    profiles = []
    for cell in group.lines:
        rows = run.profile[run.profile["processor"] == processor]
        for name, value in cell.cell.key.items():
            rows = rows[rows[name] == value]
        if len(rows):
            profiles.append(Profile(cell=cell, operations=rows))
    return ProfileGroup(
        heading=group.heading, suffix=PROCESSORS[processor], profiles=tuple(profiles)
    )


def _tabulate_kinds(group: ProfileGroup) -> Table:
    """Return the self time by kind of operation, one row per variant."""
    kinds = [
        kind
        for kind in OperationKind
        if any(profile.time_of_kind(kind) for profile in group.profiles)
    ]

    def make_field(kind: str) -> Field[Profile]:
        def show(profile: Profile) -> str:
            time_ns = profile.time_of_kind(kind)
            baseline = group.baseline
            more_ns = time_ns - baseline.time_of_kind(kind) if baseline else 0.0
            difference = f" ({format_signed_nanoseconds(more_ns)})" if more_ns else ""
            return f"{format_nanoseconds(time_ns)}{difference}"

        return Field(title=kind, show=show)

    return tabulate(
        f"{group.heading}: where the time of a step goes{group.suffix}",
        fields=(
            Field(title="variant", show=lambda p: VARIANT.show(p.cell), kind="word"),
            *map(make_field, kinds),
            Field(title="profiled step", show=lambda p: format_nanoseconds(p.step_ns)),
            Field(title="timed step", show=lambda p: STEP_TIME.show(p.cell)),
        ),
        items=group.profiles,
        note=OVERHEAD,
    )


def _tabulate_pairs(group: ProfileGroup) -> Iterator[Table]:
    """Yield the top operations of the baseline next to those of each other variant."""
    baseline = group.baseline
    if baseline is None:
        return
    others = [profile for profile in group.profiles if profile is not baseline]
    for other in sorted(others, key=_timed_ns):
        names = f"{baseline.cell.variant} and {other.cell.variant}"
        yield tabulate(
            f"{group.heading}: top operations of {names}{group.suffix}",
            fields=(
                Field(title="rank", show=lambda row: row[0], kind="word"),
                *_make_operation_fields(baseline, position=1),
                *_make_operation_fields(other, position=2),
            ),
            items=_pair_operations(baseline, other),
        )


def _timed_ns(profile: Profile) -> float:
    timing = profile.cell.timing
    return timing.step_time_ns if timing and is_known(timing.step_time_ns) else inf


def _pair_operations(one: Profile, other: Profile) -> Iterator[tuple[Any, ...]]:
    """Yield (rank, operation, operation); a side without more operations is None."""
    sides = [
        profile.operations[:TOP_OPERATIONS].to_dict("records")
        for profile in (one, other)
    ]
    for rank, (left, right) in enumerate(zip_longest(*sides), start=1):
        yield (str(rank), left, right)


def _make_operation_fields(
    profile: Profile, *, position: int
) -> tuple[Field[tuple[Any, ...]], ...]:
    """Return the columns of one variant, whose operation is at a position of a row."""

    def read(
        column: str, show: Callable[[Any], str]
    ) -> Callable[[tuple[Any, ...]], str]:
        return lambda row: show(row[position][column]) if row[position] else DASH

    return (
        Field(
            title=profile.cell.variant,
            show=read("operation", lambda name: shorten_middle(name, width=NAME_WIDTH)),
            kind="word",
        ),
        Field(title="calls", show=read("calls_per_step", lambda calls: f"{calls:.3g}")),
        Field(title="self time", show=read("self_time_ns", format_nanoseconds)),
        Field(title="share", show=read("share", format_percent)),
    )
