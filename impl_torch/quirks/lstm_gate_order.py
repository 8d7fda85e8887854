"""LSTM gate order: forget gate second or third."""

import torch
from torch import Tensor, nn
from torch.func import functional_call


def forget_second(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    units = recurrent_weight.shape[1]
    layer = nn.LSTM(x.shape[2], units, batch_first=True).to(x)
    weights = {
        "weight_ih_l0": input_weight,
        "weight_hh_l0": recurrent_weight,
        "bias_ih_l0": bias,
        "bias_hh_l0": torch.zeros_like(bias),
    }
    _, (state, _) = functional_call(layer, weights, (x,))
    return state[0]  # last state: (batch, units)


def forget_third(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    return forget_second(
        x,
        input_weight=_swapped(input_weight),
        recurrent_weight=_swapped(recurrent_weight),
        bias=_swapped(bias),
    )


def _swapped(blocks: Tensor) -> Tensor:
    i, second, third, o = blocks.chunk(4)
    return torch.cat((i, third, second, o))
