"""Time the inference of runners and of the eager model in turn.

In a launch, the eager worker and every runner are alive at the same time, and take
turns in rounds: their blocks have about the same duration, in a random order. The ratio
of a round is that of two blocks close in time, as in a run.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from math import inf, log
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from compare.runners.building import RunnerError
from compare.stats.estimates import Interval, hodges_lehmann, ratio_interval
from compare.workers import messages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from compare.runners.process import RunnerProcess
    from compare.workers.process import Worker

ROUNDS = 8  # of a launch
BLOCK_S = 0.02  # of calls
MAX_CALLS = 100_000  # in a block
WARM_UP_CALLS = 3  # TorchScript, for one, optimizes in its second call


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An exported model that runs, and how its runner is started."""

    name: str
    open: Callable[[], RunnerProcess]


@dataclass(kw_only=True)
class TimedCalls:
    """What was measured of a subject, with an entry for each launch."""

    starts_s: list[float] = field(default_factory=list)
    loads_s: list[float] = field(default_factory=list)
    peaks_bytes: list[int] = field(default_factory=list)
    rounds: list[list[float]] = field(default_factory=list)  # seconds of a call

    @property
    def calls_s(self) -> list[float]:
        """The estimated duration of a call, for each launch."""
        return [hodges_lehmann(each) for each in self.rounds]

    def compare_with(self, eager: TimedCalls) -> Interval:
        """Return the ratio to the eager model, over launches."""
        logs = [
            hodges_lehmann([log(own / other) for own, other in zip(*pair, strict=True)])
            for pair in zip(self.rounds, eager.rounds, strict=True)
        ]
        return ratio_interval(logs)


class CallTimer(Protocol):
    """Something whose calls are timed."""

    def time_calls(self, calls: int) -> float:
        """Run it `calls` times; return the seconds of all."""


@dataclass(frozen=True)
class EagerTimer:
    """The eager model in its worker."""

    worker: Worker

    def time_calls(self, calls: int) -> float:
        """Run the model `calls` times; return the seconds of all."""
        request = messages.TimeCalls(calls=calls)
        return self.worker.request(request, messages.Elapsed).seconds


def time_subjects(
    subjects: Sequence[Subject],
    *,
    open_eager: Callable[[], AbstractContextManager[Worker]],
    launches: int,
    advance: Callable[[int], None],
) -> tuple[TimedCalls, dict[str, TimedCalls]]:
    """Return what was measured of the eager model, and of each subject by its name.

    A subject that fails in any launch is left out.

    Args:
        subjects: to be timed.
        open_eager: starts the worker with the eager model.
        launches: how often everything is started.
        advance: called with the number of each launch.
    """
    eager, others = TimedCalls(), {each.name: TimedCalls() for each in subjects}
    for launch in range(launches):
        advance(launch)
        with ExitStack() as stack:
            start = perf_counter()
            arm = EagerTimer(stack.enter_context(open_eager()))
            arm.time_calls(1)
            eager.starts_s.append(perf_counter() - start)
            runners: dict[str, RunnerProcess] = {}
            for each in subjects:
                if each.name not in others:
                    continue
                try:
                    runners[each.name] = stack.enter_context(each.open())
                except RunnerError:  # it started before: an accident of this launch
                    del others[each.name]
            _time_launch(arm, runners, eager=eager, others=others, seed=launch)
            described = arm.worker.request(messages.Describe(), messages.Description)
            eager.peaks_bytes.append(described.peak_rss_bytes)
    return eager, others


def _time_launch(
    arm: EagerTimer,
    runners: dict[str, RunnerProcess],
    *,
    eager: TimedCalls,
    others: dict[str, TimedCalls],
    seed: int,
) -> None:
    """Time every arm in each round of a launch, and keep what was measured."""
    found = _time_rounds({"": arm, **runners}, seed=seed)
    eager.rounds.append(found[""])
    for name, runner in runners.items():
        if name not in found:
            del others[name]
            continue
        timed = others[name]
        timed.rounds.append(found[name])
        timed.starts_s.append(runner.start_s)
        timed.loads_s.append(runner.load_s)
        if (peak := runner.peak_rss_bytes()) is not None:
            timed.peaks_bytes.append(peak)


def _time_rounds(arms: dict[str, CallTimer], *, seed: int) -> dict[str, list[float]]:
    """Return name -> seconds of a call in each round; without runners that failed."""
    calls: dict[str, int] = {}
    for name, arm in arms.items():
        with suppress(RunnerError):
            calls[name] = choose_calls(arm)
    found: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(ROUNDS):
        order = list(found)
        Random(f"{seed} {number}").shuffle(order)  # noqa: S311 - no secret
        for name in order:
            try:
                elapsed = arms[name].time_calls(calls[name])
            except RunnerError:
                del found[name]
            else:
                found[name].append(elapsed / calls[name])
    return found


def choose_calls(arm: CallTimer) -> int:
    """Return how many calls take about the duration of a block; warms the arm up."""
    arm.time_calls(WARM_UP_CALLS)
    calls, elapsed = 1, inf
    while True:
        elapsed = arm.time_calls(calls)
        if elapsed >= BLOCK_S / 2 or calls >= MAX_CALLS:
            break
        calls = min(
            MAX_CALLS, max(2 * calls, int(calls * BLOCK_S / max(elapsed, 1e-9)))
        )
    return max(1, int(calls * BLOCK_S / elapsed)) if elapsed > BLOCK_S else calls
