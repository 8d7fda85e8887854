"""GRU gate order: reset gate or update gate first."""

import torch
from torch import Tensor, nn
from torch.func import functional_call


def reset_first(
    x: Tensor,
    *,
    input_weight: Tensor,
    recurrent_weight: Tensor,
    biases: Tensor,
) -> Tensor:
    units = recurrent_weight.shape[1]
    layer = nn.GRU(x.shape[2], units, batch_first=True).to(x)
    weights = {
        "weight_ih_l0": input_weight,
        "weight_hh_l0": recurrent_weight,
        "bias_ih_l0": biases[0],
        "bias_hh_l0": biases[1],
    }
    _, state = functional_call(layer, weights, (x,))
    return state[0]  # the last state: (batch, units)


def update_first(
    x: Tensor,
    *,
    input_weight: Tensor,
    recurrent_weight: Tensor,
    biases: Tensor,
) -> Tensor:
    return reset_first(
        x,
        input_weight=_swapped(input_weight, dim=0),
        recurrent_weight=_swapped(recurrent_weight, dim=0),
        biases=_swapped(biases, dim=1),
    )


def _swapped(blocks: Tensor, *, dim: int) -> Tensor:
    first, second, candidate = blocks.chunk(3, dim)
    return torch.cat((second, first, candidate), dim)
