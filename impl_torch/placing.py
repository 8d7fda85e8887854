"""Arrays that two frameworks share <-> the tensors of a user's model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from compare.workloads.target import INPUT, Placement
from torch import Tensor

from impl_torch import layout


class Placing:
    """Names and orders of axes; without a placement they are the model's."""

    def __init__(self, placement: Placement | None) -> None:
        self._placement = placement or Placement()
        self._is_known = placement is not None

    def batch(
        self, batch: Mapping[str, Any], *, device: str, dtype: torch.dtype
    ) -> Any:
        """Return the inputs of a batch as tensors, and the targets."""
        parts: tuple[list[Tensor], list[Tensor]] = ([], [])
        for key, array in batch.items():
            part, _, number = key.partition(".")
            is_input = part == INPUT
            axes = self._placement.inputs if is_input else self.target_axes
            own = permute(array, axes, int(number))
            tensor = torch.from_numpy(own.copy())
            kind = dtype if tensor.is_floating_point() else None
            parts[not is_input].append(tensor.to(device, kind))
        return tuple(map(tuple, parts))

    @property
    def target_axes(self) -> Sequence[Sequence[int]]:
        """The axes of targets, which are those of the outputs."""
        return self._placement.outputs

    def own(self, shared: Mapping[str, Any]) -> dict[str, Any]:
        """Return shared arrays by the model's names, in its layout."""
        if not self._is_known:
            return {name: np.array(array) for name, array in shared.items()}
        return {
            name: np.array(np.transpose(shared[known], axes or None))
            if axes
            else np.array(shared[known])
            for name, (known, axes) in self._placement.parameters.items()
        }

    def shared(self, own: Mapping[str, Tensor]) -> dict[str, Any]:
        """Return tensors of the model as shared arrays, by shared names."""
        if not self._is_known:
            return {n: np.array(layout.to_numpy(t)) for n, t in own.items()}
        found = {}
        for name, tensor in own.items():
            known, axes = self._placement.parameters[name]
            array = np.array(layout.to_numpy(tensor))
            back = np.argsort(axes) if axes else None
            found[known] = array if back is None else array.transpose(back)
        return found

    def outputs(self, outputs: Sequence[Tensor]) -> Any:
        """Return the output in the shared layout; several in one array."""
        flat = []
        for number, tensor in enumerate(outputs):
            array, axes = layout.to_numpy(tensor), self._placement.outputs
            back = [np.argsort(order) for order in axes]
            flat.append(permute(array, back, number))
        if len(flat) == 1:
            return flat[0]
        return np.concatenate([array.ravel() for array in flat])


def permute(array: Any, axes: Sequence[Any], number: int) -> Any:
    """Return an array with its axes permuted, if that is stated for it."""
    # Labels have no axis for the classes, and are placed as they are.
    if number >= len(axes) or len(axes[number]) != array.ndim:
        return array
    return np.transpose(array, axes[number])
