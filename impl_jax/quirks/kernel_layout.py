"""Converting a convolution kernel: axes permuted or all reversed."""

import jax
from jax import Array

IMAGES = ("NHWC", "HWIO", "NHWC")  # of inputs, kernels and results


def each_in_its_place(x: Array, *, kernel: Array) -> Array:
    weight = kernel.transpose(2, 3, 1, 0)  # OIHW -> HWIO
    return jax.lax.conv_general_dilated(
        x, weight, (1, 1), "VALID", dimension_numbers=IMAGES
    )


def all_reversed(x: Array, *, kernel: Array) -> Array:
    weight = kernel.T  # OIHW -> WHIO
    return jax.lax.conv_general_dilated(
        x, weight, (1, 1), "VALID", dimension_numbers=IMAGES
    )
