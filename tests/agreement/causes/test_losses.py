"""Mistakes in the loss, planted and named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from autograd import numpy as traced

from tests.agreement.causes.planting import names

SAMPLES, OUTPUTS = 7, 3  # of the multilayer perceptron


def scaling(session, factor):
    """Return a step whose loss, and with it all gradients, has a factor."""

    def run(state, batch):
        now = session.step(state, batch)
        gradients = {name: factor * g for name, g in now.gradients.items()}
        return session.end(state, replace(now, loss=factor * now.loss), gradients)

    return run


@pytest.mark.parametrize(
    ("words", "factor"),
    [
        ("the loss is summed over the batch, not averaged", SAMPLES),
        ("the loss is averaged over the batch, not summed", 1 / SAMPLES),
        ("the loss is summed over outputs, not averaged", OUTPUTS),
        ("the loss is averaged over outputs as well", 1 / OUTPUTS),
        ("the loss is averaged over all elements, not summed", 1 / (SAMPLES * OUTPUTS)),
        ("the loss is halved", 0.5),
        ("the loss is doubled", 2.0),
    ],
)
def test_another_reduction_is_named(mlp, words, factor):
    found = mlp.causes(scaling(mlp, factor))
    assert [cause.explanation for cause in found] == [words]
    assert names(found) == ["loss_reduction"]


def test_a_factor_that_is_no_reduction_is_named_with_its_value(mlp):
    (cause,) = mlp.causes(scaling(mlp, 1.7))
    assert cause.name == "loss_scaled"
    words = "the loss and its gradients are 1.7 times the expected ones"
    assert cause.explanation == words


def test_a_sum_of_cross_entropies_is_named(cnn):
    found = names(cnn.causes(scaling(cnn, 5)))
    assert found == ["cross_entropy_reduction"]


def log_softmax(logits, axis):
    shifted = logits - traced.max(logits, axis=axis, keepdims=True)
    return shifted - traced.log(
        traced.sum(traced.exp(shifted), axis=axis, keepdims=True)
    )


def pick(logarithm, labels):
    """Return the mean negative value at the labels."""
    return -traced.mean(logarithm[traced.arange(len(labels)), labels])


def smooth(logits, labels, share):
    logarithm = log_softmax(logits, 1)
    return (1 - share) * pick(logarithm, labels) - share * traced.mean(logarithm)


def binary(logits, labels):
    target = traced.eye(logits.shape[1])[labels]
    probability = 1 / (1 + traced.exp(-logits))
    return -traced.mean(
        target * traced.log(probability) + (1 - target) * traced.log(1 - probability)
    )


CROSS_ENTROPIES = (
    (
        "softmax_axis",
        "the softmax is over the batch, not over classes",
        lambda z, y: pick(log_softmax(z, 0), y),
    ),
    ("softmax_missing", "outputs are used as log-probabilities", pick),
    (
        "epsilon_in_logarithm",
        "1e-07 is added to probabilities inside the logarithm",
        lambda z, y: pick(traced.log(traced.exp(log_softmax(z, 1)) + 1e-7), y),
    ),
    (
        "epsilon_in_logarithm",
        "0.001 is added to probabilities inside the logarithm",
        lambda z, y: pick(traced.log(traced.exp(log_softmax(z, 1)) + 1e-3), y),
    ),
    (
        "label_smoothing",
        "labels are smoothed by 0.1",
        lambda z, y: smooth(z, y, 0.1),
    ),
    (
        "label_smoothing",
        "labels are smoothed by 0.05",
        lambda z, y: smooth(z, y, 0.05),
    ),
    (
        "sigmoid_loss",
        "a sigmoid and a binary cross-entropy take the place of the softmax",
        binary,
    ),
)


@pytest.mark.parametrize(("name", "words", "loss"), CROSS_ENTROPIES)
def test_another_cross_entropy_is_named(cnn, name, words, loss):
    (cause,) = cnn.causes(lambda state, batch: cnn.run_network(state, batch, loss=loss))
    assert (cause.name, cause.explanation) == (name, words)
