"""The session that the harness drives: one mode of one workload."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from compare.contract import (
    CapturedGraph,
    Captures,
    Device,
    Dtype,
    GraphBreak,
    GraphReport,
    Operation,
    Snapshot,
    Workload,
)

from example_numpy.models import MODELS


class Session:
    """A workload's model with its parameters."""

    def __init__(
        self, workload: Workload, *, mode: str, device: Device, dtype: Dtype
    ) -> None:
        if workload.model not in MODELS or workload.loss != "sum_of_squares":
            raise NotImplementedError(
                f"example_numpy has no model {workload.model} with the loss "
                f"{workload.loss}"
            )
        if dtype not in ("float64", "float32"):
            raise NotImplementedError(f"example_numpy does not compute in {dtype}")
        self._dtype = np.dtype(dtype)
        self._rate = self._dtype.type(workload.optimizer.learning_rate)
        self._model = MODELS[workload.model](**workload.sizes, dtype=dtype)
        self.load(workload.parameters(dtype))

    def place(self, batch: Mapping[str, Any]) -> Any:
        return [np.asarray(array, self._dtype) for array in batch.values()]

    def step(self, batch: Any) -> Any:
        loss, gradients = self._differentiate(batch)
        for name, gradient in gradients.items():
            self._parameters[name] = self._parameters[name] - self._rate * gradient
        return loss

    def _differentiate(self, batch: Any) -> tuple[Any, dict[str, Any]]:
        inputs, targets = batch
        outputs = self._model.run(self._parameters, inputs)
        error = outputs["output"] - targets
        loss = np.square(error).sum()
        gradients = self._model.differentiate(
            self._parameters, inputs, outputs, 2 * error
        )
        return loss, gradients

    def read_loss(self, loss: Any) -> Any:
        return np.asarray(loss)

    def synchronize(self) -> None:
        """Do nothing: every operation has ended when it returns."""

    def snapshot(self, batch: Any) -> Snapshot:
        _, gradients = self._differentiate(batch)
        return Snapshot(
            loss=self.read_loss(self.step(batch)),
            gradients=gradients,
            parameters=self.parameters(),
        )

    def activations(self, batch: Any) -> dict[str, Any]:
        return self._model.run(self._parameters, batch[0])

    def operations(self, operands: Mapping[str, Any]) -> None:
        return None  # this mode does not expose single operations

    def predict(self, batch: Any) -> Any:
        return self.activations(batch)["output"]

    def deployed(self, batch: Any) -> Any:
        raise NotImplementedError("example_numpy exports no models")

    def load(self, parameters: Mapping[str, Any]) -> None:
        self.set_parameters(parameters)  # gradient descent has no state

    def set_parameters(self, parameters: Mapping[str, Any]) -> None:
        self._parameters = {
            name: np.array(array, self._dtype) for name, array in parameters.items()
        }

    def parameters(self) -> dict[str, Any]:
        return dict(self._parameters)

    def captures_count(self) -> int:
        return 0

    def graph(self) -> GraphReport:
        return GraphReport(captures=Captures.NONE, captures_count=0)

    def breaks(self, batches: Sequence[Any] = ()) -> list[GraphBreak]:
        return []

    def graphs(self) -> list[CapturedGraph]:
        return []

    def profile(self, batches: Sequence[Any], *, save_to: str) -> list[Operation]:
        raise NotImplementedError("example_numpy has no profiler")
