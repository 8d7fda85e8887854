"""The session that the harness drives: one mode of one workload."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from compare.contract import (
    CapturedGraph,
    Device,
    Dtype,
    GraphBreak,
    GraphReport,
    Operation,
    Optimizer,
    Snapshot,
    Workload,
)

from impl_torch import introspect, layout, runtime
from impl_torch.activations import activations
from impl_torch.breaks import find_breaks
from impl_torch.exporting import Deployed, PairModel
from impl_torch.graphs import read_graphs
from impl_torch.models import MODELS
from impl_torch.modes import MODES
from impl_torch.precision import operations
from impl_torch.profiling import profile
from impl_torch.step import Objective, PairObjective, infer


class Session:
    """A workload's model with its parameters, and one mode's training step."""

    def __init__(
        self, workload: Workload, *, mode: str, device: Device, dtype: Dtype
    ) -> None:
        introspect.reset()
        self._device, self._mode = device, mode
        self._dtype = getattr(torch, dtype)
        model = MODELS[workload.model](**workload.sizes, dtype=self._dtype)
        memory = torch.channels_last
        self._model = model.to(device=device, memory_format=memory)
        self._example = self._convert(next(workload.batches(dtype)))
        layout.load(self._model, arrays=workload.parameters(dtype))
        is_pair = isinstance(self._example[0], tuple)
        objective = PairObjective if is_pair else Objective
        self._step = self._make_step(
            objective(self._model, loss=workload.loss),
            optimizer=workload.optimizer,
        )
        self._run = self._step.run

    def _make_step(self, objective: Any, *, optimizer: Optimizer) -> Any:
        return MODES[self._mode](
            objective, optimizer=optimizer, example=self._example
        )

    def place(self, batch: Mapping[str, Any]) -> Any:
        placed = self._convert(batch)
        self._step.admit(placed)
        return placed

    def _convert(self, batch: Mapping[str, Any]) -> Any:
        return layout.place(batch, device=self._device, dtype=self._dtype)

    def step(self, batch: Any) -> Any:
        return self._run(*batch)

    def read_loss(self, loss: Any) -> Any:
        return layout.canonical(loss)

    def synchronize(self) -> None:
        runtime.synchronize(device=self._device)

    def snapshot(self, batch: Any) -> Snapshot:
        before = self.parameters()
        _, gradients = self._step.observe(*batch)
        named = self.name_gradients(gradients)
        self.load(before)
        loss = self.read_loss(self.step(batch))
        return Snapshot(
            loss=loss, gradients=named, parameters=self.parameters()
        )

    def name_gradients(self, gradients: Sequence[Any]) -> dict[str, Any]:
        names = layout.named_parameters(self._model)
        return {
            name: layout.canonical(gradient, name=name)
            for name, gradient in zip(names, gradients, strict=True)
        }

    def activations(self, batch: Any) -> dict[str, Any] | None:
        with layout.unchanged_buffers(self._model):
            found = activations(self._model, batch[0], mode=self._mode)
        if found is None:
            return None
        return {n: layout.canonical_output(a) for n, a in found.items()}

    def operations(self, operands: Mapping[str, Any]) -> dict[str, Any] | None:
        kind = self._dtype
        return operations(operands, mode=self._mode, dtype=kind)

    def predict(self, batch: Any) -> Any:
        return layout.canonical_output(infer(self._model, batch[0]))

    def deployed(self, batch: Any) -> Deployed:
        inputs, _ = batch
        # A file of AOTInductor reads inputs with the strides of an array.
        if isinstance(inputs, tuple):
            pair = tuple(each.contiguous() for each in inputs)
            return Deployed(model=PairModel(self._model), inputs=pair)
        return Deployed(model=self._model, inputs=(inputs.contiguous(),))

    def load(self, parameters: Mapping[str, Any]) -> None:
        self.set_parameters(parameters)
        self._step.reset()

    def set_parameters(self, parameters: Mapping[str, Any]) -> None:
        layout.load(self._model, arrays=parameters)

    def parameters(self) -> dict[str, Any]:
        # differs: each mode updates the model; in TensorFlow, one has a copy
        named = layout.named_state(self._model)
        return {n: layout.canonical(p, name=n) for n, p in named.items()}

    def captures_count(self) -> int:
        return introspect.captures_count(self._step)

    def graph(self) -> GraphReport:
        # differs: PyTorch may have to run a step; TensorFlow lists operations
        before = self.parameters()
        report = introspect.graph_report(self._step, example=self._example)
        self.load(before)
        return report

    def breaks(self, batches: Sequence[Any] = ()) -> list[GraphBreak]:
        before = self.parameters()
        # Python values that a step changes show in repeated steps.
        repeated = [self._example] * 3
        found = find_breaks(
            self._step, model=self._model, batches=[*repeated, *batches]
        )
        self.load(before)
        return found

    def graphs(self) -> list[CapturedGraph]:
        before = self.parameters()
        found = read_graphs(
            self._step, example=self._example, state=self.named_state()
        )
        self.load(before)
        return found

    def named_state(self) -> dict[str, Any]:
        """Return the framework's own parameters and buffers by name."""
        return layout.named_state(self._model)

    def profile(
        self, batches: Sequence[Any], *, save_to: str
    ) -> list[Operation]:
        return profile(self, batches, device=self._device, save_to=save_to)
