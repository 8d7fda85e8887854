"""Convolution or cross-correlation: kernel rotated by 180 degrees or not."""

import jax
from jax import Array

IMAGES = ("NHWC", "HWIO", "NHWC")  # of inputs, kernels and results


def cross_correlation(x: Array, *, weight: Array) -> Array:
    return jax.lax.conv_general_dilated(
        x, weight, (1, 1), "VALID", dimension_numbers=IMAGES
    )


def convolution(x: Array, *, weight: Array) -> Array:
    weight = jax.lax.rev(weight, (0, 1))
    return jax.lax.conv_general_dilated(
        x, weight, (1, 1), "VALID", dimension_numbers=IMAGES
    )
