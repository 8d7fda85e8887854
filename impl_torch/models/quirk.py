"""A scale and one layer, in one spelling of a quirk."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from impl_torch.layout import native_shape
from impl_torch.quirks import spelled


class Quirk(nn.Module):
    """The network in which the spellings of a layer are compared."""

    def __init__(
        self,
        *,
        layer: str,
        shapes: Mapping[str, Sequence[int]],
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        made: dict[str, dict[str, nn.Parameter]] = {"scale": {}, "layer": {}}
        for path, shape in shapes.items():
            module, name = path.split(".")
            empty = torch.zeros(native_shape(name, shape), dtype=dtype)
            made[module][name] = nn.Parameter(empty)
        self.scale = Scale(**made["scale"])
        self.layer = Spelled(layer, made["layer"])

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.scale(x))


class Scale(nn.Module):
    """Multiplies each channel by a factor, if there are factors."""

    def __init__(self, factor: nn.Parameter | None = None) -> None:
        super().__init__()
        self.factor = factor

    # differs: the channels of an image are axis 1 here, the last in TensorFlow
    def forward(self, x: Tensor) -> Tensor:
        if self.factor is None:
            return x
        if x.ndim == 4:
            return x * self.factor.view(-1, 1, 1)
        return x * self.factor


class Spelled(nn.Module):
    """One spelling of a layer, or a dense layer by default."""

    def __init__(
        self, layer: str, parameters: Mapping[str, nn.Parameter]
    ) -> None:
        super().__init__()
        for name, parameter in parameters.items():
            setattr(self, name, parameter)
        self.function = spelled(layer) if layer else dense

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, **dict(self.named_parameters()))


def dense(x: Tensor, *, weight: Tensor, bias: Tensor) -> Tensor:
    """Return a dense layer, trained with a spelled loss or optimizer."""
    return nn.functional.linear(x, weight, bias)
