"""The session that the harness drives: one mode running one workload."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf
from compare.contract import GraphReport, Snapshot, Workload

from impl_tf import introspect, layout, runtime
from impl_tf.models import MODELS
from impl_tf.modes import MODES
from impl_tf.step import Objective


class Session:
    """A workload's model with its parameters, and one mode's training step."""

    def __init__(
        self, workload: Workload, *, mode: str, device: str, dtype: str
    ) -> None:
        introspect.reset()
        # Keras keeps a learning rate in this dtype: float32 would round it.
        keras.config.set_floatx(dtype)
        self._device = device
        kind = tf.as_dtype(dtype)
        with tf.device(runtime.device_name(device)):
            self._model = MODELS[workload.model](**workload.sizes, dtype=kind)
        self._example = self.place(next(iter(workload.batches(dtype))))
        self.load(workload.parameters(dtype))
        self._step = MODES[mode](
            Objective(self._model, loss=workload.loss),
            optimizer=workload.optimizer,
            example=self._example,
        )
        self._run = self._step.run

    def place(self, batch: Mapping[str, Any]) -> Any:
        return layout.place(batch, device=runtime.device_name(self._device))

    def step(self, batch: Any) -> Any:
        return self._run(*batch)

    def step_loss(self, batch: Any) -> Any:
        return layout.canonical(self._run(*batch))

    def synchronize(self) -> None:
        runtime.synchronize(device=self._device)

    def snapshot(self, batch: Any) -> Snapshot:
        before = self.parameters()
        _, gradients = self._step.observe(*batch)
        named = dict(
            zip(before, map(layout.canonical, gradients), strict=True)
        )
        self.load(before)
        loss = self.step_loss(batch)
        return Snapshot(
            loss=loss, gradients=named, parameters=self.parameters()
        )

    def predict(self, batch: Any) -> Any:
        return self._model(batch[0]).numpy()

    def load(self, parameters: Mapping[str, Any]) -> None:
        layout.load(self._model, arrays=parameters)

    def parameters(self) -> dict[str, Any]:
        named = layout.named_parameters(self._model)
        return {name: layout.canonical(p) for name, p in named.items()}

    def graph(self) -> GraphReport:
        before = self.parameters()
        report = introspect.graph_report(self._step, example=self._example)
        self.load(before)  # looking may have taken a step
        return report

    def peak_device_bytes(self) -> int | None:
        return runtime.peak_device_bytes(device=self._device)
