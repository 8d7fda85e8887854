"""Max pooling at stride 2: padding=1 or SAME padding."""

from flax import nnx
from jax import Array


def symmetric(x: Array) -> Array:
    return nnx.max_pool(x, (3, 3), (2, 2), ((1, 1), (1, 1)))


def bottom_right(x: Array) -> Array:
    return nnx.max_pool(x, (3, 3), (2, 2), "SAME")
