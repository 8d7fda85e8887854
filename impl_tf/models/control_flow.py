"""Two dense layers with a ReLU; previous losses choose the second one."""

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.models.layers import Linear


class ControlFlow(tf.Module):
    """A batch of vectors in, a batch of vectors out; no biases."""

    reads_values = True  # a Python `if` depends on a tensor
    losses: tf.Variable  # the last two, the last one first

    def __init__(
        self,
        *,
        inputs: int,
        hidden: int,
        outputs: int,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__()
        self.hidden = Linear(inputs, hidden, bias=False, dtype=dtype)
        self.output = Chosen(hidden, outputs, dtype=dtype)
        self.losses = tf.Variable(tf.zeros((2,), dtype), trainable=False)

    def __call__(self, x: Tensor) -> Tensor:  # (N, inputs)
        h = tf.nn.relu(self.hidden(x))  # (N, hidden)
        has_fallen = self.losses[0] < self.losses[1]  # ()
        return self.output(h, has_fallen)  # (N, outputs)

    def remember(self, loss: Tensor) -> None:
        """Keep the loss of a training step; forget the one before last."""
        # differs: a variable is assigned; in PyTorch, a buffer copied into
        recent = tf.stack([loss, self.losses[0]])
        self.losses.assign(recent)


class Chosen(tf.Module):
    """A dense layer with two weights, of which it uses one."""

    # differs: tf.function makes `if` a part of its graph; PyTorch runs it
    def __init__(self, inputs: int, outputs: int, *, dtype: tf.DType) -> None:
        super().__init__()
        empty = tf.zeros((inputs, outputs), dtype)
        self.falling = tf.Variable(empty)
        self.rising = tf.Variable(empty)

    def __call__(self, x: Tensor, has_fallen: Tensor) -> Tensor:
        if has_fallen:
            return x @ self.falling  # (N, outputs)
        return x @ self.rising  # (N, outputs)
