"""Dropout whose masks are the same in every mode, dtype and compiler."""

import math
from typing import Any

import tensorflow as tf
from tensorflow import Tensor

# Two rounds of a 32-bit hash by C. Wellons, "Hash function prospector", 2018
# (lowbias32): integer arithmetic, which no compiler may change.
ROUNDS = ((16, 0x7FEB352D), (15, 0x846CA68B))
LAST_SHIFT = 16
BITS = 32


def dropout(
    inputs: Tensor, rate: float, noise_shape: Any = None, seed: Any = None
) -> Tensor:
    """Drop elements as Keras does, by draws of `draw_bits`.

    The draws of TensorFlow depend on the dtype, and on XLA.
    """
    from keras.src.random.seed_generator import draw_seed

    shape = mask_shape(inputs, noise_shape)
    bits = draw_bits(shape, seed=tf.cast(draw_seed(seed), tf.uint32))
    kept = bits >= tf.constant(math.floor(rate * 2**BITS), tf.uint32)
    scale = tf.cast(1 / (1 - rate), inputs.dtype)
    return inputs * tf.cast(kept, inputs.dtype) * scale


def mask_shape(inputs: Tensor, noise_shape: Any) -> Tensor:
    """Return the shape of a mask: that of the inputs where none is stated."""
    shape = tf.shape(inputs)
    if noise_shape is None:
        return shape
    stated = [shape[n] if s is None else s for n, s in enumerate(noise_shape)]
    return tf.stack(stated)


def draw_bits(shape: Any, *, seed: Tensor) -> Tensor:
    """Return uniform 32-bit numbers that follow from a seed of two numbers."""
    count = tf.reduce_prod(tf.cast(shape, tf.int32))
    numbers = tf.cast(tf.range(count), tf.uint32)
    return tf.reshape(mix(mix(numbers + seed[1]) ^ seed[0]), shape)


def mix(numbers: Tensor) -> Tensor:
    """Return a hash of each number."""
    shift = tf.bitwise.right_shift
    for distance, factor in ROUNDS:
        numbers ^= shift(numbers, tf.constant(distance, tf.uint32))
        numbers *= tf.constant(factor, tf.uint32)
    return numbers ^ shift(numbers, tf.constant(LAST_SHIFT, tf.uint32))
