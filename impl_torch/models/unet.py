"""Convolutions that shrink images, transposed ones that enlarge them again."""

import torch
from torch import Tensor, nn

from impl_torch.models.layers import Conv


class Unet(nn.Module):
    """A batch of images in, a batch of images out."""

    def __init__(
        self,
        *,
        channels: int,
        width: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.first = Conv(channels, width, stride=1, dtype=dtype)
        self.down1 = Conv(width, 2 * width, dtype=dtype)
        self.down2 = Conv(2 * width, 4 * width, dtype=dtype)
        self.up1 = UpConv(4 * width, 2 * width, dtype=dtype)
        self.up2 = UpConv(4 * width, width, dtype=dtype)
        self.last = Conv(2 * width, channels, stride=1, dtype=dtype)

    # differs: channels are the second axis here, the last in TensorFlow
    def forward(self, x: Tensor) -> Tensor:  # (N, channels, H, W)
        whole = torch.relu(self.first(x))  # (N, width, H, W)
        half = torch.relu(self.down1(whole))  # (N, 2 width, H/2, W/2)
        x = torch.relu(self.down2(half))  # (N, 4 width, H/4, W/4)
        x = torch.relu(self.up1(x))  # (N, 2 width, H/2, W/2)
        x = torch.cat((x, half), dim=1)  # (N, 4 width, H/2, W/2)
        x = torch.relu(self.up2(x))  # (N, width, H, W)
        x = torch.cat((x, whole), dim=1)  # (N, 2 width, H, W)
        return self.last(x)  # (N, channels, H, W)


class UpConv(nn.ConvTranspose2d):
    """A transposed convolution that doubles the sides of images."""

    # differs: cropped by its padding here, by a slice in TensorFlow
    def __init__(
        self, inputs: int, outputs: int, *, dtype: torch.dtype
    ) -> None:
        super().__init__(
            inputs,
            outputs,
            3,
            stride=2,
            padding=1,
            output_padding=1,
            dtype=dtype,
        )
