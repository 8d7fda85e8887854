"""GELU: exact (erf) or tanh approximation."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def by_erf(x: Tensor) -> Tensor:
    # In float32, this is keras.ops.gelu(x, approximate=False).
    return 0.5 * x * (1 + tf.math.erf(x / 2**0.5))


def by_tanh(x: Tensor) -> Tensor:
    return keras.ops.gelu(x)
