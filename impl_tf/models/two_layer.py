"""Two dense layers with a ReLU between them: relu(x W1) W2."""

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.models.layers import Linear


class TwoLayer(tf.Module):
    """A batch of vectors in, a batch of vectors out; no biases."""

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
        self.output = Linear(hidden, outputs, bias=False, dtype=dtype)

    def __call__(self, x: Tensor) -> Tensor:  # (N, inputs)
        h = tf.nn.relu(self.hidden(x))  # (N, hidden)
        return self.output(h)  # (N, outputs)
