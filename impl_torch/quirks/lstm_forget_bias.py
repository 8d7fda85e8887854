"""LSTM forget-gate bias: initialised to 1 or around 0."""

import torch
from torch import Tensor, nn
from torch.func import functional_call


def starts_at_zero(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    units = recurrent_weight.shape[1]
    layer = nn.LSTM(x.shape[2], units, batch_first=True).to(x)
    weights = {
        "weight_ih_l0": input_weight,
        "weight_hh_l0": recurrent_weight,
        "bias_ih_l0": bias,
        "bias_hh_l0": torch.zeros_like(bias),  # random in PyTorch
    }
    _, (state, _) = functional_call(layer, weights, (x,))
    return state[0]  # last state: (batch, units)


def starts_at_one(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    units = recurrent_weight.shape[1]
    start = torch.zeros_like(bias)
    start[units : 2 * units] = 1  # input, forget, cell, output
    return starts_at_zero(
        x,
        input_weight=input_weight,
        recurrent_weight=recurrent_weight,
        bias=start + bias,
    )
