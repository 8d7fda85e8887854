"""Runners and the eager model in turn, with calls of known duration."""

from __future__ import annotations

from contextlib import contextmanager
from math import exp

import pytest

from compare.contract import Captures
from compare.deploy.time_calls import (
    BLOCK_S,
    ROUNDS,
    WARM_UP_CALLS,
    Subject,
    TimedCalls,
    choose_calls,
    time_subjects,
)
from compare.runners.building import RunnerError
from compare.workers import messages

EAGER_S = 4e-3  # of a call
LAUNCHES = 3


class FakeRunner:
    """Takes the same time for every call, and fails after some requests."""

    start_s, load_s = 0.5, 0.25

    def __init__(self, call_s, *, first_s=0.0, answers=10**6, log=None):
        self.call_s, self.first_s, self.answers = call_s, first_s, answers
        self.calls, self.log = [], log
        self.is_closed = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_closed = True

    def time_calls(self, calls):
        if len(self.calls) == self.answers:
            raise RunnerError("the runner exited with code 1: ")
        self.calls.append(calls)
        if self.log is not None:
            self.log.append(self.call_s)
        first_s, self.first_s = self.first_s, 0.0
        return calls * self.call_s + first_s

    def peak_rss_bytes(self):
        return 1000 + len(self.calls)


class FakeWorker:
    """Answers the requests of an eager worker."""

    def __init__(self, log):
        self.runner = FakeRunner(EAGER_S, log=log)

    def request(self, request, reply):
        if isinstance(request, messages.TimeCalls):
            return reply(seconds=self.runner.time_calls(request.calls))
        return messages.Description(
            captures=Captures.NONE,
            captures_count=0,
            graph_breaks=None,
            nodes=None,
            nodes_optimized=None,
            kernels=None,
            peak_rss_bytes=77,
            peak_device_bytes=None,
            reserved_device_bytes=None,
        )


def time_all(*, launches=LAUNCHES, log=None, advance=lambda launch: None, **opening):
    """Time subjects by the function that starts each; return eager and the others."""
    workers = []

    @contextmanager
    def open_eager():
        workers.append(FakeWorker(log))
        yield workers[-1]

    subjects = [Subject(name=name, open=start) for name, start in opening.items()]
    return time_subjects(
        subjects, open_eager=open_eager, launches=launches, advance=advance
    )


def test_each_launch_has_the_duration_of_a_call_and_the_figures_of_the_process():
    eager, others = time_all(fast=lambda: FakeRunner(1e-3))
    assert eager.calls_s == pytest.approx([EAGER_S] * LAUNCHES)
    assert eager.peaks_bytes == [77] * LAUNCHES
    assert len(eager.starts_s) == LAUNCHES
    fast = others["fast"]
    assert fast.calls_s == pytest.approx([1e-3] * LAUNCHES)
    assert fast.starts_s == [0.5] * LAUNCHES
    assert fast.loads_s == [0.25] * LAUNCHES
    assert len(fast.peaks_bytes) == LAUNCHES
    assert min(fast.peaks_bytes) > 1000 + ROUNDS, "read after the rounds"
    assert [len(each) for each in fast.rounds] == [ROUNDS] * LAUNCHES


def test_the_ratio_is_that_of_the_same_rounds():
    eager, others = time_all(fast=lambda: FakeRunner(1e-3))
    ratio = others["fast"].compare_with(eager)
    assert (ratio.estimate, ratio.low, ratio.high) == pytest.approx((0.25,) * 3)


def test_a_slowdown_of_the_machine_does_not_change_the_ratio():
    slow = [1.0, 5.0, 2.0, 1.0]
    eager = TimedCalls(rounds=[slow, slow[::-1]])
    other = TimedCalls(rounds=[[2 * s for s in slow], [2 * s for s in slow[::-1]]])
    assert other.compare_with(eager).estimate == pytest.approx(2.0)
    shuffled = TimedCalls(rounds=[[2 * s for s in sorted(slow)], [2.0, 2.0, 2.0, 2.0]])
    assert shuffled.compare_with(eager).estimate != pytest.approx(2.0)


def test_the_interval_is_over_launches():
    eager = TimedCalls(rounds=[[1.0], [1.0]])
    other = TimedCalls(rounds=[[exp(0.1)], [exp(-0.1)]])
    ratio = other.compare_with(eager)
    assert ratio.estimate == pytest.approx(1.0)
    assert ratio.low < exp(-0.1) < exp(0.1) < ratio.high


def test_every_runner_is_ended_and_every_launch_is_announced():
    started, launches = [], []

    def start():
        started.append(FakeRunner(1e-3))
        return started[-1]

    time_all(one=start, two=start, advance=launches.append)
    assert launches == list(range(LAUNCHES))
    assert len(started) == 2 * LAUNCHES
    assert all(each.is_closed for each in started)


def test_arms_take_turns_in_an_order_that_changes():
    log = []
    time_all(
        launches=1,
        log=log,
        fast=lambda: FakeRunner(1e-3, log=log),
        slow=lambda: FakeRunner(2e-2, log=log),
    )
    rounds = [log[-3 * n : len(log) - 3 * (n - 1)] for n in range(ROUNDS, 0, -1)]
    assert all(sorted(each) == [1e-3, EAGER_S, 2e-2] for each in rounds)
    assert len({tuple(each) for each in rounds}) > 1


def fail_to_start():
    raise RunnerError("the runner exited with code 1: ")


def failing_in(launch, fail):
    """Return a function that starts a runner, and in one launch does something else."""
    starts = []

    def start():
        starts.append(1)
        return fail() if len(starts) == launch else FakeRunner(1e-3)

    return start


@pytest.mark.parametrize("launch", range(1, LAUNCHES + 1))
@pytest.mark.parametrize(
    "fail",
    [
        fail_to_start,
        lambda: FakeRunner(1e-3, answers=0),
        lambda: FakeRunner(1e-3, answers=WARM_UP_CALLS + ROUNDS // 2),
    ],
    ids=["at the start", "at the first call", "in a round"],
)
def test_a_runner_that_fails_once_is_left_out_and_the_others_are_timed(launch, fail):
    eager, others = time_all(
        failing=failing_in(launch, fail), fast=lambda: FakeRunner(1e-3)
    )
    assert list(others) == ["fast"]
    assert others["fast"].calls_s == pytest.approx([1e-3] * LAUNCHES)
    assert len(eager.rounds) == LAUNCHES


@pytest.mark.parametrize("call_s", [1e-7, 1e-4, 3e-3])
def test_a_block_takes_about_the_same_time_for_every_duration_of_a_call(call_s):
    runner = FakeRunner(call_s)
    block_s = choose_calls(runner) * call_s
    assert BLOCK_S / 2 <= block_s <= 1.01 * BLOCK_S
    assert sum(runner.calls) * call_s < 4 * BLOCK_S, "the search is short"


def test_a_call_that_is_longer_than_a_block_is_timed_alone():
    runner = FakeRunner(1.0)
    assert choose_calls(runner) == 1
    assert runner.calls == [WARM_UP_CALLS, 1]


def test_a_slow_first_call_does_not_decide_the_calls_of_a_block():
    runner = FakeRunner(1e-4, first_s=1.0)
    assert choose_calls(runner) * 1e-4 >= BLOCK_S / 2
    assert runner.calls[0] == WARM_UP_CALLS


def test_a_clock_that_does_not_move_ends_the_search():
    assert choose_calls(FakeRunner(0.0)) == 100_000
