"""Single operations that sum: do they accumulate in a wider dtype?"""

from typing import Any

import jax
from jax import Array

from impl_jax.layers import IMAGES


def operations(operands: dict[str, Array]) -> dict[str, Any]:
    """Return a matrix product, a convolution and a sum."""
    matrix = operands["matrix"]
    convolved = jax.lax.conv_general_dilated(
        *(operands["images"], operands["kernel"], (1, 1), "VALID"),
        dimension_numbers=IMAGES,
    )
    return {
        "matrix product": matrix @ matrix.T,
        "convolution": convolved,
        "sum": matrix.sum(1),
    }
