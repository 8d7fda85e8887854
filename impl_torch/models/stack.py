"""A chain of convolutions of the given widths, with ReLU between them."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from impl_torch.models.layers import Conv


class Stack(nn.Module):
    """A batch of images in, a batch of images out."""

    def __init__(
        self,
        *,
        widths: Sequence[int],
        kernel: int,
        stride: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        for number, (inputs, outputs) in enumerate(pairwise(widths), start=1):
            layer = Conv(
                inputs, outputs, kernel=kernel, stride=stride, dtype=dtype
            )
            setattr(self, f"conv{number}", layer)

    # differs: a module lists its children in order, TensorFlow's does not
    def forward(self, x: Tensor) -> Tensor:  # (N, inputs, H, W)
        for number, layer in enumerate(self.children()):
            if number > 0:
                x = torch.relu(x)
            x = layer(x)
        return x  # (N, outputs, H', W')
