"""Keras on TensorFlow: variables change in place."""

from typing import Any

import keras
import tensorflow as tf
from compare.contract import CapturedGraph, GraphBreak, GraphReport
from impl_tf import introspect, runtime
from impl_tf.graphs import read_graphs
from impl_tf.keras_modes import TrainFunction
from impl_tf.step import TrainingStep

from impl_keras.step import GRADIENTS, LOSS, Trained, make_observed

# (model, mode) -> why it fails
REFUSED = {
    ("tree", "compiled"): "XLA has no gradient of a loop of unknown length, "
    "and Keras' fori_loop states none"
}


def reset() -> None:
    """Clear the state of earlier sessions of this process."""
    keras.backend.clear_session()


class Loop:
    """Runs the steps of a compiled model."""

    def __init__(self, model: Trained) -> None:
        self.model = model
        model.make_train_function()
        self._observed = make_observed(model)
        self._step = TrainingStep(
            run=lambda *batch: self.run(batch),
            observe=lambda *batch: self.observe(batch),
            reset=lambda: None,
            graph=TrainFunction(model),
        )

    def run(self, batch: Any) -> Any:
        """Run a step; return its loss."""
        # As in train_on_batch, a batch has weights of samples: none.
        return self.model.train_function(iter([(*batch, None)]))[LOSS]

    def observe(self, batch: Any) -> list[Any]:
        """Run a step; return the gradients."""
        logs = self._observed(iter([(*batch, None)]))
        variables = self.model.trainable_variables
        return [
            # None for a parameter that the loss does not depend on; sparse
            # for a table.
            tf.zeros_like(v) if each is None else tf.convert_to_tensor(each)
            for v, each in zip(variables, logs[GRADIENTS], strict=True)
        ]

    def from_model(self) -> None:
        """Do nothing: steps use the variables of the model."""

    def to_model(self) -> None:
        """Do nothing: steps change the variables of the model."""

    def synchronize(self, *, device: str) -> None:
        """Wait until all submitted work is done."""
        runtime.synchronize(device=device)

    def captures_count(self) -> int:
        """Return the number of graphs so far."""
        return introspect.captures_count(self._step)

    def report(self, example: Any) -> GraphReport:
        """Describe the graphs of a step that has run at least once."""
        return introspect.graph_report(self._step, example=example)

    def breaks(self) -> list[GraphBreak]:
        """Return nothing: a graph is whole, or capturing it raises."""
        return []

    def graphs(self, example: Any, state: Any) -> list[CapturedGraph]:
        """Return the graphs of one step, stage by stage."""
        return read_graphs(self._step, example=example, state=state)
