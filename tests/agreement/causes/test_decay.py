"""Mistakes in weight decay, planted and named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.agreement.causes.planting import names


def decayed(session, decay):
    """Return a step whose weight decay is a function of the parameter."""
    rate = session.workload.optimizer.learning_rate

    def run(state, batch):
        now = session.step(state, batch)
        after = {
            n: p - rate * (now.gradients[n] + decay(p) * p) for n, p in state.items()
        }
        return replace(now, parameters=after)

    return run


@pytest.mark.parametrize(
    ("words", "is_meant"),
    [
        ("weight decay of biases is 0.25, not 0.000488281", lambda p: p.ndim == 1),
        ("weight decay of weights is 0.25, not 0.000488281", lambda p: p.ndim > 1),
        ("weight decay is 0.25, not 0.000488281", lambda _: True),
    ],
)
def test_weight_decay_of_another_size_is_named(cnn, words, is_meant):
    usual = cnn.workload.optimizer.weight_decay
    (cause,) = cnn.causes(decayed(cnn, lambda p: 0.25 if is_meant(p) else usual))
    assert (cause.name, cause.explanation) == ("weight_decay", words)


def test_weight_decay_that_was_not_requested_is_named(mlp):
    (cause,) = mlp.causes(decayed(mlp, lambda _: 0.125))
    assert cause.explanation == "weight decay is 0.125, not 0"


def test_weight_decay_without_the_learning_rate_is_named(cnn):
    optimizer = cnn.workload.optimizer
    (cause,) = cnn.causes(
        decayed(cnn, lambda _: optimizer.weight_decay / optimizer.learning_rate)
    )
    assert cause.name == "weight_decay_coupling"
    words = "weight decay is not multiplied by the learning rate"
    assert cause.explanation == words


@pytest.mark.parametrize(
    ("words", "times"), [("", 0), (", and applied again by the update", 1)]
)
def test_weight_decay_within_the_gradients_is_named(cnn, words, times):
    decay = cnn.workload.optimizer.weight_decay

    def run(state, batch):
        now = cnn.step(state, batch)
        gradients = {n: g + decay * state[n] for n, g in now.gradients.items()}
        after = cnn.update(state, gradients, weight_decay=times * decay)
        return replace(now, gradients=gradients, parameters=after)

    (cause,) = cnn.causes(run)
    assert cause.name == "weight_decay_in_gradient"
    assert cause.explanation == f"weight decay is part of the gradients{words}"


@pytest.mark.parametrize(
    ("words", "is_meant"),
    [("", lambda _: True), (" of weights", lambda p: p.ndim > 1)],
)
def test_a_penalty_in_the_loss_is_named(mlp, words, is_meant):
    def run(state, batch):
        now = mlp.step(state, batch)
        meant = {n: p for n, p in state.items() if is_meant(p)}
        penalty = sum(0.125 / 2 * (p**2).sum() for p in meant.values())
        gradients = {
            n: g + 0.125 * state[n] if n in meant else g
            for n, g in now.gradients.items()
        }
        return mlp.end(state, replace(now, loss=now.loss + penalty), gradients)

    (cause,) = mlp.causes(run)
    assert names([cause]) == ["weight_decay"]
    assert cause.explanation == (
        f"a penalty on parameters{words} of 0.125 is part of the loss"
    )
