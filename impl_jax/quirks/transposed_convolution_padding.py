"""Transposed convolution at stride 2: first or last row cropped."""

import jax
from jax import Array

IMAGES = ("NHWC", "HWIO", "NHWC")  # of inputs, kernels and results


def first_cropped(x: Array, *, weight: Array) -> Array:
    return jax.lax.conv_transpose(
        x,
        weight,
        (2, 2),
        ((1, 2), (1, 2)),  # of the image with zeros between its pixels
        dimension_numbers=IMAGES,
        transpose_kernel=True,
    )


def last_cropped(x: Array, *, weight: Array) -> Array:
    return jax.lax.conv_transpose(
        x,
        weight,
        (2, 2),
        "SAME",
        dimension_numbers=IMAGES,
        transpose_kernel=True,
    )
