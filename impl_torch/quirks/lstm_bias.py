"""LSTM bias: two vectors (bias_ih and bias_hh) or one."""

import torch
from torch import Tensor, nn
from torch.func import functional_call


def both_learn(
    x: Tensor,
    *,
    input_weight: Tensor,
    recurrent_weight: Tensor,
    biases: Tensor,
) -> Tensor:
    units = recurrent_weight.shape[1]
    layer = nn.LSTM(x.shape[2], units, batch_first=True).to(x)
    weights = {
        "weight_ih_l0": input_weight,
        "weight_hh_l0": recurrent_weight,
        "bias_ih_l0": biases[0],
        "bias_hh_l0": biases[1],
    }
    _, (state, _) = functional_call(layer, weights, (x,))
    return state[0]  # last state: (batch, units)


def one_learns(
    x: Tensor,
    *,
    input_weight: Tensor,
    recurrent_weight: Tensor,
    biases: Tensor,
) -> Tensor:
    return both_learn(
        x,
        input_weight=input_weight,
        recurrent_weight=recurrent_weight,
        biases=torch.stack((biases[0], biases[1].detach())),
    )
