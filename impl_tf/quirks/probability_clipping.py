"""Cross-entropy of probabilities: exact or clipped to 1e-7."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def exact(outputs: Tensor, targets: Tensor) -> Tensor:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return loss(targets, outputs)


def clipped(outputs: Tensor, targets: Tensor) -> Tensor:
    probabilities = tf.nn.softmax(outputs)
    # Directly after a softmax, Keras may use the logits and not clip.
    probabilities = tf.identity(probabilities)
    loss = keras.losses.SparseCategoricalCrossentropy()
    return loss(targets, probabilities)
