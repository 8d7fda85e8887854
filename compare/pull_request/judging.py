"""From the blocks and starts of both sides to a verdict on each duration."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite, log, nan
from typing import TYPE_CHECKING

import msgspec
import pandas as pd

from compare.history.cell_changes import NOTABLE_S
from compare.pull_request.record import ChangeKind, SideChange, SideInterval, SideTiming
from compare.pull_request.sides import SideName
from compare.render.format import (
    format_change_interval,
    format_relative_change,
    format_seconds,
)
from compare.stats.two_sides import (
    FIRST_CALL_MARGIN,
    LOOKS,
    Doubt,
    SideRatios,
    SideVerdict,
    combine_sides,
    judge_sides,
)
from compare.timing.disturbance import find_disturbance, select_used
from compare.timing.step_times import log_step_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from compare.runs.record import Request, Start
    from compare.stats.estimates import Interval
    from compare.stats.two_sides import JudgedSides

AGAIN = " again"  # the second worker of a side
WIDEST = 10.0  # the ratio of both ends of an interval that is shown
ARMS = tuple(f"{side}{suffix}" for side in SideName for suffix in ("", AGAIN))


@dataclass(frozen=True, kw_only=True)
class CollectedRatios:
    """The launches of every variant that was measured on both sides."""

    ratios: Mapping[str, SideRatios]  # by variant
    seconds: Mapping[str, tuple[float, float]]  # medians of base and head
    slowdown: float = 1.0  # of a machine that was busy in too many launches
    left_out: frozenset[int] = frozenset()  # launches


def name_arm(side: SideName, variant: str, *, suffix: str = "") -> str:
    """Return the name under which a worker's samples are stored."""
    return f"{side}{suffix} {variant.replace('/', ' ')}"


def collect_ratios(samples: pd.DataFrame, request: Request) -> CollectedRatios:
    """Return the log ratios of step times from the blocks of both sides.

    Launches on a busy machine are left out if enough others are left.

    Args:
        samples: of all launches.
        request: of one side.
    """
    if samples.empty:
        return CollectedRatios(ratios={}, seconds={})
    wanted = msgspec.structs.replace(request, launches=LOOKS[-1])
    disturbance = find_disturbance(samples, request=wanted)
    rounds = log_step_times(select_used(samples, disturbance))
    # Columns are FRAMEWORK/ARM.
    rounds.columns = [str(name).partition("/")[2] for name in rounds.columns]
    arms, seconds = split_variants(rounds), {}
    for name, each in arms.items():
        base, head = find_medians(each.groupby(level="launch").median())
        seconds[name] = (base / 1e9, head / 1e9)
    return CollectedRatios(
        ratios={name: combine_sides(each) for name, each in arms.items()},
        seconds=seconds,
        slowdown=disturbance.worst_used,
        left_out=disturbance.left_out,
    )


def find_medians(launches: pd.DataFrame) -> tuple[float, float]:
    """Return the medians of base and head, each of the mean of its two workers.

    Args:
        launches: logarithms, one row per launch and one column per arm.
    """
    logs = (launches[side] + launches[f"{side}{AGAIN}"] for side in SideName)
    base, head = (exp(each.median() / 2) for each in logs)
    return base, head


def split_variants(wide: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the table of each variant of which all four workers have samples.

    Args:
        wide: logarithms, with one column per worker, named by `name_arm`.
    """
    found = {}
    for variant in _list_variants(wide.columns):
        arms = wide[[f"{arm} {variant}" for arm in ARMS]]
        found[variant.replace(" ", "/")] = arms.set_axis(list(ARMS), axis="columns")
    return found


def _list_variants(columns: Iterable[str]) -> list[str]:
    """Return the variants of which all four workers have samples."""
    known, first = set(columns), f"{ARMS[0]} "
    variants = [
        each.removeprefix(first)
        for each in columns
        if each.startswith(first) and not each.startswith(f"{ARMS[0]}{AGAIN} ")
    ]
    return sorted(v for v in variants if {f"{arm} {v}" for arm in ARMS} <= known)


def collect_first_calls(
    starts: Sequence[Start], *, left_out: frozenset[int]
) -> CollectedRatios:
    """Return the log ratios of first calls, one per launch."""
    rows = [
        (start.launch, start.mode, log(start.first_call_s))
        for start in starts
        if start.launch not in left_out and start.first_call_s > 0
    ]
    table = pd.DataFrame(rows, columns=["launch", "arm", "log_s"])
    wide = table.pivot_table(index="launch", columns="arm", values="log_s")
    arms = split_variants(wide)
    return CollectedRatios(
        ratios={
            name: combine_sides(each, margin=FIRST_CALL_MARGIN)
            for name, each in arms.items()
        },
        seconds={name: find_medians(each) for name, each in arms.items()},
    )


def judge_durations(
    samples: pd.DataFrame, starts: Sequence[Start], request: Request
) -> list[SideTiming]:
    """Return the verdicts on step times and first calls, which are tested together."""
    steps = collect_ratios(samples, request)
    calls = collect_first_calls(starts, left_out=steps.left_out)
    kinds = [
        *((ChangeKind.STEP_TIME, name, steps) for name in steps.ratios),
        *((ChangeKind.FIRST_CALL, name, calls) for name in calls.ratios),
    ]
    judged = judge_sides(
        [found.ratios[name] for _, name, found in kinds], slowdown=steps.slowdown
    )
    return [
        _describe(kind, name, found, verdict)
        for (kind, name, found), verdict in zip(kinds, judged, strict=True)
    ]


def _describe(
    kind: ChangeKind, variant: str, found: CollectedRatios, judged: JudgedSides
) -> SideTiming:
    base_s, head_s = found.seconds[variant]
    verdict, doubt = judged.verdict, judged.doubt
    if kind is ChangeKind.FIRST_CALL and abs(head_s - base_s) < NOTABLE_S:
        verdict, doubt = SideVerdict.NO_CHANGE, Doubt.NONE  # a few milliseconds, once
    return SideTiming(
        kind=kind,
        variant=variant,
        base_s=base_s,
        head_s=head_s,
        ratio=_store_interval(judged.ratio),
        base_control=_store_interval(judged.base_control),
        head_control=_store_interval(judged.head_control),
        p=_finite(judged.p),
        margin=found.ratios[variant].margin,
        detectable=_finite(judged.detectable),
        verdict=verdict,
        doubt=doubt,
        launches=judged.launches,
    )


def list_duration_changes(timings: Iterable[SideTiming]) -> Iterator[SideChange]:
    """Yield the durations that changed."""
    for each in timings:
        if each.verdict in (SideVerdict.SLOWER, SideVerdict.FASTER):
            yield SideChange(
                kind=each.kind,
                variant=each.variant,
                before=format_seconds(each.base_s),
                after=f"{format_seconds(each.head_s)}, {format_side_ratio(each.ratio)}",
                is_worse=each.verdict is SideVerdict.SLOWER
                and each.kind is ChangeKind.STEP_TIME,
            )


def format_side_ratio(found: SideInterval) -> str:
    """Return a change with its interval: ``+5.1% (3.9 to 6.3)``.

    The interval of two launches may span powers of ten, and is left out.
    """
    if found.low is None or found.high is None or found.high > WIDEST * found.low:
        return f"{format_relative_change(found.estimate)} (no interval)"
    return format_change_interval(found.estimate or nan, found.low, found.high)


def _store_interval(found: Interval) -> SideInterval:
    return SideInterval(
        estimate=_finite(found.estimate),
        low=_finite(found.low),
        high=_finite(found.high),
    )


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
