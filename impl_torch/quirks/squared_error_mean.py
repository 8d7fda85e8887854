"""Squared error: mean (MSE) or half the sum (tf.nn.l2_loss)."""

from torch import Tensor
from torch.nn import functional


def mean(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.mse_loss(outputs, targets)


def half_the_sum(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.mse_loss(outputs, targets, reduction="sum") / 2
