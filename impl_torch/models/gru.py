"""An embedding, a GRU over padded tokens, a linear head on its last state."""

import torch
from torch import Tensor, nn

from impl_torch.models.layers import Embedding, Linear


class Gru(nn.Module):
    """A batch of token sequences in, their logits out."""

    def __init__(
        self,
        *,
        tokens: int,
        width: int,
        units: int,
        classes: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.units = units
        self.embedding = Embedding(tokens, width, dtype=dtype)
        self.cell = GruCell(width, units, dtype=dtype)
        self.head = Linear(units, classes, dtype=dtype)

    def forward(self, tokens: Tensor) -> Tensor:  # (N, T)
        is_token = tokens != 0  # 0 is padding, at the end of a sequence
        x = self.embedding(tokens)  # (N, T, width)
        state = torch.zeros((x.shape[0], self.units)).to(x)
        for now in range(x.shape[1]):
            after = self.cell(x[:, now], state)  # (N, units)
            # After its last token, a sequence keeps its state.
            state = torch.where(is_token[:, now, None], after, state)
        return self.head(state)  # (N, classes)


class GruCell(nn.Module):
    """One step of a GRU. The gates are reset, update, candidate."""

    # differs: the library's gates are in this order; Keras swaps the first two
    def __init__(self, inputs: int, units: int, *, dtype: torch.dtype) -> None:
        super().__init__()
        gates = 3 * units

        def new(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.zeros(shape, dtype=dtype))

        self.input_weight = new(gates, inputs)
        self.recurrent_weight = new(gates, units)
        self.input_bias, self.recurrent_bias = new(gates), new(gates)

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        return torch.gru_cell(  # (N, units)
            x,
            state,
            self.input_weight,
            self.recurrent_weight,
            self.input_bias,
            self.recurrent_bias,
        )
