"""Whether one function takes longer than another, measured in this process.

Both are called in blocks of some milliseconds, in balanced random order, together with
the second function once more as a control. Every round gives one ratio of each to the
second function. Rounds are combined in groups, and the interval is that over groups, so
that a disturbance of a few rounds counts once.

What differs from process to process, such as the place of code and data in memory, is
part of the result here. ``graph-compare check`` and ``run`` measure over processes.
"""

from __future__ import annotations

import gc
import time
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import UsageError
from compare.stats.estimates import (
    ALPHA,
    MIN_LAUNCHES,
    Interval,
    hodges_lehmann,
    ratio_interval,
)
from compare.testing.calls import read_calls
from compare.testing.evaluating import drawing_repeatably, place_call
from compare.testing.sides import describe_value, find_side
from compare.timing.order import balanced_orders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from compare.testing.calls import Call
    from compare.testing.sides import ComparedFunction

__tracebackhide__ = True  # pytest then shows the line of the test

BLOCK_NS = 10_000_000
WARM_UP_NS = 200_000_000  # of each function
MIN_WARM_UPS = 3
LEAD_IN = 2  # untimed calls before a block
ROUNDS_PER_GROUP = 6  # a balanced square of three functions
MIN_GROUPS = 5
# The interval is looked at when the number of groups has doubled. Each look has its
# share of the significance level, so that all together are wrong as often as stated.
MAX_LOOKS = 5


class Pace(StrEnum):
    """Whether a function is slower than another by more than a limit."""

    NOT_SLOWER = "not slower"
    SLOWER = "slower"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, kw_only=True)
class PaceComparison:
    """The time of one function as a ratio to that of another.

    Attributes:
        a: the name of the first function.
        b: that of the second.
        limit: the largest ratio that is not slower, for example 1.02.
        ratio: time of a / time of b, with its interval.
        control: the same of b to itself.
        verdict: whether a is slower.
        reason: why there is no verdict.
        groups: how many groups of rounds were measured.
    """

    a: str
    b: str
    limit: float
    ratio: Interval
    control: Interval
    verdict: Pace
    reason: str = ""
    groups: int


def compare_pace(
    a: Callable[..., Any],
    b: Callable[..., Any],
    inputs: object = (),
    *,
    than: str | float = "2%",
    budget_s: float = 10.0,
) -> PaceComparison:
    """Return whether a takes longer than b by more than a limit.

    Args:
        a: the function that must not be slower.
        b: the function that it is compared with.
        inputs: of one call; see `compare_functions`. Each function gets tensors of its
            framework, which are converted beforehand.
        than: how much slower is accepted, such as ``2%`` or ``0.02``.
        budget_s: the longest time in seconds, with warming up; less if the result is
            clear. Every function is called a few times in any case.

    Raises:
        UsageError: a limit is no percentage, or there is more than one call.
    """
    limit = 1 + read_share(than)
    calls = read_calls(inputs)
    if len(calls) != 1:
        raise UsageError(f"inputs: expected those of one call; received {len(calls)}")
    deadline = time.monotonic() + budget_s
    sides = [find_side(f, name=n, calls=calls) for n, f in (("a", a), ("b", b))]
    with ExitStack() as stack:
        for side in sides:
            stack.enter_context(side.callables.holding(side.objects, dtype=None))
            stack.enter_context(side.keeping())
            stack.enter_context(drawing_repeatably(side))
        timed = [_TimedFunction(side, calls[0], deadline=deadline) for side in sides]
        timed.append(timed[1])  # the control
        meter = _Meter(timed, deadline=deadline)
        return _measure(meter, a=describe_value(a), b=describe_value(b), limit=limit)


def read_share(than: str | float) -> float:
    """Return a share from ``2%``, ``0.02`` or ``"0.02"``.

    Raises:
        UsageError: it is no number, or negative.
    """
    text = str(than).strip()
    try:
        share = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share < float("inf"):
        raise UsageError(f'than: expected a share such as "2%"; received {than!r}')
    return share


