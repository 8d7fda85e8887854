"""KL divergence reduction: mean over all elements or over the batch."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def over_everything(outputs: Tensor, targets: Tensor) -> Tensor:
    each = keras.losses.kl_divergence(targets, tf.nn.softmax(outputs))
    return tf.reduce_mean(each) / outputs.shape[1]


def over_the_batch(outputs: Tensor, targets: Tensor) -> Tensor:
    loss = keras.losses.KLDivergence()
    return loss(targets, tf.nn.softmax(outputs))
