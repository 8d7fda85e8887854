"""Default initialisation of dense layers: Kaiming or Glorot uniform."""

import tensorflow as tf
from keras.initializers import GlorotUniform, RandomUniform, VarianceScaling
from tensorflow import Tensor

DRAWS = {"dtype": "float64"}


def by_inputs(x: Tensor, *, drawn_weight: Tensor) -> Tensor:
    kaiming = VarianceScaling(1 / 3, "fan_in", "uniform", seed=0)
    weight = kaiming(drawn_weight.shape, **DRAWS)  # inputs, outputs
    return tf.matmul(x, drawn_weight * _bound(weight, dtype=x.dtype))


def by_inputs_and_outputs(x: Tensor, *, drawn_weight: Tensor) -> Tensor:
    weight = GlorotUniform(seed=0)(drawn_weight.shape, **DRAWS)
    return tf.matmul(x, drawn_weight * _bound(weight, dtype=x.dtype))


def _bound(weight: Tensor, *, dtype: tf.DType) -> Tensor:
    even = RandomUniform(-1, 1, seed=0)(weight.shape, **DRAWS)
    furthest = tf.reduce_max(tf.abs(weight)), tf.reduce_max(tf.abs(even))
    return tf.cast(furthest[0] / furthest[1], dtype)
