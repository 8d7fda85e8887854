"""Average pooling with padding: zeros included in the average or not."""

from flax import nnx
from jax import Array


def padding_counted(x: Array) -> Array:
    return nnx.avg_pool(x, (3, 3), (1, 1), "SAME")


def pixels_counted(x: Array) -> Array:
    return nnx.avg_pool(x, (3, 3), (1, 1), "SAME", count_include_pad=False)
