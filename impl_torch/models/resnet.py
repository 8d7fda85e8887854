"""A convolution, two residual blocks, average pooling, a linear head."""

import torch
from torch import Tensor, nn

from impl_torch.models.layers import BatchNorm, Conv, Linear


class Resnet(nn.Module):
    """A batch of images in, their logits out."""

    def __init__(
        self, *, width: int, classes: int, dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        # The normalization after a convolution would subtract its bias again.
        self.conv1 = Conv(3, width, stride=1, bias=False, dtype=dtype)
        self.norm1 = BatchNorm(width, dtype=dtype)
        self.block1 = Block(width, dtype=dtype)
        self.block2 = Block(width, dtype=dtype)
        self.head = Linear(width, classes, dtype=dtype)

    # differs: training is a state of the module here; in TensorFlow, passed on
    def forward(self, x: Tensor) -> Tensor:  # (N, 3, H, W)
        x = torch.relu(self.norm1(self.conv1(x)))  # (N, width, H, W)
        x = self.block1(x)  # (N, width, H, W)
        x = self.block2(x)  # (N, width, H, W)
        x = torch.mean(x, dim=(2, 3))  # (N, width)
        return self.head(x)  # (N, classes)


class Block(nn.Module):
    """Two normalized convolutions, added to the block's input."""

    def __init__(self, width: int, *, dtype: torch.dtype) -> None:
        super().__init__()
        self.conv1 = Conv(width, width, stride=1, bias=False, dtype=dtype)
        self.norm1 = BatchNorm(width, dtype=dtype)
        self.conv2 = Conv(width, width, stride=1, bias=False, dtype=dtype)
        self.norm2 = BatchNorm(width, dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:  # (N, width, H, W)
        y = torch.relu(self.norm1(self.conv1(x)))  # (N, width, H, W)
        y = self.norm2(self.conv2(y))  # (N, width, H, W)
        return torch.relu(x + y)  # the residual connection
