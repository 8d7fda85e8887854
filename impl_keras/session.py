"""The session that the harness drives: one mode of one workload."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from compare.contract import (
    NO_OPTIMIZER,
    CapturedGraph,
    Device,
    Dtype,
    GraphBreak,
    GraphReport,
    Operation,
    Snapshot,
    Workload,
)
from keras import ops

from impl_keras import layout
from impl_keras.backends import native
from impl_keras.models import MODELS
from impl_keras.modes import MODES
from impl_keras.precision import operations
from impl_keras.promotion import keep_float64
from impl_keras.runtime import device_scope
from impl_keras.step import LOSSES


class Session:
    """A workload's model with its parameters, and one mode's training step."""

    def __init__(
        self, workload: Workload, *, mode: str, device: Device, dtype: Dtype
    ) -> None:
        if workload.model not in MODELS or workload.loss not in LOSSES:
            raise NotImplementedError(
                f"impl_keras has no model {workload.model} with the loss "
                f"{workload.loss}"
            )
        if workload.optimizer.name == NO_OPTIMIZER:
            raise NotImplementedError("Keras' train_step always updates")
        if reason := native.REFUSED.get((workload.model, mode)):
            raise NotImplementedError(reason)
        native.reset()
        keep_float64()
        # Keras creates variables and stores the learning rate in this dtype.
        keras.config.set_floatx(dtype)
        keras.config.set_image_data_format("channels_last")
        self._device, self._dtype, self._mode = device, dtype, mode
        self._example = self.place(next(workload.batches(dtype)))
        with device_scope(device):
            network = MODELS[workload.model](**workload.sizes)
            self._model = MODES[mode](
                (network, workload.loss),
                optimizer=workload.optimizer,
                example=self._example,
            )
            # Keras builds layers and losses at the first call, as in fit.
            inputs, targets = self._example
            outputs = self._model(inputs, training=True)
            self._model.compute_loss(y=targets, y_pred=outputs)
            at_first = map(layout.canonical, self._model.optimizer.variables)
            self._memory = list(at_first)
            self._loop = native.Loop(self._model)
            self.load(workload.parameters(dtype))
        self._run = self._loop.run

    def place(self, batch: Mapping[str, Any]) -> Any:
        with device_scope(self._device):
            return layout.place(batch, dtype=self._dtype)

    def step(self, batch: Any) -> Any:
        return self._run(batch)

    def read_loss(self, loss: Any) -> Any:
        return layout.canonical(loss)

    def synchronize(self) -> None:
        self._loop.synchronize(device=self._device)

    def snapshot(self, batch: Any) -> Snapshot:
        before = self.parameters()
        gradients = self._loop.observe(batch)
        named = layout.to_canonical(self._model.trainable_variables, gradients)
        self.load(before)
        loss = self.read_loss(self.step(batch))
        return Snapshot(
            loss=loss, gradients=named, parameters=self.parameters()
        )

    def activations(self, batch: Any) -> dict[str, Any] | None:
        before = self.parameters()
        shown = {
            each.name: each.output
            for each in self._model.layers
            if not isinstance(each, keras.layers.InputLayer)
            and isinstance(each.output, keras.KerasTensor)
        }
        layers = keras.Model(self._model.input, shown)
        found = layers(batch[0], training=True)
        self.set_parameters(before)  # of buffers that the call has updated
        return {name: layout.canonical(found[name]) for name in shown}

    def operations(self, operands: Mapping[str, Any]) -> dict[str, Any] | None:
        if self._mode != "eager":
            return None
        with device_scope(self._device):
            placed = {
                name: layout.convert(array, self._dtype)
                for name, array in operands.items()
            }
            found = operations(placed)
        return {name: layout.canonical(each) for name, each in found.items()}

    def predict(self, batch: Any) -> Any:
        self._loop.to_model()
        outputs = self._model(batch[0], training=False)
        return layout.canonical(ops.stop_gradient(outputs))

    def deployed(self, batch: Any) -> Any:
        raise NotImplementedError("impl_keras exports no models")

    def load(self, parameters: Mapping[str, Any]) -> None:
        self._loop.to_model()
        layout.load(self._model, parameters)
        memory = self._model.optimizer.variables
        for variable, value in zip(memory, self._memory, strict=True):
            variable.assign(value)
        self._model.reset_metrics()
        self._loop.from_model()

    def set_parameters(self, parameters: Mapping[str, Any]) -> None:
        self._loop.to_model()
        layout.load(self._model, parameters)
        self._loop.from_model()

    def parameters(self) -> dict[str, Any]:
        self._loop.to_model()
        state = layout.list_state(self._model)
        return layout.to_canonical(state, state)

    def captures_count(self) -> int:
        return int(self._loop.captures_count())

    def graph(self) -> GraphReport:
        before = self.parameters()
        report: GraphReport = self._loop.report(self._example)
        self.load(before)
        return report

    def breaks(self, batches: Sequence[Any] = ()) -> list[GraphBreak]:
        before = self.parameters()
        for batch in (*[self._example] * 3, *batches):
            self.step(batch)
        found: list[GraphBreak] = self._loop.breaks()
        self.load(before)
        return found

    def graphs(self) -> list[CapturedGraph]:
        before = self.parameters()
        state = layout.list_state(self._model)
        named = {layout.name_of(each): each.value for each in state}
        found: list[CapturedGraph] = self._loop.graphs(self._example, named)
        self.load(before)
        return found

    def profile(
        self, batches: Sequence[Any], *, save_to: str
    ) -> list[Operation]:
        raise NotImplementedError("impl_keras does not read profiles")
