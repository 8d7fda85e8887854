"""The layers of the networks, as functions of their parameters."""

from dataclasses import dataclass, field, replace
from typing import Self

import jax
import jax.numpy as jnp
from jax import Array

EPSILON = 2.0**-10  # added to a variance
NEW_SHARE = 0.125  # weight of a new batch in running statistics
BUFFERS = ("running_mean", "running_var", "losses")
IMAGES = ("NHWC", "HWIO", "NHWC")  # of inputs, kernels and results


def is_buffer(name: str) -> bool:
    """Return whether training updates this array without a gradient."""
    return name.rpartition(".")[2] in BUFFERS


@dataclass(frozen=True)
class Net:
    """Parameters and buffers by name, and what a call leaves behind."""

    arrays: dict[str, Array]
    training: bool = True
    prefix: str = ""
    updates: dict[str, Array] = field(default_factory=dict)  # of buffers
    outputs: dict[str, Array] = field(default_factory=dict)  # of layers

    def __getitem__(self, name: str) -> Array:
        return self.arrays[self.prefix + name]

    def __contains__(self, name: str) -> bool:
        return self.prefix + name in self.arrays

    def at(self, layer: str) -> Self:
        """Return the part that belongs to a layer or block."""
        return replace(self, prefix=f"{self.prefix}{layer}.")

    def update(self, name: str, value: Array) -> None:
        """Let a buffer have another value after the step."""
        self.updates[self.prefix + name] = value

    def show(self, output: Array) -> Array:
        """Keep the output of this layer, and return it."""
        self.outputs[self.prefix.removesuffix(".")] = output
        return output


def dense(net: Net, x: Array) -> Array:  # (..., inputs)
    """Return a dense layer's output; the weight is (inputs, outputs)."""
    x = x @ net["weight"]
    return net.show(x + net["bias"] if "bias" in net else x)


def conv(net: Net, x: Array, *, stride: int = 2) -> Array:  # (N, H, W, C)
    """Return a convolution, padded on every side by half its kernel."""
    kernel = net["weight"]
    padding = [(size // 2, size // 2) for size in kernel.shape[:2]]
    x = jax.lax.conv_general_dilated(
        x, kernel, (stride, stride), padding, dimension_numbers=IMAGES
    )
    return net.show(x + net["bias"] if "bias" in net else x)


def normalize(x: Array, mean: Array, variance: Array) -> Array:
    """Return numbers with mean 0 and variance 1."""
    return (x - mean) * jax.lax.rsqrt(variance + EPSILON)


def batch_norm(net: Net, x: Array) -> Array:
    """Return each channel, normalized by the statistics of its batch.

    Outside training, it uses running statistics instead.
    """
    mean, variance = net["running_mean"], net["running_var"]
    if net.training:
        axes = tuple(range(x.ndim - 1))
        mean, variance = jnp.mean(x, axes), jnp.var(x, axes)
        count = x.size // x.shape[-1]
        new = {
            "running_mean": mean,
            "running_var": variance * (count / (count - 1)),  # unbiased
        }
        for name, value in new.items():
            kept = (1 - NEW_SHARE) * net[name]
            net.update(name, kept + NEW_SHARE * value)
    x = normalize(x, mean, variance)
    return net.show(x * net["weight"] + net["bias"])


def layer_norm(net: Net, x: Array) -> Array:
    """Return every token, normalized by its mean and variance."""
    return net.show(normalize_last(x) * net["weight"] + net["bias"])


def normalize_last(x: Array) -> Array:
    """Return the last axis normalized, without parameters."""
    return normalize(x, x.mean(-1, keepdims=True), x.var(-1, keepdims=True))


def embedding(net: Net, tokens: Array) -> Array:  # (N, T)
    """Return the row of the table for each token."""
    return net.show(net["table"][tokens])  # (N, T, width)
