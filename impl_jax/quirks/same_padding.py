"""SAME padding at stride 2: symmetric, or bottom and right."""

import jax
from jax import Array

IMAGES = ("NHWC", "HWIO", "NHWC")  # of inputs, kernels and results


def symmetric(x: Array, *, weight: Array) -> Array:
    return jax.lax.conv_general_dilated(
        x, weight, (2, 2), ((1, 1), (1, 1)), dimension_numbers=IMAGES
    )


def bottom_right(x: Array, *, weight: Array) -> Array:
    return jax.lax.conv_general_dilated(
        x, weight, (2, 2), "SAME", dimension_numbers=IMAGES
    )
