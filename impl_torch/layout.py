"""Convert canonical NumPy arrays to PyTorch's layout and back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


def place(
    batch: Mapping[str, Any], *, device: str, dtype: torch.dtype
) -> tuple[Any, Tensor]:
    """Return inputs and targets as tensors: images NHWC -> NCHW.

    The last array of a batch has the targets. Several inputs are a tuple.

    The strides stay: a permuted NHWC array is in PyTorch's channels_last
    memory format, and no copy is made.
    """
    placed = []
    for array in batch.values():
        tensor = torch.from_numpy(np.ascontiguousarray(array))
        if tensor.ndim == 4:
            tensor = tensor.permute(0, 3, 1, 2)
        kind = dtype if tensor.is_floating_point() else None
        placed.append(tensor.to(device, kind))
    *inputs, targets = placed
    return inputs[0] if len(inputs) == 1 else tuple(inputs), targets


def named_parameters(model: nn.Module) -> dict[str, Tensor]:
    """Return the trainable tensors of a model by name."""
    return dict(model.named_parameters())


# differs: buffers are no parameters here, variables in TensorFlow
def named_state(model: nn.Module) -> dict[str, Tensor]:
    """Return parameters and buffers, such as running means, by name.

    Buffers of integers are left out: they count steps.
    """
    found = {}
    for path, module in model.named_modules():
        prefix = f"{path}." if path else ""
        own = *module._parameters.items(), *module._buffers.items()
        for name, tensor in own:
            if tensor is not None and tensor.is_floating_point():
                found[prefix + name] = tensor
    return found


@contextmanager
def unchanged_buffers(model: nn.Module) -> Iterator[None]:
    """Restore a model's buffers after a block that runs the model."""
    before = [(b, b.clone()) for b in model.buffers()]
    try:
        yield
    finally:
        for buffer, value in before:
            buffer.copy_(value)


def load(model: nn.Module, *, arrays: Mapping[str, Any]) -> None:
    """Copy canonical parameters and buffers into a model's, in place.

    Dense weights (in, out) -> (out, in); kernels HWIO -> OIHW.
    """
    with torch.no_grad():
        for name, p in named_state(model).items():
            native = swap(arrays[name], name=name, to_native=True)
            p.copy_(torch.from_numpy(np.ascontiguousarray(native)))


def canonical(tensor: Tensor, *, name: str = "") -> Any:
    """Return a parameter of this name, its gradient or a loss as an array."""
    return np.array(swap(to_numpy(tensor), name=name, to_native=False))


def canonical_output(tensor: Tensor) -> Any:
    """Return a layer's output as an array: images NCHW -> NHWC."""
    array = to_numpy(tensor)
    return array.transpose(0, 2, 3, 1) if array.ndim == 4 else array


def native_shape(name: str, shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of a canonical parameter in this framework."""
    return swap(np.empty(shape), name=name, to_native=True).shape


def to_numpy(tensor: Tensor) -> Any:
    """Return a tensor as an array; 16-bit formats become float32."""
    tensor = tensor.detach().cpu()
    narrow = tensor.dtype in (torch.bfloat16, torch.float16)
    return (tensor.float() if narrow else tensor).numpy()


def swap(array: Any, *, name: str, to_native: bool) -> Any:
    """Transpose a matrix or a kernel between the layouts.

    Vectors and parameters that are no weights are returned unchanged.
    """
    if not name.endswith("weight") or array.ndim < 2:
        return array
    if array.ndim == 2:
        return array.T
    return array.transpose((3, 2, 0, 1) if to_native else (2, 3, 1, 0))
