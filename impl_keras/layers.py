"""Layers that Keras does not have, or not with the same numbers."""

from typing import Any

from keras import layers, ops

EPSILON = 2.0**-10  # added to a variance
NEW_SHARE = 0.125  # weight of a new batch in running statistics


class Pad(layers.Layer):
    """Half a kernel of zeros on every side of images.

    padding="same" would put them at the bottom and on the right. ZeroPadding2D
    makes an operation in each call, which torch.compile refuses.
    """

    def __init__(self, kernel: int = 3) -> None:
        super().__init__()
        self.size = kernel // 2

    def compute_output_shape(self, shape: Any) -> Any:
        batch, *sides, channels = shape
        more = (s if s is None else s + 2 * self.size for s in sides)
        return (batch, *more, channels)

    def call(self, x: Any) -> Any:
        size = self.size
        return ops.image.pad_images(x, size, size, size, size)


class BatchNorm(layers.Layer):
    """A normalization of each channel by the statistics of its batch.

    Outside training, it uses running statistics instead. That of the variance
    is unbiased; the one of Keras' own layer is not.
    """

    def build(self, shape: Any) -> None:
        def add(name: str, start: str, *, trainable: bool = True) -> Any:
            return self.add_weight(
                (shape[-1],), start, name=name, trainable=trainable
            )

        self.gamma, self.beta = add("gamma", "ones"), add("beta", "zeros")
        self.mean = add("running_mean", "zeros", trainable=False)
        self.variance = add("running_var", "ones", trainable=False)

    def call(self, x: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002
        mean, variance = self.mean.value, self.variance.value
        if training:
            axes = tuple(range(len(x.shape) - 1))
            mean, variance = ops.moments(x, axes=axes)
            self._follow(x, mean, variance)
        x = (x - mean) * ops.rsqrt(variance + EPSILON)
        return x * self.gamma + self.beta

    def _follow(self, x: Any, mean: Any, variance: Any) -> None:
        """Move the running statistics towards those of a batch."""
        count = ops.cast(ops.size(x) // ops.shape(x)[-1], x.dtype)
        unbiased = variance * (count / (count - 1))
        for kept, new in ((self.mean, mean), (self.variance, unbiased)):
            new = ops.stop_gradient(new)  # noqa: PLW2901
            kept.assign((1 - NEW_SHARE) * kept + NEW_SHARE * new)
