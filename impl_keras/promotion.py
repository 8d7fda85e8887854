"""Let Keras compute in float64 where a session asks for it.

Its rules of type promotion turn float64 into float32 on PyTorch and JAX, for
example in a matrix product (keras-team/keras#23223). Whether a model has the
semantics of its reference shows in float64 only. No other dtype is changed.
"""

from keras.src.backend.common import dtypes


def keep_float64() -> None:
    """Remove float64 from the types that Keras narrows; before any use."""
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
