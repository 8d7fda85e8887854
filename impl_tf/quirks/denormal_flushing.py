"""Denormal (subnormal) numbers: kept or flushed to zero."""

import numpy as np
from tensorflow import Tensor


def flushed(x: Tensor) -> Tensor:
    small = 8 * np.finfo(x.dtype.as_numpy_dtype).tiny
    return x * small / small
