"""What a round asks of its workers, and what a failing one does to it."""

from __future__ import annotations

import pytest

from compare.errors import WorkerError
from compare.runs.record import Cell
from compare.timing.launching import LEAD_IN_STEPS, Arm, measure_round
from compare.workers import messages


class FakeWorker:
    """Answers blocks with a fixed time until it is told to die."""

    def __init__(
        self, *, dies_at: int = 99, recaptures: int = 0, duration_ns: int = 1000
    ) -> None:
        self.asked: list[messages.Block] = []
        self.dies_at = dies_at
        self.recaptures, self.duration_ns = recaptures, duration_ns

    def request(self, request, reply):
        self.asked.append(request)
        if len(self.asked) >= self.dies_at:
            raise WorkerError("the worker was ended by SIGKILL")
        return reply(
            started_ns=1,
            duration_ns=self.duration_ns,
            device_ns=None,
            busy_ns=1000,
            slept_ns=0,
            recaptures=self.recaptures,
        )


def arm(mode: str, worker: FakeWorker) -> Arm:
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
            arms, order=[1, 0], number=3, launch=2, threads=1, failures=failures
        )
    )


def test_a_round_gives_one_tidy_sample_an_arm_in_its_order():
    arms = [arm("eager", FakeWorker()), arm("script", FakeWorker())]
    rows = run_round(arms, {})
    assert [row.mode for row in rows] == ["script", "eager"]
    assert [row.position for row in rows] == [0, 1]
    assert {(row.launch, row.round, row.steps) for row in rows} == {(2, 3, 5)}


def test_a_block_is_led_in_before_it_is_timed():
    worker = FakeWorker()
    run_round([arm("eager", worker), arm("script", FakeWorker())], {})
    assert worker.asked[0].lead_in == LEAD_IN_STEPS >= 8


def test_a_worker_that_dies_drops_out_and_the_rest_goes_on():
    failures: dict[str, str] = {}
    arms = [arm("eager", FakeWorker()), arm("script", FakeWorker(dies_at=2))]
    counts = [len(run_round(arms, failures)) for _ in range(3)]
    assert counts == [2, 1, 1]
    assert failures == {"torch/script": "the worker was ended by SIGKILL"}


def test_a_block_in_which_a_graph_was_captured_again_is_kept_and_voided():
    arms = [arm("eager", FakeWorker()), arm("compile", FakeWorker(recaptures=1))]
    rows = run_round(arms, {})
    assert [row.void for row in rows] == ["a graph was captured again", ""]


def test_a_worker_kept_from_running_for_seconds_voids_its_block():
    stopped = FakeWorker(duration_ns=4_000_000_000)
    rows = run_round([arm("eager", stopped), arm("script", FakeWorker())], {})
    assert "kept from running" in rows[1].void


@pytest.mark.parametrize(("threads", "settles"), [(1, False), (2, True)])
def test_several_threads_are_given_time_to_stop_spinning(monkeypatch, threads, settles):
    naps: list[float] = []
    monkeypatch.setattr("compare.timing.launching.sleep", naps.append)
    list(
        measure_round(
            [arm("eager", FakeWorker())],
            order=[0],
            number=0,
            launch=0,
            threads=threads,
            failures={},
        )
    )
    assert bool(naps) == settles