class _TimedFunction:
    """A function that is called in blocks with the same arguments."""

    def __init__(self, side: ComparedFunction, call: Call, *, deadline: float) -> None:
        self._side, self._arguments = side, place_call(side, call)
        self.calls, self._lead_in = 1, LEAD_IN
        started, count = time.perf_counter_ns(), 0
        while count < MIN_WARM_UPS or time.perf_counter_ns() - started < WARM_UP_NS:
            block_ns = self.measure()
            count += 1
            if time.monotonic() > deadline:
                break
        self.calls = max(1, BLOCK_NS // block_ns)
        # A long call needs no calls before it that fill the caches.
        self._lead_in = LEAD_IN if block_ns < BLOCK_NS else 0

    def measure(self) -> int:
        """Return the nanoseconds of one block, all calls together."""
        for _ in range(self._lead_in):
            self._run()
        self._side.callables.synchronize()
        started = time.perf_counter_ns()
        for _ in range(self.calls):
            result = self._run()
        self._side.callables.synchronize(result)
        return max(1, time.perf_counter_ns() - started)

    def _run(self) -> Any:  # noqa: ANN401 - of any framework
        named, positional = self._arguments["named"], self._arguments["positional"]
        return self._side.function(*positional, **named)


class _Meter:
    """Measures groups of rounds until a deadline."""

    def __init__(self, timed: Sequence[_TimedFunction], *, deadline: float) -> None:
        self._timed, self._deadline = timed, deadline
        self._orders = balanced_orders(len(timed), rng=np.random.default_rng(0))
        self._rounds: list[list[float]] = []
        self.groups: list[tuple[float, float]] = []

    @property
    def is_over(self) -> bool:
        """Whether the time is used up."""
        return time.monotonic() > self._deadline

    def measure_until(self, groups: int) -> None:
        """Measure until this number of groups exists, or the time is over."""
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            while len(self.groups) < groups and not self.is_over:
                self._rounds.append(self._measure_round())
                if len(self._rounds) == ROUNDS_PER_GROUP:
                    self._end_group()
        finally:
            if was_enabled:
                gc.enable()

    def _end_group(self) -> None:
        """Combine the rounds into the log ratios of a and of the control to b."""
        rounds = np.array(self._rounds)
        ratios, control = rounds[:, 0] - rounds[:, 1], rounds[:, 2] - rounds[:, 1]
        self.groups.append((hodges_lehmann(ratios), hodges_lehmann(control)))
        self._rounds.clear()

    def _measure_round(self) -> list[float]:
        times = [0.0] * len(self._timed)
        for index in next(self._orders):
            each = self._timed[index]
            times[index] = log(each.measure() / each.calls)
        return times


def _measure(meter: _Meter, *, a: str, b: str, limit: float) -> PaceComparison:
    alpha = ALPHA / MAX_LOOKS
    for look in range(MAX_LOOKS):
        meter.measure_until(MIN_GROUPS * 2**look)
        ratio, control = (ratio_interval(each, alpha=alpha) for each in _columns(meter))
        verdict = judge_pace(ratio, control=control, limit=limit)
        if verdict is not Pace.CANNOT_TELL or meter.is_over:
            break
    return PaceComparison(
        a=a,
        b=b,
        limit=limit,
        ratio=ratio,
        control=control,
        verdict=verdict,
        reason=_explain(verdict, control, groups=len(meter.groups)),
        groups=len(meter.groups),
    )


def _columns(meter: _Meter) -> tuple[list[float], list[float]]:
    return [g[0] for g in meter.groups], [g[1] for g in meter.groups]


def judge_pace(ratio: Interval, *, control: Interval, limit: float) -> Pace:
    """Return whether a ratio is proven to be below or above a limit.

    A control that differs from itself proves that the machine was not steady: then
    there is no verdict.
    """
    if control.excludes_one or not np.isfinite([ratio.low, ratio.high]).all():
        return Pace.CANNOT_TELL
    if ratio.high <= limit:
        return Pace.NOT_SLOWER
    return Pace.SLOWER if ratio.low > limit else Pace.CANNOT_TELL


def _explain(verdict: Pace, control: Interval, *, groups: int) -> str:
    if verdict is not Pace.CANNOT_TELL:
        return ""
    if groups < MIN_LAUNCHES:
        return "the time was over after too few rounds; increase budget_s"
    if control.excludes_one:
        return "b differs from itself: the machine is not steady"
    return "the interval contains the limit: more time or a quieter machine is needed"
