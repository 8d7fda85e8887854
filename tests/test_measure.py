"""Order of blocks, and what a failing worker does to a round."""

from __future__ import annotations

from collections import Counter
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare import messages
from compare.errors import WorkerError
from compare.measure import (
    LEAD_IN_STEPS,
    Arm,
    balanced_orders,
    measure_round,
    williams_square,
)
from compare.results import Cell

COUNTS = st.integers(min_value=1, max_value=12)


@given(COUNTS)
def test_every_variant_stands_in_every_position_equally_often(count):
    square = williams_square(count)
    for column in zip(*square, strict=True):
        assert set(Counter(column).values()) == {len(square) // count}


@given(st.integers(min_value=2, max_value=12))
def test_every_variant_follows_every_other_equally_often(count):
    square = williams_square(count)
    follows = Counter(pair for row in square for pair in pairwise(row))
    assert len(follows) == count * (count - 1)
    assert len(set(follows.values())) == 1


@given(COUNTS, st.integers(min_value=0, max_value=99))
def test_an_order_is_drawn_from_its_seed(count, seed):
    first, again = (
        list(islice(balanced_orders(count, rng=np.random.default_rng(seed)), 25))
        for _ in range(2)
    )
    assert first == again
    assert all(sorted(order) == list(range(count)) for order in first)


class FakeWorker:
    """Answers blocks with a fixed time until it is told to die."""

    def __init__(self, *, dies_at: int = 99) -> None:
        self.asked: list[messages.Block] = []
        self.dies_at = dies_at

    def ask(self, request, reply):
        self.asked.append(request)
        if len(self.asked) >= self.dies_at:
            raise WorkerError("the worker was ended by SIGKILL")
        return reply(started_ns=1, duration_ns=1000)


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
    return Arm(cell=cell, mode=mode, worker=worker, steps=5, start=None)


def run_round(arms, failures):
    return list(
        measure_round(
            arms, order=[1, 0], number=3, launch=2, threads=1, failures=failures
        )
    )


def test_a_round_gives_one_tidy_sample_an_arm_in_its_order():
    arms = [arm("eager", FakeWorker()), arm("script", FakeWorker())]
    rows = run_round(arms, {})
    assert [row["mode"] for row in rows] == ["script", "eager"]
    assert [row["position"] for row in rows] == [0, 1]
    assert {(row["launch"], row["round"], row["steps"]) for row in rows} == {(2, 3, 5)}


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


@pytest.mark.parametrize(("threads", "settles"), [(1, False), (2, True)])
def test_several_threads_are_given_time_to_stop_spinning(monkeypatch, threads, settles):
    naps: list[float] = []
    monkeypatch.setattr("compare.measure.sleep", naps.append)
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
