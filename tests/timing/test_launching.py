"""The requests of a round to its workers, and the effect of a failed worker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compare.errors import WorkerError
from compare.runs.record import Cell
from compare.timing.launching import (
    LEAD_IN_STEPS,
    Arm,
    RoundPlan,
    choose_block_steps,
    count_lead_in,
    fill_cycles,
    measure_round,
)
from compare.workers import messages
from compare.workers.process import InterruptedWorkError


class FakeWorker:
    """Replies to blocks with a fixed time, and fails at a given request."""

    def __init__(
        self, *, fails_at: int = 99, recaptures: int = 0, duration_ns: int = 1000
    ) -> None:
        self.requests: list[messages.Block] = []
        self.fails_at = fails_at
        self.recaptures, self.duration_ns = recaptures, duration_ns

    def request(self, request, reply):
        self.requests.append(request)
        if len(self.requests) >= self.fails_at:
            raise WorkerError("the worker was ended by SIGKILL")
        return reply(
            started_ns=1,
            duration_ns=self.duration_ns,
            device_ns=None,
            busy_ns=1000,
            slept_ns=0,
            recaptures=self.recaptures,
            sentinel_ns=1,
        )


def make_arm(mode: str, worker: FakeWorker) -> Arm:
    cell = Cell(
        workload="w",
        framework="torch",
        mode=mode,
        device="cpu",
        dtype="float32",
        family="dynamic",
        captures="none",
    )
    return Arm(cell=cell, mode=mode, worker=worker, start=None, step_ns=200, steps=5)


def run_round(arms, failures):
    return list(
        measure_round(
            arms,
            plan=RoundPlan(launch=2, number=3, order=[1, 0]),
            threads=1,
            failures=failures,
        )
    )


def test_a_round_returns_one_sample_per_arm_in_its_order():
    arms = [make_arm("eager", FakeWorker()), make_arm("script", FakeWorker())]
    rows = run_round(arms, {})
    assert [row.mode for row in rows] == ["script", "eager"]
    assert [row.position for row in rows] == [0, 1]
    assert {(row.launch, row.round, row.steps) for row in rows} == {(2, 3, 5)}


def test_a_block_has_a_lead_in():
    worker = FakeWorker()
    run_round([make_arm("eager", worker), make_arm("script", FakeWorker())], {})
    assert worker.requests[0].lead_in == LEAD_IN_STEPS >= 8


def test_only_the_planned_arms_keep_the_results_of_their_block():
    workers = [FakeWorker(), FakeWorker()]
    arms = [make_arm("eager", workers[0]), make_arm("script", workers[1])]
    plan = RoundPlan(launch=0, number=0, order=[0, 1], kept=frozenset({1}))
    list(measure_round(arms, plan=plan, threads=1, failures={}))
    kept = [request.keep for worker in workers for request in worker.requests]
    assert kept == [False, True]


def test_a_failed_worker_is_left_out_and_the_others_are_still_measured():
    failures: dict[str, str] = {}
    arms = [make_arm("eager", FakeWorker()), make_arm("script", FakeWorker(fails_at=2))]
    counts = [len(run_round(arms, failures)) for _ in range(3)]
    assert counts == [2, 1, 1]
    assert failures == {"torch/script": "the worker was ended by SIGKILL"}


def test_a_block_with_a_recapture_is_stored_as_void():
    arms = [
        make_arm("eager", FakeWorker()),
        make_arm("compile", FakeWorker(recaptures=1)),
    ]
    rows = run_round(arms, {})
    assert [row.void for row in rows] == ["a graph was captured again", ""]


def test_a_block_is_void_if_its_worker_was_descheduled_for_seconds():
    descheduled = FakeWorker(duration_ns=4_000_000_000)
    rows = run_round(
        [make_arm("eager", descheduled), make_arm("script", FakeWorker())], {}
    )
    assert "kept from running" in rows[1].void


@pytest.mark.parametrize(("threads", "settles"), [(1, False), (2, True)])
def test_several_threads_get_time_to_stop_spinning(monkeypatch, threads, settles):
    sleeps: list[float] = []
    monkeypatch.setattr("compare.timing.launching.sleep", sleeps.append)
    list(
        measure_round(
            [make_arm("eager", FakeWorker())],
            plan=RoundPlan(launch=0, number=0, order=[0]),
            threads=threads,
            failures={},
        )
    )
    assert bool(sleeps) == settles


def test_a_bug_while_a_block_is_measured_fails_only_its_arm():
    class BadReply(FakeWorker):
        def request(self, request, reply):
            raise ZeroDivisionError("planted")

    failures: dict[str, str] = {}
    arms = [make_arm("eager", FakeWorker()), make_arm("script", BadReply())]
    assert [row.mode for row in run_round(arms, failures)] == ["eager"]
    assert list(failures) == ["torch/script"]
    assert failures["torch/script"].startswith("ZeroDivisionError: planted (")
    assert failures["torch/script"].endswith("This is a bug in graph-compare")


def test_an_interrupted_worker_ends_the_round():
    class Interrupted(FakeWorker):
        def request(self, request, reply):
            raise InterruptedWorkError

    failures: dict[str, str] = {}
    arms = [make_arm("eager", FakeWorker()), make_arm("script", Interrupted())]
    with pytest.raises(InterruptedWorkError):
        run_round(arms, failures)
    assert not failures


def test_the_reason_of_a_failure_before_the_first_block_is_kept():
    failures: dict[str, str] = {}
    arm = make_arm("eager", FakeWorker(fails_at=1))
    assert choose_block_steps(arm, block_s=0.03, failures=failures) == replace(
        arm, steps=150_000
    )
    assert failures == {"torch/eager": "the worker was ended by SIGKILL"}


def test_a_block_has_whole_cycles_of_batches_of_different_shapes():
    arm = replace(make_arm("eager", FakeWorker(fails_at=1)), cycle=7)
    chosen = [
        choose_block_steps(arm, block_s=block_s, failures={}).steps
        for block_s in (0.0, 0.03)
    ]
    assert chosen == [7, 21_429 * 7]


@pytest.mark.parametrize(("cycle", "steps"), [(1, 10), (4, 12), (5, 10), (16, 16)])
def test_steps_are_rounded_up_to_whole_cycles(cycle, steps):
    assert fill_cycles(10, cycle=cycle) == steps


@pytest.mark.parametrize(
    ("step_ms", "lead_in"), [(0.3, 8), (7, 8), (12, 5), (28, 3), (86, 2), (900, 2)]
)
def test_a_lead_in_has_fewer_steps_if_these_take_long(step_ms, lead_in):
    assert count_lead_in(step_ms * 1e6) == lead_in
