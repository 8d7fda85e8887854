"""Canonical NumPy arrays to PyTorch's layout and back, by transposing."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


def place(batch: Mapping[str, Any], *, device: str) -> tuple[Tensor, ...]:
    """The arrays of a batch as tensors: images NHWC -> NCHW, strides kept.

    A permuted NHWC array is what PyTorch calls channels_last: no copy is made.
    """
    return tuple(
        torch.from_numpy(a).permute(0, 3, 1, 2).to(device)
        if a.ndim == 4
        else torch.from_numpy(a).to(device)
        for a in batch.values()
    )


def load(model: nn.Module, *, arrays: Mapping[str, Any]) -> None:
    """Copy canonical parameters into a model's, in place.

    Dense weights (in, out) -> (out, in); kernels HWIO -> OIHW.
    """
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(torch.from_numpy(swap(arrays[name], to_native=True)))


def canonical(tensor: Tensor) -> Any:
    """One parameter or gradient as a canonical array of its own."""
    return np.array(swap(tensor.detach().cpu().numpy(), to_native=False))


def swap(array: Any, *, to_native: bool) -> Any:
    """Turn a weight round between the two layouts, by its number of axes."""
    if array.ndim == 2:
        return array.T
    if array.ndim == 4:
        return array.transpose((3, 2, 0, 1) if to_native else (2, 3, 1, 0))
    return array
