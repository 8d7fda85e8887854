"""Mistakes in the layers of a network, planted and named."""

from __future__ import annotations

import pytest
from autograd import numpy as traced

from compare.numerics.convolution import pad_half_kernel
from tests.agreement.causes.planting import names

ACTIVATIONS = {
    "leaky ReLU of slope 0.01": lambda z: traced.maximum(z, 0.01 * z),
    "leaky ReLU of slope 0.2": lambda z: traced.maximum(z, 0.2 * z),
    "sigmoid": lambda z: (1 + traced.tanh(z / 2)) / 2,
    "tanh": traced.tanh,
    "GELU (tanh)": lambda z: (
        z / 2 * (1 + traced.tanh(0.7978845608028654 * (z + 0.044715 * z * z * z)))
    ),
    "SiLU": lambda z: z * (1 + traced.tanh(z / 2)) / 2,
    "ELU": lambda z: traced.where(z > 0, z, traced.expm1(traced.minimum(z, 0))),
    "softplus": lambda z: traced.log1p(traced.exp(z)),
}


def relu(z):
    return traced.where(z > 0, z, 0)


def acting(session, function, *, at=None):
    """Return a step with another activation, at one layer or everywhere."""

    def activation(name, z):
        return function(z) if at in (None, name) else relu(z)

    return lambda state, batch: session.run_network(state, batch, activation=activation)


@pytest.mark.parametrize("title", ACTIVATIONS)
@pytest.mark.parametrize(
    ("at", "where"), [(None, "everywhere"), ("layer2", "at layer2")]
)
def test_another_activation_is_named(mlp, title, at, where):
    (cause,) = mlp.causes(acting(mlp, ACTIVATIONS[title], at=at))
    assert cause.name == "other_activation"
    assert cause.explanation == f"the activation is {title}, not ReLU, {where}"


@pytest.mark.parametrize(
    ("at", "where"), [(None, "everywhere"), ("layer1", "at layer1")]
)
def test_a_relu_that_is_left_out_is_named(mlp, at, where):
    (cause,) = mlp.causes(acting(mlp, lambda z: z, at=at))
    assert cause.name == "relu_left_out"
    assert cause.explanation == f"the ReLU is left out {where}"


@pytest.mark.parametrize(
    ("name", "words", "function"),
    [
        ("relu_twice", "a ReLU follows the last layer, layer3", relu),
        (
            "other_activation",
            "a sigmoid follows the last layer, layer3",
            lambda z: 1 / (1 + traced.exp(-z)),
        ),
    ],
)
def test_an_activation_after_the_last_layer_is_named(mlp, name, words, function):
    (cause,) = mlp.causes(
        lambda state, batch: mlp.run_network(
            state, batch, last=lambda _, z: function(z)
        )
    )
    assert (cause.name, cause.explanation) == (name, words)


def pad_like_same(side, kernel, stride):
    """Return the padding of SAME: an odd pixel is added after the last one."""
    steps = -(-side // stride)
    missing = max(0, (steps - 1) * stride + kernel - side)
    return missing // 2, missing - missing // 2


def padding_at(session, padding, *, at=None):
    """Return a step with another padding, at one layer or everywhere."""

    def padded(layer):
        return padding if at in (None, layer) else pad_half_kernel

    return lambda state, batch: session.run_network(state, batch, padding=padded)


@pytest.mark.parametrize(
    ("name", "words", "padding"),
    [
        ("same_padding", "padding is that of SAME", pad_like_same),
        ("padding_left_out", "there is no padding", lambda *_: (0, 0)),
    ],
)
def test_another_padding_of_one_layer_is_named(wide_cnn, name, words, padding):
    (cause,) = wide_cnn.causes(padding_at(wide_cnn, padding, at="conv1"))
    assert (cause.name, cause.explanation) == (name, f"{words} at conv1")


def test_padding_that_is_left_out_everywhere_is_named(wide_cnn):
    (cause,) = wide_cnn.causes(padding_at(wide_cnn, lambda *_: (0, 0)))
    assert cause.explanation == "there is no padding everywhere"


def test_the_padding_of_same_everywhere_is_the_quirk_of_that_name(wide_cnn):
    (cause,) = wide_cnn.causes(padding_at(wide_cnn, pad_like_same))
    assert cause.name == "same_padding"
    assert cause.explanation.startswith("SAME padding at stride 2")


@pytest.mark.parametrize(
    ("words", "pool"),
    [
        (
            "pooling sums pixels instead of averaging them",
            lambda x: traced.sum(x, axis=(1, 2)),
        ),
        (
            "pooling takes the largest pixel instead of the mean",
            lambda x: traced.max(x, axis=(1, 2)),
        ),
    ],
)
def test_another_pooling_is_named(wide_cnn, words, pool):
    (cause,) = wide_cnn.causes(
        lambda state, batch: wide_cnn.run_network(state, batch, pool=pool)
    )
    assert names([cause]) == ["pooling"]
    assert cause.explanation == words
