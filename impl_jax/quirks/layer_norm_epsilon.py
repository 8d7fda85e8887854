"""Layer normalisation: default epsilon 1e-5 or 1e-3."""

from flax import nnx
from jax import Array


def a_hundred_thousandth(x: Array, *, gamma: Array, beta: Array) -> Array:
    layer = nnx.LayerNorm(x.shape[-1], epsilon=1e-5, rngs=nnx.Rngs(0))
    layer.scale, layer.bias = nnx.Param(gamma), nnx.Param(beta)
    return layer(x)


def a_thousandth(x: Array, *, gamma: Array, beta: Array) -> Array:
    layer = nnx.LayerNorm(x.shape[-1], epsilon=1e-3, rngs=nnx.Rngs(0))
    layer.scale, layer.bias = nnx.Param(gamma), nnx.Param(beta)
    return layer(x)
