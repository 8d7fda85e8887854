"""GELU: exact (erf) or tanh approximation."""

from math import pi

import torch
from torch import Tensor
from torch.nn import functional


def by_erf(x: Tensor) -> Tensor:
    return functional.gelu(x)


def by_tanh(x: Tensor) -> Tensor:
    # In float32, this is functional.gelu(x, approximate="tanh").
    cubic = torch.tensor(0.044715).item()  # rounded as in TensorFlow
    inner = (2 / pi) ** 0.5 * (x + cubic * x**3)
    return 0.5 * x * (1 + torch.tanh(inner))
