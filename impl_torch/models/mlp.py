"""A chain of dense layers of the given widths, with ReLU between them."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from impl_torch.models.layers import Linear


class Mlp(nn.Module):
    """A batch of vectors in, a batch of vectors out."""

    def __init__(
        self, *, widths: Sequence[int], dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        for number, (inputs, outputs) in enumerate(pairwise(widths), start=1):
            layer = Linear(inputs, outputs, dtype=dtype)
            setattr(self, f"layer{number}", layer)

    # differs: a module lists its children in order, TensorFlow's does not
    def forward(self, x: Tensor) -> Tensor:  # (N, inputs)
        for number, layer in enumerate(self.children()):
            if number > 0:
                x = torch.relu(x)
            x = layer(x)
        return x  # (N, outputs)
