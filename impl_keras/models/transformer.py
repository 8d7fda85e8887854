"""An encoder: embedded tokens, two blocks with attention, a linear head."""

from typing import Any

import keras
from keras import layers, ops

from impl_keras.layers import EPSILON


def transformer(  # noqa: PLR0913 - sizes
    *,
    length: int,
    tokens: int,
    width: int,
    heads: int,
    classes: int,
    dropout: float,
) -> keras.Model:
    if dropout:
        raise NotImplementedError("impl_keras has no dropout")
    inputs = keras.Input((length,), dtype="int64")  # (N, T)
    x = layers.Embedding(tokens, width, name="embedding")(inputs)
    x = Positions(name="positions")(x)  # (N, T, width)
    x = Block(width, heads=heads, name="block1")(x)
    x = Block(width, heads=heads, name="block2")(x)
    x = layers.LayerNormalization(epsilon=EPSILON, name="norm")(x)
    x = layers.GlobalAveragePooling1D()(x)  # (N, width)
    y = layers.Dense(classes, name="head")(x)
    return keras.Model(inputs, y)  # (N, classes)


class Positions(layers.Layer):
    """Adds an embedding of each position."""

    def build(self, shape: Any) -> None:
        self.positions = self.add_weight(shape[1:], name="positions")

    def call(self, x: Any) -> Any:
        return x + self.positions


class Block(layers.Layer):
    """Attention and two dense layers, each added to its input."""

    def __init__(self, width: int, *, heads: int, name: str) -> None:
        super().__init__(name=name)
        self.norm1 = layers.LayerNormalization(epsilon=EPSILON, name="norm1")
        self.attention = Attention(width, heads=heads, name="attention")
        self.norm2 = layers.LayerNormalization(epsilon=EPSILON, name="norm2")
        self.hidden = layers.Dense(4 * width, name="hidden")
        self.last = layers.Dense(width, name="output")

    def call(self, x: Any) -> Any:  # (N, T, width)
        x = x + self.attention(self.norm1(x))
        # Written out, because tf.nn.gelu rounds a constant to float32.
        y = self.hidden(self.norm2(x))
        y = 0.5 * y * (1 + ops.erf(y / 2**0.5))
        return x + self.last(y)


class Attention(layers.Layer):
    """The values of all tokens, weighted for each token."""

    def __init__(self, width: int, *, heads: int, name: str) -> None:
        super().__init__(name=name)
        self.heads, self.size = heads, width // heads
        self.query = layers.Dense(width, name="query")
        # The softmax would ignore a bias.
        self.key = layers.Dense(width, use_bias=False, name="key")
        self.value = layers.Dense(width, name="value")
        self.mixed = layers.Dense(width, name="mixed")

    def split(self, x: Any) -> Any:
        """Return (N, heads, T, width / heads) of (N, T, width)."""
        x = ops.reshape(x, (-1, x.shape[1], self.heads, self.size))
        return ops.transpose(x, (0, 2, 1, 3))

    def call(self, x: Any) -> Any:  # (N, T, width)
        dense = self.query, self.key, self.value
        query, key, value = (self.split(each(x)) for each in dense)
        scores = ops.matmul(query, ops.swapaxes(key, 2, 3))
        weights = ops.softmax(scores / self.size**0.5)
        y = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))
        return self.mixed(ops.reshape(y, (-1, *x.shape[1:])))
