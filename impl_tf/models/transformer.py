"""An encoder: embedded tokens, two blocks with attention, a linear head."""

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.models.layers import EPSILON, Embedding, Linear


class Transformer(tf.Module):
    """A batch of token sequences in, their logits out."""

    def __init__(  # noqa: PLR0913 - each is one size of the network
        self,
        *,
        length: int,
        tokens: int,
        width: int,
        heads: int,
        classes: int,
        dropout: float,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__()
        self.embedding = Embedding(tokens, width, dtype=dtype)
        self.positions = tf.Variable(tf.zeros((length, width), dtype))
        self.block1 = Block(width, heads=heads, dropout=dropout, dtype=dtype)
        self.block2 = Block(width, heads=heads, dropout=dropout, dtype=dtype)
        self.norm = LayerNorm(width, dtype=dtype)
        self.head = Linear(width, classes, dtype=dtype)

    # differs: training is passed on to every block; in PyTorch, a state
    def __call__(self, tokens: Tensor, *, training: bool = True) -> Tensor:
        x = self.embedding(tokens) + self.positions  # (N, T, width)
        x = self.block1(x, training=training)  # (N, T, width)
        x = self.block2(x, training=training)  # (N, T, width)
        x = tf.reduce_mean(self.norm(x), axis=1)  # (N, width)
        return self.head(x)  # (N, classes)


class Block(tf.Module):
    """Attention and two dense layers, each added to its input."""

    def __init__(
        self, width: int, *, heads: int, dropout: float, dtype: tf.DType
    ) -> None:
        super().__init__()
        self.norm1 = LayerNorm(width, dtype=dtype)
        self.attention = Attention(width, heads=heads, dtype=dtype)
        self.norm2 = LayerNorm(width, dtype=dtype)
        self.hidden = Linear(width, 4 * width, dtype=dtype)
        self.output = Linear(4 * width, width, dtype=dtype)
        self.dropout = dropout

    def __call__(self, x: Tensor, *, training: bool = True) -> Tensor:
        rate = self.dropout if training else 0.0
        y = self.attention(self.norm1(x))  # (N, T, width)
        x = x + tf.nn.dropout(y, rate)
        # differs: written out, because tf.nn.gelu rounds a constant to float32
        y = self.hidden(self.norm2(x))  # (N, T, 4 width)
        y = 0.5 * y * (1 + tf.math.erf(y / 2**0.5))  # (N, T, 4 width)
        y = self.output(y)  # (N, T, width)
        return x + tf.nn.dropout(y, rate)


class Attention(tf.Module):
    """Every token's value, averaged over all tokens that it relates to."""

    def __init__(self, width: int, *, heads: int, dtype: tf.DType) -> None:
        super().__init__()
        self.query = Linear(width, width, dtype=dtype)
        # The softmax would ignore a bias of the keys.
        self.key = Linear(width, width, bias=False, dtype=dtype)
        self.value = Linear(width, width, dtype=dtype)
        self.mixed = Linear(width, width, dtype=dtype)
        self.heads = heads

    # differs: attention is written out here, one function in PyTorch
    def __call__(self, x: Tensor) -> Tensor:  # (N, T, width)
        query = self.split(self.query(x))  # (N, heads, T, width / heads)
        key = self.split(self.key(x))
        value = self.split(self.value(x))
        scores = tf.matmul(query, key, transpose_b=True)  # (N, heads, T, T)
        weights = tf.nn.softmax(scores / query.shape[3] ** 0.5)
        y = tf.transpose(tf.matmul(weights, value), (0, 2, 1, 3))
        return self.mixed(tf.reshape(y, x.shape))  # (N, T, width)

    def split(self, x: Tensor) -> Tensor:  # (N, T, width)
        x = tf.reshape(x, (*x.shape[:2], self.heads, -1))
        return tf.transpose(x, (0, 2, 1, 3))  # (N, heads, T, width / heads)


class LayerNorm(tf.Module):
    """A normalization of every token by its mean and variance."""

    def __init__(self, width: int, *, dtype: tf.DType) -> None:
        super().__init__()
        self.weight = tf.Variable(tf.ones((width,), dtype))
        self.bias = tf.Variable(tf.zeros((width,), dtype))

    def __call__(self, x: Tensor) -> Tensor:  # (N, T, width)
        mean, variance = tf.nn.moments(x, axes=(-1,), keepdims=True)
        return tf.nn.batch_normalization(
            x, mean, variance, self.bias, self.weight, EPSILON
        )
