"""Leaky ReLU: default negative slope 0.01 or 0.2."""

import torch
from torch import Tensor
from torch.nn import functional


def a_hundredth(x: Tensor) -> Tensor:
    return functional.leaky_relu(x)


def a_fifth(x: Tensor) -> Tensor:
    fifth = torch.tensor(0.2).item()  # rounded to float32, as in TensorFlow
    return functional.leaky_relu(x, fifth)
