"""Two dense layers with a ReLU between them: relu(x W1) W2."""

import torch
from torch import Tensor, nn

from impl_torch.models.layers import Linear


class TwoLayer(nn.Module):
    """A batch of vectors in, a batch of vectors out; no biases."""

    def __init__(
        self,
        *,
        inputs: int,
        hidden: int,
        outputs: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.hidden = Linear(inputs, hidden, bias=False, dtype=dtype)
        self.output = Linear(hidden, outputs, bias=False, dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:  # (N, inputs)
        h = torch.relu(self.hidden(x))  # (N, hidden)
        return self.output(h)  # (N, outputs)
