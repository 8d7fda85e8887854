"""A chain of dense layers of the given widths, with ReLU between them."""

from collections.abc import Sequence
from itertools import pairwise

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.models.layers import Linear


class Mlp(tf.Module):
    """A batch of vectors in, a batch of vectors out."""

    def __init__(
        self, *, widths: Sequence[int], dtype: tf.DType = tf.float32
    ) -> None:
        super().__init__()
        self.names = [f"layer{number}" for number in range(1, len(widths))]
        for name, (inputs, outputs) in zip(
            self.names, pairwise(widths), strict=True
        ):
            setattr(self, name, Linear(inputs, outputs, dtype=dtype))

    # differs: layers are found by name here, PyTorch keeps them in order
    def __call__(self, x: Tensor) -> Tensor:  # (N, inputs)
        for number, name in enumerate(self.names):
            if number > 0:
                x = tf.nn.relu(x)
            x = getattr(self, name)(x)
        return x  # (N, outputs)
