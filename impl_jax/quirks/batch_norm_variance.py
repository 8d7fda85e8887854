"""Batch normalisation running variance: unbiased or biased."""

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

SHARE, EPSILON = 0.5, 2.0**-10  # SHARE: weight of the new batch


def unbiased(x: Array, *, gamma: Array, beta: Array) -> Array:
    layer = _trained(x, gamma, beta)
    new = layer.var[...] - (1 - SHARE)
    correction = len(x) / (len(x) - 1)
    layer.var[...] = (1 - SHARE) + correction * new
    return layer(x, use_running_average=True)


def biased(x: Array, *, gamma: Array, beta: Array) -> Array:
    layer = _trained(x, gamma, beta)
    return layer(x, use_running_average=True)


def _trained(x: Array, gamma: Array, beta: Array) -> nnx.BatchNorm:
    layer = nnx.BatchNorm(
        x.shape[-1], momentum=1 - SHARE, epsilon=EPSILON, rngs=nnx.Rngs(0)
    )
    layer.scale, layer.bias = nnx.Param(gamma), nnx.Param(beta)
    layer.mean = nnx.BatchStat(jnp.zeros_like(beta))  # Flax: in float32
    layer.var = nnx.BatchStat(jnp.ones_like(gamma))
    layer(jax.lax.stop_gradient(x))
    return layer
