"""Batch normalisation: default epsilon 1e-5 or 1e-3."""

import jax.numpy as jnp
from flax import nnx
from jax import Array


def a_hundred_thousandth(x: Array, *, gamma: Array, beta: Array) -> Array:
    layer = nnx.BatchNorm(x.shape[-1], rngs=nnx.Rngs(0))
    return _normalise(x, gamma, beta, layer=layer)


def a_thousandth(x: Array, *, gamma: Array, beta: Array) -> Array:
    layer = nnx.BatchNorm(x.shape[-1], epsilon=1e-3, rngs=nnx.Rngs(0))
    return _normalise(x, gamma, beta, layer=layer)


def _normalise(
    x: Array, gamma: Array, beta: Array, *, layer: nnx.BatchNorm
) -> Array:
    layer.scale, layer.bias = nnx.Param(gamma), nnx.Param(beta)
    layer.mean = nnx.BatchStat(jnp.zeros_like(beta))  # Flax: in float32
    layer.var = nnx.BatchStat(jnp.ones_like(gamma))
    return layer(x)
