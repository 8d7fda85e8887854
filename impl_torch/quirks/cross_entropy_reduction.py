"""Cross-entropy reduction: mean or sum over the batch."""

from torch import Tensor
from torch.nn import functional


def mean_of_the_batch(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs, targets)


def sum_of_the_batch(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs, targets, reduction="sum")
