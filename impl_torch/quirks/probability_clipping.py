"""Cross-entropy of probabilities: exact or clipped to 1e-7."""

from torch import Tensor
from torch.nn import functional

LEAST = 1e-7


def exact(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs, targets)


def clipped(outputs: Tensor, targets: Tensor) -> Tensor:
    probabilities = outputs.softmax(dim=1).clamp(LEAST, 1 - LEAST)
    return functional.cross_entropy(probabilities.log(), targets)
