"""Arrays that two models share <-> arrays in the names and layout of one of them.

Sessions of users' models use it; converting tensors is the framework's part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from compare.workloads.target import INPUT, Placement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Array, Arrays, Batch


class Placing:
    """Names and orders of axes; without a placement they are the model's."""

    def __init__(self, placement: Placement | None) -> None:
        self._placement = placement or Placement()
        self._is_known = placement is not None

    def split(self, batch: Batch) -> tuple[list[Array], list[Array]]:
        """Return the inputs of a batch in the model's layout, and the targets."""
        parts: tuple[list[Array], list[Array]] = ([], [])
        for key, array in batch.items():
            part, _, number = key.partition(".")
            is_target = part != INPUT
            # The axes of targets are those of the outputs.
            axes = self._placement.outputs if is_target else self._placement.inputs
            parts[is_target].append(permute(array, axes, int(number)))
        return parts

    def own(self, shared: Arrays) -> dict[str, Array]:
        """Return copies of shared arrays by the model's names, in its layout."""
        if not self._is_known:
            return {name: np.array(array) for name, array in shared.items()}
        return {
            name: np.array(np.transpose(shared[known], axes) if axes else shared[known])
            for name, (known, axes) in self._placement.parameters.items()
        }

    def shared(self, own: Arrays) -> dict[str, Array]:
        """Return copies of the model's arrays as shared ones, by shared names."""
        if not self._is_known:
            return {name: np.array(array) for name, array in own.items()}
        found = {}
        for name, array in own.items():
            known, axes = self._placement.parameters[name]
            copied = np.array(array)
            found[known] = copied.transpose(np.argsort(axes)) if axes else copied
        return found

    def join(self, outputs: Sequence[Array]) -> Array:
        """Return the output in the shared layout; several in one flat array."""
        back = [np.argsort(order) for order in self._placement.outputs]
        shared = [permute(array, back, n) for n, array in enumerate(outputs)]
        if len(shared) == 1:
            return shared[0]
        return np.concatenate([array.ravel() for array in shared])


def permute(array: Array, axes: Sequence[Any], number: int) -> Array:
    """Return an array with its axes permuted, if that is stated for it."""
    # Labels have no axis for the classes, and are placed as they are.
    if number >= len(axes) or len(axes[number]) != array.ndim:
        return array
    return np.transpose(array, axes[number])
