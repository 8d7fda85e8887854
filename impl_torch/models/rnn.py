"""A tanh cell over sequences of any length, a head on its last state."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from impl_torch.models.layers import Linear


class Rnn(nn.Module):
    """A batch of sequences in, their logits out."""

    def __init__(
        self,
        *,
        inputs: int,
        units: int,
        classes: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.units = units
        self.cell = RnnCell(inputs, units, dtype=dtype)
        self.head = Linear(units, classes, dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:  # (N, T, inputs)
        is_given = (x != 0).any(2)  # (N, T); padding is all zero
        state = torch.zeros((x.shape[0], self.units)).to(x)
        # differs: the length is known; Keras may leave it open
        for now in range(x.shape[1]):
            after = self.cell(x[:, now], state)  # (N, units)
            state = torch.where(is_given[:, now, None], after, state)
        return self.head(state)  # (N, classes)


class RnnCell(nn.Module):
    """One position: tanh of a dense layer of the inputs and the state."""

    # differs: weights are (out, in) here, (in, out) in TensorFlow
    def __init__(self, inputs: int, units: int, *, dtype: torch.dtype) -> None:
        super().__init__()

        def new(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.zeros(shape, dtype=dtype))

        self.input_weight = new(units, inputs)
        self.recurrent_weight = new(units, units)
        self.bias = new(units)

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        given = functional.linear(x, self.input_weight)
        past = functional.linear(state, self.recurrent_weight)
        return torch.tanh(given + past + self.bias)  # (N, units)
