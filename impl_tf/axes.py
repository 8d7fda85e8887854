"""The order of axes of a user's parameters, by kind of layer."""

from typing import Any


def canonical_axes(model: Any) -> dict[str, tuple[int, ...]]:
    """Return the axes that permute parameters into the canonical order.

    Dense weights are then (in, out), kernels (height, width, in, out).
    Parameters that are not named have the canonical order already.
    """
    # differs: TensorFlow's order is the canonical one; PyTorch has another
    return {}


def layer_axes(layer: Any, *, rank: int) -> tuple[int, ...]:
    """Return the axes for the weights of a layer; empty if unchanged."""
    return ()
