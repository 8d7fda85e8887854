"""Mistakes in gradients, planted and named: in the update alone, or for all to see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.agreement.causes.planting import names


def norm(*gradients):
    return np.sqrt(sum(float((g * g).sum()) for g in gradients))


def negate_one(gradients):
    return {n: -g if n == "layer2.weight" else g for n, g in gradients.items()}


def drop_two(gradients):
    gone = {"layer1.bias", "layer2.weight"}
    return {n: 0 * g if n in gone else g for n, g in gradients.items()}


def clip_values(gradients):
    return {name: np.clip(g, -0.25, 0.25) for name, g in gradients.items()}


def clip_norm(gradients, *, epsilon=0.0):
    factor = min(1.0, 0.5 / (norm(*gradients.values()) + epsilon))
    return {name: factor * g for name, g in gradients.items()}


def clip_norm_as_pytorch(gradients):
    return clip_norm(gradients, epsilon=1e-6)


def clip_each(gradients):
    return {name: min(1.0, 0.25 / norm(g)) * g for name, g in gradients.items()}


SEEN = (
    ("negated_gradient", "the gradient of layer2.weight is negated", negate_one),
    (
        "missing_gradient",
        "the gradient of layer1.bias and layer2.weight are zero",
        drop_two,
    ),
    (
        "gradients_scaled",
        "gradients are 0.3 times the expected ones",
        lambda gradients: {n: 0.3 * g for n, g in gradients.items()},
    ),
    (
        "gradient_clipping_value",
        "gradients are clipped to values of at most 0.25",
        clip_values,
    ),
    (
        "gradient_clipping_norm",
        "gradients are clipped to a norm of 0.5",
        clip_norm,
    ),
    (
        "gradient_clipping_norm",
        "gradients are clipped to a norm of 0.5",
        clip_norm_as_pytorch,
    ),
    (
        "gradient_clipping_norm",
        "each gradient is clipped to a norm of 0.25",
        clip_each,
    ),
)


@pytest.mark.parametrize(("name", "words", "change"), SEEN)
def test_changed_gradients_are_named(mlp, name, words, change):
    def run(state, batch):
        now = mlp.step(state, batch)
        return mlp.end(state, now, change(now.gradients))

    found = mlp.causes(run)
    assert [cause.explanation for cause in found] == [words]
    assert names(found) == [name]


@pytest.mark.parametrize(
    ("name", "words", "change"), [case for case in SEEN if "scaled" not in case[0]]
)
def test_gradients_that_are_changed_for_the_update_alone_are_named(
    cnn, mlp, name, words, change
):
    """Without weight decay, a missing gradient is a parameter that is not updated."""

    def run(state, batch):
        now = mlp.step(state, batch)
        return replace(now, parameters=mlp.update(state, change(now.gradients)))

    found = mlp.causes(run)
    if name == "missing_gradient":
        assert names(found) == ["frozen_parameter"]
    else:
        assert [cause.explanation for cause in found] == [words]


def test_a_factor_on_the_gradients_of_the_update_differs_from_a_rate(cnn):
    """The learning rate multiplies weight decay as well."""

    def run(state, batch):
        now = cnn.step(state, batch)
        scaled = {name: 0.3 * g for name, g in now.gradients.items()}
        return replace(now, parameters=cnn.update(state, scaled))

    (cause,) = cnn.causes(run)
    assert cause.explanation == "gradients are 0.3 times the expected ones"


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_missing_gradient_is_named_with_or_without_weight_decay(cnn, is_kept):
    """PyTorch skips a parameter whose gradient is None, and its decay with it."""
    missing = "conv2.weight"

    def run(state, batch):
        now = cnn.step(state, batch)
        gradients = {**now.gradients, missing: np.zeros_like(state[missing])}
        done = cnn.end(state, now, gradients)
        if is_kept:
            done.parameters[missing] = state[missing]
        return done

    (cause,) = cnn.causes(run)
    assert cause.name == "missing_gradient"
    assert cause.explanation == f"the gradient of {missing} is zero"
