"""The floating-point formats that cells compute in, and how NumPy carries them.

NumPy has no bfloat16, and its float16 is slow: numbers of 16 bits are carried as
float32, which holds each of them exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np

if TYPE_CHECKING:
    from compare.contract import Array, Dtype

# Unit roundoff: half the distance from 1 to the next number.
UNIT_ROUNDOFF: dict[Dtype, float] = {
    "float64": 2.0**-53,
    "float32": 2.0**-24,
    "float16": 2.0**-11,
    "bfloat16": 2.0**-8,
}
# What may be lost of a number because it is small: all of it below the normal numbers
# where denormals are flushed to zero, half a denormal's spacing where they are not.
UNDERFLOW: dict[Dtype, float] = {
    "float64": 2.0**-1022,
    "float32": 2.0**-126,
    "float16": 2.0**-25,
    "bfloat16": 2.0**-126,
}
ITEM_BYTES: dict[Dtype, int] = {
    "float64": 8,
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
}
CARRIER: dict[Dtype, str] = {
    "float64": "float64",
    "float32": "float32",
    "float16": "float32",
    "bfloat16": "float32",
}


def round_to_dtype(array: Array, dtype: Dtype) -> Array:
    """The nearest numbers of a format, in the NumPy dtype that carries them.

    Whole numbers stay as they are.
    """
    if array.dtype.kind != "f":
        return array
    return array.astype(_info(dtype).dtype).astype(CARRIER[dtype])


def is_16_bit(dtype: Dtype) -> bool:
    """Whether a format has 16 bits."""
    return UNIT_ROUNDOFF[dtype] > UNIT_ROUNDOFF["float32"]


def largest_finite(dtype: Dtype) -> float:
    """The largest finite number of a format."""
    return float(_info(dtype).max)


def unit_in_last_place(magnitude: float, dtype: Dtype) -> float:
    """The distance from a number to the next larger one of a format."""
    _, exponent = np.frexp(max(magnitude, float(_info(dtype).smallest_normal)))
    return float(np.ldexp(2 * UNIT_ROUNDOFF[dtype], int(exponent) - 1))


def _info(dtype: Dtype) -> Any:  # noqa: ANN401 - NumPy's finfo or one like it
    return ml_dtypes.finfo(dtype)  # type: ignore[no-untyped-call]
