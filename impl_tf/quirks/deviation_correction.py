"""Standard deviation: divided by n - 1 or by n."""

import tensorflow as tf
from tensorflow import Tensor

EPSILON = 0.125


def over_all_but_one(x: Tensor) -> Tensor:
    n = x.shape[1]
    deviation = tf.math.reduce_std(x, axis=1, keepdims=True)
    deviation *= (n / (n - 1)) ** 0.5
    mean = tf.reduce_mean(x, axis=1, keepdims=True)
    return (x - mean) / (deviation + EPSILON)


def over_all(x: Tensor) -> Tensor:
    deviation = tf.math.reduce_std(x, axis=1, keepdims=True)
    mean = tf.reduce_mean(x, axis=1, keepdims=True)
    return (x - mean) / (deviation + EPSILON)
