"""A chain of convolutions of the given widths, with ReLU between them."""

from collections.abc import Sequence
from itertools import pairwise

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.models.layers import Conv


class Stack(tf.Module):
    """A batch of images in, a batch of images out."""

    def __init__(
        self,
        *,
        widths: Sequence[int],
        kernel: int,
        stride: int,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__()
        self.names = [f"conv{number}" for number in range(1, len(widths))]
        for name, (inputs, outputs) in zip(
            self.names, pairwise(widths), strict=True
        ):
            layer = Conv(
                inputs, outputs, kernel=kernel, stride=stride, dtype=dtype
            )
            setattr(self, name, layer)

    # differs: layers are found by name here, PyTorch keeps them in order
    def __call__(self, x: Tensor) -> Tensor:  # (N, H, W, inputs)
        for number, name in enumerate(self.names):
            if number > 0:
                x = tf.nn.relu(x)
            x = getattr(self, name)(x)
        return x  # (N, H', W', outputs)
