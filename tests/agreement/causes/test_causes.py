"""Causes are named only if nothing else explains what was received."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from autograd import numpy as traced

from compare import workloads
from compare.agreement.causes.network import network_of
from compare.numerics.arrays import load_arrays
from tests.agreement.causes.planting import NETWORKS, names


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_without_a_mistake_is_the_reference(name):
    workload = workloads.build(name, NETWORKS[name])
    state = workload.parameters("float64")
    batch = next(iter(workload.batches("float64")))
    expected = workload.reference(state, batch)
    found = network_of(workload).differentiate(state, batch)
    np.testing.assert_allclose(found.loss, expected.loss, rtol=1e-13)
    for kind in ("gradients", "activations"):
        assert list(getattr(found, kind)) == list(getattr(expected, kind))
        for key, array in getattr(expected, kind).items():
            np.testing.assert_allclose(
                getattr(found, kind)[key], array, rtol=1e-12, atol=1e-13
            )


def test_a_session_that_agrees_has_no_cause(mlp):
    assert mlp.causes(mlp.step) == ()


def test_noise_of_the_size_of_a_rounding_error_is_not_named_rounding(mlp):
    rng = np.random.default_rng(0)

    def noisy(state, batch):
        now = mlp.step(state, batch)
        return replace(now, loss=now.loss * (1 + 1e-7 * rng.standard_normal()))

    assert names(mlp.causes(noisy)) == ["not_repeatable"]


def test_an_error_of_the_size_of_rounding_that_repeats_is_not_named_rounding(mlp):
    def scaled(state, batch):
        now = mlp.step(state, batch)
        return replace(
            now,
            gradients={n: g + 1e-7 * np.abs(g) for n, g in now.gradients.items()},
        )

    assert mlp.causes(scaled) == ()


def test_a_cast_is_named_because_its_evaluation_gives_the_received_tensors(mlp):
    def cast(state, batch):
        inputs = batch["inputs"].astype("float32").astype("float64")
        return mlp.step(state, {**batch, "inputs": inputs})

    (cause,) = mlp.causes(cast)
    assert cause.explanation == "inputs are cast to float32"


def test_mistakes_that_the_checks_do_not_distinguish_are_all_listed(mlp):
    """The outputs of the first layer never exceed 6, those of the second do."""
    network = replace(network_of(mlp.workload), activation=_relu6)

    def clipped(state, batch):
        now = network.differentiate(state, batch)
        return replace(now, parameters=mlp.update(state, now.gradients))

    assert [cause.explanation for cause in mlp.causes(clipped)] == [
        "the activation is ReLU6, not ReLU, at layer2",
        "the activation is ReLU6, not ReLU, everywhere",
    ]


def test_a_loss_after_the_update_is_not_named_an_early_update(mlp):
    def late(state, batch):
        now = mlp.step(state, batch)
        return replace(now, loss=mlp.step(now.parameters, batch).loss)

    assert names(mlp.causes(late)) == ["loss_after_update"]


@pytest.mark.parametrize(
    ("is_decayed", "explanation"),
    [
        (lambda p: p.ndim == 1, "weight decay applies to biases only"),
        (lambda p: p.ndim > 1, "weight decay applies to weights only"),
        (lambda _: False, "no weight decay was applied"),
    ],
)
def test_the_scope_of_weight_decay_is_named(cnn, is_decayed, explanation):
    """At the first state, biases are zero, and their decay changes nothing."""

    def decayed(state, batch):
        now = cnn.step(state, batch)
        none = cnn.update(state, now.gradients, weight_decay=0.0)
        after = {
            name: now.parameters[name] if is_decayed(p) else none[name]
            for name, p in state.items()
        }
        return replace(now, parameters=after)

    (cause,) = cnn.causes(decayed)
    assert cause.explanation == explanation


def test_a_mistake_that_would_change_a_check_that_agrees_is_no_cause(mlp):
    """Only at the later state, the gradient is zero: nothing known does that."""
    first = mlp.expected[0]
    start = load_arrays(first.state)

    def sometimes(state, batch):
        now = mlp.step(state, batch)
        if all(np.array_equal(state[name], p) for name, p in start.items()):
            return now
        negated = {n: -g for n, g in now.gradients.items()}
        return replace(now, gradients=negated, parameters=mlp.update(state, negated))

    assert mlp.causes(sometimes) == ()


def test_momentum_is_named_though_single_steps_agree(mlp):
    velocity = {}
    starts = [load_arrays(each.state) for each in mlp.expected]

    def pushed(state, batch):
        now = mlp.step(state, batch)
        if any(_are_equal(state, start) for start in starts):
            velocity.clear()  # the optimizer is reset when a state is loaded
        for name, g in now.gradients.items():
            velocity[name] = 0.75 * velocity.get(name, 0.0) + g
        return replace(now, parameters=mlp.update(state, velocity))

    (cause,) = mlp.causes(pushed)
    assert cause.explanation == "momentum of 0.75 is used"


def test_activations_choose_among_mistakes_that_explain_the_step_equally(cnn):
    """A mean over all pixels hides whether images or kernels are transposed."""

    def turned(state, batch):
        inputs = batch["inputs"].transpose(0, 2, 1, 3)
        return cnn.step(state, {**batch, "inputs": inputs})

    assert set(names(cnn.causes(turned))) == {"kernel_layout", "image_orientation"}
    state = load_arrays(cnn.expected[0].state)
    batch = next(iter(cnn.workload.batches("float64")))
    seen = {
        f"activation:{name}": array
        for name, array in turned(state, batch).activations.items()
    }
    assert names(cnn.causes(turned, activations=seen)) == ["image_orientation"]


def _relu6(_, z):
    return traced.where(z > 0, traced.where(z < 6, z, 6), 0)


def _are_equal(one, other):
    return all(np.array_equal(one[name], p) for name, p in other.items())
