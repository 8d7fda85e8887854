"""Every layer's output by its name, as further outputs of the graph."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow import Tensor

# differs: a graph can return additional outputs in every mode
CAPTURED: dict[str, Callable[..., Any]] = {
    "eager": lambda layers, _: layers,
    "function": lambda layers, _: tf.function(layers),
    "xla": lambda layers, _: tf.function(layers, jit_compile=True),
}
# Keras runs a network in the same three ways.
CAPTURED |= {
    "keras-eager": CAPTURED["eager"],
    "keras": CAPTURED["function"],
    "keras-xla": CAPTURED["xla"],
}


def activations(
    model: tf.Module, inputs: Tensor, *, mode: str
) -> dict[str, Tensor] | None:
    """Return each layer's output in forward order, None if not exposed."""
    if mode not in CAPTURED:
        return None
    layers = Layers(model)
    try:
        found = CAPTURED[mode](layers, inputs)(inputs)
        # A graph returns its outputs sorted by name.
        return {name: found[name] for name in layers.order}
    finally:
        layers.remove_hooks()


class Layers(tf.Module):
    """A model that returns the outputs of all of its layers."""

    def __init__(self, model: tf.Module) -> None:
        super().__init__()
        self.model = model
        self.order: list[str] = []
        self._found: dict[str, Tensor] = {}
        self._hooked = []
        paths = model._flatten(
            predicate=lambda member: isinstance(member, tf.Module),
            with_path=True,
        )
        for path, layer in paths:
            kind = type(layer)
            self._hooked.append((layer, kind))
            call = self._keep(".".join(path), kind)
            layer.__class__ = type(kind.__name__, (kind,), {"__call__": call})

    def __call__(self, inputs: Tensor) -> dict[str, Tensor]:
        self._found.clear()
        self.model(inputs)
        self.order[:] = self._found
        return dict(self._found)

    def remove_hooks(self) -> None:
        for layer, kind in self._hooked:
            layer.__class__ = kind

    def _keep(self, name: str, kind: type) -> Any:
        def call(layer: tf.Module, *inputs: Tensor, **options: Any) -> Tensor:
            output = kind.__call__(layer, *inputs, **options)
            self._found.setdefault(name, output)  # of a layer's first call
            return output

        return call
