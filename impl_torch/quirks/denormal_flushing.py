"""Denormal (subnormal) numbers: kept or flushed to zero."""

import torch
from torch import Tensor


def kept(x: Tensor) -> Tensor:
    torch.set_flush_denormal(False)  # PyTorch's default; the toolkit sets True
    small = 8 * torch.finfo(x.dtype).tiny  # tiny: smallest normal number
    x = x * small / small
    torch.set_flush_denormal(True)
    return x


def flushed(x: Tensor) -> Tensor:
    torch.set_flush_denormal(True)
    small = 8 * torch.finfo(x.dtype).tiny
    return x * small / small
