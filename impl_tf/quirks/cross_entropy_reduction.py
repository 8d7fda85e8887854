"""Cross-entropy reduction: mean or sum over the batch."""

import tensorflow as tf
from tensorflow import Tensor


def mean_of_the_batch(outputs: Tensor, targets: Tensor) -> Tensor:
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, outputs)
    return tf.reduce_mean(each)


def sum_of_the_batch(outputs: Tensor, targets: Tensor) -> Tensor:
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, outputs)
    return tf.reduce_sum(each)  # a tape also sums `each`
