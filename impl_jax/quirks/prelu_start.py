"""PReLU: initial slope 0.25 or 0."""

from flax import nnx
from jax import Array


def at_a_quarter(x: Array, *, slope: Array) -> Array:
    layer = nnx.PReLU(0.25, param_dtype=x.dtype)
    layer.negative_slope = nnx.Param(layer.negative_slope + slope)
    return layer(x)


def at_zero(x: Array, *, slope: Array) -> Array:
    layer = nnx.PReLU(0.0, param_dtype=x.dtype)
    layer.negative_slope = nnx.Param(layer.negative_slope + slope)
    return layer(x)
