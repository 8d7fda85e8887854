"""Single operations that sum: do they accumulate in a wider dtype?"""

from typing import Any

from keras import ops


def operations(operands: dict[str, Any]) -> dict[str, Any]:
    """Return a matrix product, a convolution and a sum."""
    matrix = operands["matrix"]
    return {
        "matrix product": ops.matmul(matrix, ops.transpose(matrix)),
        "convolution": ops.conv(operands["images"], operands["kernel"]),
        "sum": ops.sum(matrix, axis=1),
    }
