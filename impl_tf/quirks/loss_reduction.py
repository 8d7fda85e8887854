"""Loss reduction: mean over all elements or sum of per-sample means."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def over_everything(outputs: Tensor, targets: Tensor) -> Tensor:
    return tf.reduce_mean(keras.losses.mean_squared_error(targets, outputs))


def per_sample(outputs: Tensor, targets: Tensor) -> Tensor:
    return tf.reduce_sum(keras.losses.mean_squared_error(targets, outputs))
