"""Four convolutions of stride 2, global average pooling, a linear head."""

import torch
from torch import Tensor, nn

from impl_torch.models.layers import Conv, Linear


class Cnn(nn.Module):
    """A batch of images in, their logits out."""

    def __init__(
        self,
        *,
        channels: int,
        classes: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.conv1 = Conv(channels, 16, dtype=dtype)
        self.conv2 = Conv(16, 32, dtype=dtype)
        self.conv3 = Conv(32, 64, dtype=dtype)
        self.conv4 = Conv(64, 128, dtype=dtype)
        self.head = Linear(128, classes, dtype=dtype)

    # differs: images are (N, C, H, W) here, (N, H, W, C) in TensorFlow
    def forward(self, x: Tensor) -> Tensor:  # (N, channels, H, W)
        x = torch.relu(self.conv1(x))  # (N, 16, H/2, W/2)
        x = torch.relu(self.conv2(x))  # (N, 32, H/4, W/4)
        x = torch.relu(self.conv3(x))  # (N, 64, H/8, W/8)
        x = torch.relu(self.conv4(x))  # (N, 128, H/16, W/16)
        x = torch.mean(x, dim=(2, 3))  # (N, 128)
        return self.head(x)  # (N, classes)
