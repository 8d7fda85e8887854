"""Every layer's output by its name, captured with forward hooks."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def trace_layers(layers: nn.Module, inputs: Tensor) -> Callable[..., Any]:
    """Trace on an example. A dict of outputs needs strict=False."""
    return torch.jit.trace(layers, (inputs,), strict=False)


# differs: hooks run while a model is traced, but never in TorchScript
CAPTURED: dict[str, Callable[..., Any]] = {
    "eager": lambda layers, _: layers,
    "trace": trace_layers,
    "compile": lambda layers, _: torch.compile(layers),
    "compile-step": lambda layers, _: torch.compile(layers, fullgraph=True),
}


def activations(
    model: nn.Module, inputs: Tensor, *, mode: str
) -> dict[str, Tensor] | None:
    """Return each layer's output in forward order, None if not exposed."""
    if mode not in CAPTURED:
        return None
    layers = Layers(model)
    try:
        with torch.no_grad():
            return CAPTURED[mode](layers, inputs)(inputs)
    finally:
        layers.remove_hooks()


class Layers(nn.Module):
    """A model that returns the outputs of all of its layers."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self._found: dict[str, Tensor] = {}
        self._hooks = [
            layer.register_forward_hook(self._keep(name))
            for name, layer in model.named_modules()
            if name
        ]

    def forward(self, inputs: Tensor) -> dict[str, Tensor]:
        self._found.clear()
        self.model(inputs)
        return dict(self._found)

    def remove_hooks(self) -> None:
        for hook in self._hooks:
            hook.remove()

    def _keep(self, name: str) -> Any:
        def keep(layer: nn.Module, inputs: Any, output: Tensor) -> None:
            self._found.setdefault(name, output)  # of a layer's first call

        return keep
