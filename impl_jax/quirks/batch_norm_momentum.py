"""Batch normalisation momentum: weight of the new or old statistics."""

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

MOMENTUM, EPSILON = 0.125, 2.0**-10


def share_of_the_new(x: Array, *, gamma: Array, beta: Array) -> Array:
    return _evaluate(x, gamma, beta, momentum=1 - MOMENTUM)


def share_of_the_old(x: Array, *, gamma: Array, beta: Array) -> Array:
    return _evaluate(x, gamma, beta, momentum=MOMENTUM)


def _evaluate(
    x: Array, gamma: Array, beta: Array, *, momentum: float
) -> Array:
    layer = nnx.BatchNorm(
        x.shape[-1], momentum=momentum, epsilon=EPSILON, rngs=nnx.Rngs(0)
    )
    layer.scale, layer.bias = nnx.Param(gamma), nnx.Param(beta)
    layer.mean = nnx.BatchStat(jnp.zeros_like(beta))  # Flax: in float32
    layer.var = nnx.BatchStat(jnp.ones_like(gamma))
    layer(jax.lax.stop_gradient(x))
    layer.var[...] = jnp.ones_like(gamma)
    return layer(x, use_running_average=True)
