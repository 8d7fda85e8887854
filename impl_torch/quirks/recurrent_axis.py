"""Recurrent layers: time axis first or second (batch_first)."""

import torch
from torch import Tensor, nn
from torch.func import functional_call


def over_first_axis(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    layer = nn.RNN(x.shape[2], recurrent_weight.shape[1]).to(x)
    weights = {
        "weight_ih_l0": input_weight,
        "weight_hh_l0": recurrent_weight,
        "bias_ih_l0": bias,
        "bias_hh_l0": torch.zeros_like(bias),
    }
    states, _ = functional_call(layer, weights, (x,))
    return states


def over_second_axis(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    units = recurrent_weight.shape[1]
    layer = nn.RNN(x.shape[2], units, batch_first=True).to(x)
    weights = {
        "weight_ih_l0": input_weight,
        "weight_hh_l0": recurrent_weight,
        "bias_ih_l0": bias,
        "bias_hh_l0": torch.zeros_like(bias),
    }
    states, _ = functional_call(layer, weights, (x,))
    return states
