"""A tanh cell over sequences of any length, a head on its last state."""

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.models.layers import Linear


class Rnn(tf.Module):
    """A batch of sequences in, their logits out."""

    def __init__(
        self,
        *,
        inputs: int,
        units: int,
        classes: int,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__()
        self.units = units
        self.cell = RnnCell(inputs, units, dtype=dtype)
        self.head = Linear(units, classes, dtype=dtype)

    def __call__(self, x: Tensor) -> Tensor:  # (N, T, inputs)
        is_given = tf.reduce_any(x != 0, 2)  # (N, T); padding is all zero
        state = tf.zeros((tf.shape(x)[0], self.units), x.dtype)
        # differs: Keras leaves the length open, to capture only once more
        if x.shape[1] is None:
            return self.head(self._loop_in_graph(x, is_given, state))
        for now in range(x.shape[1]):
            after = self.cell(x[:, now], state)  # (N, units)
            state = tf.where(is_given[:, now, None], after, state)
        return self.head(state)  # (N, classes)

    def _loop_in_graph(
        self, x: Tensor, is_given: Tensor, state: Tensor
    ) -> Tensor:
        def advance(now: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
            after = self.cell(x[:, now], state)  # (N, units)
            return now + 1, tf.where(is_given[:, now, None], after, state)

        length = tf.shape(x)[1]
        _, state = tf.while_loop(
            lambda now, _: now < length,
            advance,
            (tf.constant(0), state),
            maximum_iterations=length,  # XLA requires a bound
        )
        return state


class RnnCell(tf.Module):
    """One position: tanh of a dense layer of the inputs and the state."""

    # differs: weights are (in, out) here, (out, in) in PyTorch
    def __init__(self, inputs: int, units: int, *, dtype: tf.DType) -> None:
        super().__init__()

        def new(*shape: int) -> tf.Variable:
            return tf.Variable(tf.zeros(shape, dtype))

        self.input_weight = new(inputs, units)
        self.recurrent_weight = new(units, units)
        self.bias = new(units)

    def __call__(self, x: Tensor, state: Tensor) -> Tensor:
        given = tf.matmul(x, self.input_weight)
        past = tf.matmul(state, self.recurrent_weight)
        return tf.tanh(given + past + self.bias)  # (N, units)
