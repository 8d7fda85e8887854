"""The shares of a batch add up to the batch, or are refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from compare import workloads
from compare.contract import NO_OPTIMIZER, Optimizer
from compare.workloads.mlp import Mlp
from compare.workloads.shares import (
    divide_batch,
    require_no_buffers,
    require_splittable,
    weigh_share,
)
from compare.workloads.two_layer import TwoLayer


@pytest.mark.parametrize("replicas", [1, 2, 3, 7])
@pytest.mark.parametrize("workload", [Mlp().probe(), TwoLayer().probe()])
def test_weighted_gradients_of_shares_add_up_to_those_of_the_batch(workload, replicas):
    state = workload.parameters("float64")
    batch = next(workload.batches("float64"))
    expected = workload.reference(state, batch)
    total = dict.fromkeys(expected.gradients, 0.0)
    loss = 0.0
    for share in divide_batch(batch, replicas=replicas):
        weight = weigh_share(share, of=batch, loss=workload.loss)
        part = workload.reference(state, share)
        loss += weight * part.loss
        for name, gradient in part.gradients.items():
            total[name] = total[name] + weight * gradient
    np.testing.assert_allclose(loss, expected.loss, rtol=1e-13)
    for name, gradient in expected.gradients.items():
        scale = abs(gradient).max()
        np.testing.assert_allclose(total[name], gradient, rtol=0, atol=1e-13 * scale)


def test_shares_have_every_sample_once_in_order_and_sizes_that_differ_by_one():
    batch = {"inputs": np.arange(7), "targets": np.arange(7)}
    shares = divide_batch(batch, replicas=3)
    assert np.concatenate([each["inputs"] for each in shares]).tolist() == [*range(7)]
    assert {len(each["targets"]) for each in shares} == {2, 3}


def test_what_belongs_to_the_whole_batch_belongs_to_each_share():
    batch = next(workloads.build("modular").batches("float64"))
    (whole,) = set(batch) - {"inputs", "targets"}
    for share in divide_batch(batch, replicas=2):
        assert share[whole] is batch[whole]


def test_a_batch_with_fewer_samples_than_replicas_is_refused():
    batch = {"inputs": np.zeros((1, 2)), "targets": np.zeros(1)}
    with pytest.raises(NotImplementedError, match="of 1 sample cannot be split over 2"):
        divide_batch(batch, replicas=2)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ForwardOnly(Mlp):
    optimizer = Optimizer(name=NO_OPTIMIZER, learning_rate=0.0)


def test_a_forward_pass_alone_has_nothing_to_average():
    with pytest.raises(NotImplementedError, match="no gradients to average"):
        require_splittable(ForwardOnly())


def test_a_loss_that_does_not_add_up_is_refused():
    workload = workloads.build("quirk", {"quirk": "cross_entropy_reduction"})
    assert "." in workload.loss
    with pytest.raises(NotImplementedError, match="does not add up"):
        require_splittable(workload)


def test_buffers_are_refused_by_name():
    require_no_buffers([])
    with pytest.raises(NotImplementedError, match=r"in norm\.running_mean: each"):
        require_no_buffers(["norm.running_mean"])
