"""The floating-point formats that cells compute in, and their NumPy representation.

NumPy has no bfloat16, and its float16 is slow. Values of both 16-bit formats are
therefore stored as float32, which represents each of them exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from compare.contract import Array, Dtype

# Unit roundoff u: half the distance from 1 to the next number. Rounding to nearest has
# a relative error of at most u.
UNIT_ROUNDOFF: dict[Dtype, float] = {
    "float64": 2.0**-53,
    "float32": 2.0**-24,
    "float16": 2.0**-11,
    "bfloat16": 2.0**-8,
}
# The largest absolute error of a result because it is small. Where hardware flushes
# denormals to zero, that is the smallest normal number; for float16, whose denormals
# are kept, half their spacing.
UNDERFLOW: dict[Dtype, float] = {
    "float64": 2.0**-1022,
    "float32": 2.0**-126,
    "float16": 2.0**-25,
    "bfloat16": 2.0**-126,
}
# The exponent e of the smallest normal number 2**e, and the largest finite number.
LOWEST_EXPONENT: dict[Dtype, int] = {
    "float64": -1022,
    "float32": -126,
    "float16": -14,
    "bfloat16": -126,
}
LARGEST: dict[Dtype, float] = {
    **{name: float(np.finfo(name).max) for name in ("float64", "float32", "float16")},
    "bfloat16": (2.0 - 2.0**-7) * 2.0**127,
}
ITEM_BYTES: dict[Dtype, int] = {
    "float64": 8,
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
}
# The NumPy dtype that values of a format are stored in.
CARRIER: dict[Dtype, str] = {
    "float64": "float64",
    "float32": "float32",
    "float16": "float32",
    "bfloat16": "float32",
}


def round_to_dtype(array: Array, dtype: Dtype) -> Array:
    """Return the nearest values of a format, stored in its `CARRIER` dtype.

    Integer arrays are returned unchanged.
    """
    if array.dtype.kind != "f":
        return array
    if dtype == "bfloat16":
        return _round_to_bfloat16(array)
    return array.astype(dtype).astype(CARRIER[dtype])


def _round_to_bfloat16(array: Array) -> Array:
    """Return the nearest values, with ties to the even one, as IEEE 754 rounds."""
    exact = array.astype("float64")
    _, exponents = np.frexp(exact)
    # Below the smallest normal number, the spacing stays the same.
    lowest = LOWEST_EXPONENT["bfloat16"] + 1
    spacing = np.ldexp(1.0, np.maximum(exponents, lowest) - 8)
    rounded = np.rint(exact / spacing) * spacing
    is_over = np.abs(rounded) > LARGEST["bfloat16"]
    found: Array = np.where(is_over, np.copysign(np.inf, exact), rounded)
    return found.astype("float32")


def is_16_bit(dtype: Dtype) -> bool:
    """Return whether a format has 16 bits."""
    return UNIT_ROUNDOFF[dtype] > UNIT_ROUNDOFF["float32"]


def largest_finite(dtype: Dtype) -> float:
    """Return the largest finite number of a format."""
    return LARGEST[dtype]


def unit_in_last_place(magnitude: float, dtype: Dtype) -> float:
    """Return the distance from a number to the next larger one of a format.

    Args:
        magnitude: not negative. Below the smallest normal number, the result is the
            distance at that number.
        dtype: the format.
    """
    _, exponent = np.frexp(max(magnitude, 2.0 ** LOWEST_EXPONENT[dtype]))
    return float(np.ldexp(2 * UNIT_ROUNDOFF[dtype], int(exponent) - 1))
