"""GRU reset gate: after or before the matrix product (reset_after)."""

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import linear


def after_product(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    units = recurrent_weight.shape[1]
    layer = nn.GRU(x.shape[2], units, batch_first=True).to(x)
    weights = {
        "weight_ih_l0": input_weight,
        "weight_hh_l0": recurrent_weight,
        "bias_ih_l0": bias,
        "bias_hh_l0": torch.zeros_like(bias),
    }
    _, state = functional_call(layer, weights, (x,))
    return state[0]  # the last state: (batch, units)


def before_product(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    gates, candidate = recurrent_weight.tensor_split((-len(bias) // 3,))
    state = x.new_zeros(x.shape[0], candidate.shape[0])
    for given in linear(x, input_weight, bias).unbind(dim=1):
        r, z, n = given.chunk(3, dim=1)  # each (batch, units)
        past_r, past_z = linear(state, gates).chunk(2, dim=1)
        r, z = torch.sigmoid(r + past_r), torch.sigmoid(z + past_z)
        n = torch.tanh(n + linear(r * state, candidate))
        state = (1 - z) * n + z * state
    return state
