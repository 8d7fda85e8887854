"""Every layer's output by its name, as further outputs of the graph."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from tensorflow import Tensor

from impl_tf.keras_model import name_layers

# differs: a graph can return additional outputs in every mode
CAPTURED: dict[str, Callable[..., Any]] = {
    "eager": lambda layers, _: layers,
    "function": lambda layers, _: tf.function(layers),
    "function-relaxed": lambda layers, _: tf.function(
        layers, reduce_retracing=True
    ),
    "xla": lambda layers, _: tf.function(layers, jit_compile=True),
}
# Keras runs a network in the same three ways.
CAPTURED |= {
    "keras-eager": CAPTURED["eager"],
    "keras": CAPTURED["function"],
    "keras-xla": CAPTURED["xla"],
}


def activations(
    model: tf.Module,
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
        run = CAPTURED[mode](layers, inputs)
        if example is not None:
            run(example)
        restore()
        found = run(inputs)
        # A graph returns its outputs sorted by name.
        return {name: found[name] for name in layers.order}
    finally:
        layers.remove_hooks()


def first_tensor(output: Any) -> Tensor | None:
    """Return the first floating-point tensor of nested outputs, if any."""
    if tf.is_tensor(output):
        return output if output.dtype.is_floating else None
    if isinstance(output, dict):
        output = list(output.values())
    if not isinstance(output, tuple | list):
        return None
    found = [first_tensor(each) for each in output]
    return next((each for each in found if each is not None), None)


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
        self._keep_keras(name_layers(model))

    def __call__(self, inputs: Tensor) -> dict[str, Tensor]:
        self._found.clear()
        self.model(inputs)
        self.order[:] = self._found
        return dict(self._found)

    def remove_hooks(self) -> None:
        keras.layers.Layer.__call__ = self._original
        for layer, kind in self._hooked:
            layer.__class__ = kind

    def _store(self, name: str, output: Any) -> None:
        tensor = first_tensor(output)
        if tensor is not None:
            self._found.setdefault(name, tensor)  # of a layer's first call

    def _keep_keras(self, names: dict[int, str]) -> None:
        """Keep the outputs of Keras layers, whose class is not a tf.Module."""
        original = self._original = keras.layers.Layer.__call__

        def call(layer: Any, *inputs: Any, **options: Any) -> Any:
            output = original(layer, *inputs, **options)
            if id(layer) in names:
                self._store(names[id(layer)], output)
            return output

        keras.layers.Layer.__call__ = call

    def _keep(self, name: str, kind: type) -> Any:
        def call(layer: tf.Module, *inputs: Tensor, **options: Any) -> Tensor:
            output = kind.__call__(layer, *inputs, **options)
            self._store(name, output)
            return output

        return call
