"""Steps on batches of other sizes, with a session that needs no framework."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest

from compare.numerics.arrays import save_arrays
from compare.workers import messages, resizing
from compare.workloads.target import ArraySpec, Size, TargetWorkload


class Session:
    """Sums its inputs, and counts a capture for every new shape."""

    def __init__(self):
        self.shapes = []

    def load(self, parameters):
        self.weight = parameters["weight"]

    def place(self, batch):
        return batch["inputs.0"]

    def step(self, batch):
        if batch.shape[0] == 5:
            raise ValueError("five is refused")
        self.shapes.append(batch.shape)
        return (self.weight * batch).sum()

    def read_loss(self, loss):
        return loss

    def synchronize(self):
        pass

    def captures_count(self):
        return len(set(self.shapes))


class Rounding:
    """No arithmetic of its own."""

    def drawing(self, *, dtype):
        return nullcontext()


@pytest.fixture
def workload(tmp_path):
    save_arrays(tmp_path / "weight.npz", {"weight": np.ones(3)})
    return TargetWorkload(
        sources={},
        inputs=(ArraySpec(shape=(4, 3)),),
        arrays=str(tmp_path / "weight.npz"),
        are_moved=False,
    )


def try_sizes(workload, *sizes, seconds=60.0):
    request = messages.TrySizes(
        sizes=[Size(batch=each) for each in sizes], dtype="float64", seconds=seconds
    )
    return resizing.try_sizes(Session(), workload, request, rounding=Rounding())


def test_every_size_has_its_loss_and_its_captures(workload):
    found = try_sizes(workload, 2, 8, 2)
    assert [each.captures for each in found] == [1, 1, 0]
    assert found[0].loss == found[2].loss != found[1].loss
    assert all(not each.reason and each.step_s > 0 for each in found)


def test_a_size_that_a_model_refuses_leaves_the_others(workload):
    one, refused, other = try_sizes(workload, 2, 5, 8)
    assert "ValueError: five is refused" in refused.reason
    assert not one.reason + other.reason


def test_no_further_size_is_tried_after_the_time_but_one_always_is(workload):
    one, *others = try_sizes(workload, 2, 8, 13, seconds=0.0)
    assert one.captures == 1
    for each in others:
        assert each.reason.startswith("not tried: the sizes before it took")
