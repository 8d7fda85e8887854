"""Adagrad: initial accumulator value 0 or 0.1."""

import torch
from torch import nn
from torch.optim import Adagrad, Optimizer

RATE = 2.0**-5


def starts_at_zero(parameters: list[nn.Parameter]) -> Optimizer:
    return Adagrad(parameters, lr=RATE, eps=0.0)


def starts_at_a_tenth(parameters: list[nn.Parameter]) -> Optimizer:
    start = torch.tensor(0.1).item()  # rounded to float32 as in Keras
    return Adagrad(
        parameters, lr=RATE, initial_accumulator_value=start, eps=0.0
    )
