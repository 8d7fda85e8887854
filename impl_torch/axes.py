"""The order of axes of a user's parameters, by kind of layer."""

from torch import nn


def canonical_axes(model: nn.Module) -> dict[str, tuple[int, ...]]:
    """Return the axes that permute parameters into the canonical order.

    Dense weights are then (in, out), kernels (height, width, in, out).
    Parameters that are not named have the canonical order already.
    """
    # differs: PyTorch has another order; TensorFlow's is the canonical one
    found = {}
    for path, layer in model.named_modules():
        for name, parameter in layer.named_parameters(recurse=False):
            if axes := layer_axes(layer, rank=parameter.ndim):
                found[f"{path}.{name}" if path else name] = axes
    return found


def layer_axes(layer: nn.Module, *, rank: int) -> tuple[int, ...]:
    """Return the axes for the weights of a layer; empty if unchanged."""
    dense = nn.Linear | nn.RNNBase | nn.RNNCellBase
    if isinstance(layer, dense) and rank == 2:
        return (1, 0)
    if isinstance(layer, nn.modules.conv._ConvNd) and rank > 2:
        return (*range(2, rank), 1, 0)
    return ()
