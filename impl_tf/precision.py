"""Single operations that sum: do they accumulate in a wider dtype?"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from tensorflow import Tensor

from impl_tf import layout
from impl_tf.activations import CAPTURED


class Operations(tf.Module):
    """A matrix product, a convolution and a sum."""

    def __init__(
        self, operands: Mapping[str, Any], *, dtype: tf.DType
    ) -> None:
        super().__init__()
        self.images, self.kernel = (
            tf.cast(operands[name], dtype) for name in ("images", "kernel")
        )

    def __call__(self, matrix: Tensor) -> dict[str, Tensor]:
        convolved = tf.nn.conv2d(
            self.images, self.kernel, strides=1, padding="VALID"
        )
        return {
            "matrix product": tf.matmul(matrix, matrix, transpose_b=True),
            "convolution": convolved,
            "sum": tf.reduce_sum(matrix, axis=1),
        }


def operations(
    operands: Mapping[str, Any], *, mode: str, dtype: tf.DType
) -> dict[str, Any] | None:
    """Return their results in a dtype, None if not exposed."""
    if mode not in CAPTURED:
        return None
    matrix = tf.cast(operands["matrix"], dtype)
    module = Operations(operands, dtype=dtype)
    found = CAPTURED[mode](module, matrix)(matrix)
    return {n: layout.canonical_output(a) for n, a in found.items()}
