"""Embedding of the padding token: row frozen or trained."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def row_stays(x: Tensor, *, table: Tensor) -> Tensor:
    padding = tf.range(table.shape[0])[:, tf.newaxis] == 0
    table = tf.where(padding, tf.stop_gradient(table), table)
    return row_learns(x, table=table)


def row_learns(x: Tensor, *, table: Tensor) -> Tensor:
    layer = keras.layers.Embedding(
        *table.shape, mask_zero=True, dtype=table.dtype
    )
    layer.build(x.shape)
    outputs, _ = layer.stateless_call([table], [], x)
    return outputs
