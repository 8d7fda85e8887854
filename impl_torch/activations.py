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
    "compile-dynamic": lambda layers, _: torch.compile(layers, dynamic=True),
    "compile-step": lambda layers, _: torch.compile(layers, fullgraph=True),
}


def activations(
    model: nn.Module,
    inputs: Any,
    *,
    mode: str,
    example: Any = None,
    restore: Callable[[], None] = lambda: None,
) -> dict[str, Tensor] | None:
    """Return each layer's output in forward order, None if not exposed.

    Args:
        model: whose layers are captured as the mode captures them.
        inputs: of the model.
        mode: of the session.
        example: inputs that a mode is traced on; None: the same.
        restore: undoes what tracing has changed, such as random states.
    """
    if mode not in CAPTURED:
        return None
    layers = Layers(model)
    try:
        with torch.no_grad():
            traced_on = inputs if example is None else example
            run = CAPTURED[mode](layers, traced_on)
            restore()
            return run(inputs)
    finally:
        layers.remove_hooks()


def first_tensor(output: Any) -> Tensor | None:
    """Return the first floating-point tensor of nested outputs, if any."""
    if isinstance(output, Tensor):
        return output if output.is_floating_point() else None
    if isinstance(output, dict):
        output = list(output.values())
    if not isinstance(output, tuple | list):
        return None
    found = [first_tensor(each) for each in output]
    return next((each for each in found if each is not None), None)


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
        def keep(layer: nn.Module, inputs: Any, output: Any) -> None:
            tensor = first_tensor(output)
            if name not in self._found and tensor is not None:
                # Of a layer's first call; a later one may write to it.
                self._found[name] = tensor.clone()

        return keep
