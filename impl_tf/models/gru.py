"""An embedding, a GRU over padded tokens, a linear head on its last state."""

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.models.layers import Embedding, Linear


class Gru(tf.Module):
    """A batch of token sequences in, their logits out."""

    def __init__(
        self,
        *,
        tokens: int,
        width: int,
        units: int,
        classes: int,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__()
        self.units = units
        self.embedding = Embedding(tokens, width, dtype=dtype)
        self.cell = GruCell(width, units, dtype=dtype)
        self.head = Linear(units, classes, dtype=dtype)

    def __call__(self, tokens: Tensor) -> Tensor:  # (N, T)
        is_token = tokens != 0  # 0 is padding, at the end of a sequence
        x = self.embedding(tokens)  # (N, T, width)
        state = tf.zeros((x.shape[0], self.units), x.dtype)
        for now in range(x.shape[1]):
            after = self.cell(x[:, now], state)  # (N, units)
            # After its last token, a sequence keeps its state.
            state = tf.where(is_token[:, now, None], after, state)
        return self.head(state)  # (N, classes)


class GruCell(tf.Module):
    """One step of a GRU. The gates are reset, update, candidate."""

    # differs: written out, because Keras swaps the first two gates
    def __init__(self, inputs: int, units: int, *, dtype: tf.DType) -> None:
        super().__init__()
        gates = 3 * units

        def new(*shape: int) -> tf.Variable:
            return tf.Variable(tf.zeros(shape, dtype))

        self.input_weight = new(inputs, gates)
        self.recurrent_weight = new(units, gates)
        self.input_bias, self.recurrent_bias = new(gates), new(gates)

    def __call__(self, x: Tensor, state: Tensor) -> Tensor:
        given = tf.matmul(x, self.input_weight) + self.input_bias
        past = tf.matmul(state, self.recurrent_weight) + self.recurrent_bias
        r, z, n = tf.split(given, 3, axis=1)  # each (N, units)
        past_r, past_z, past_n = tf.split(past, 3, axis=1)
        r, z = tf.sigmoid(r + past_r), tf.sigmoid(z + past_z)
        n = tf.tanh(n + r * past_n)
        return (1 - z) * n + z * state  # (N, units)
