"""The session that the harness drives: one mode of one workload."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from compare.contract import (
    CapturedGraph,
    Captures,
    Device,
    Dtype,
    GraphBreak,
    GraphReport,
    GraphStage,
    Idiom,
    Operation,
    Snapshot,
    Workload,
)

from impl_jax import introspect, runtime
from impl_jax.jaxpr_graph import convert_jaxpr
from impl_jax.layers import Net, is_buffer
from impl_jax.models import MODELS
from impl_jax.modes import MODES
from impl_jax.precision import operations
from impl_jax.profiling import profile
from impl_jax.step import LOSSES, Objective, State


class Session:
    """A workload's state, and one mode's training step."""

    def __init__(
        self, workload: Workload, *, mode: str, device: Device, dtype: Dtype
    ) -> None:
        is_spelled = "." in workload.loss  # a quirk
        has_loss = is_spelled or workload.loss in LOSSES
        if workload.model not in MODELS or not has_loss:
            raise NotImplementedError(
                f"impl_jax has no model {workload.model} with the loss "
                f"{workload.loss}"
            )
        self._device = runtime.device_of(device)
        self._dtype, self._mode = jnp.dtype(dtype), mode
        self._model = MODELS[workload.model](**workload.sizes, dtype=dtype)
        self._example = self.place(next(workload.batches(dtype)))
        self._step = MODES[mode](
            Objective(self._model, loss=workload.loss),
            optimizer=workload.optimizer,
            example=self._example,
        )
        self._run = self._step.run
        self._state = State({}, {}, None)
        self.load(workload.parameters(dtype))

    def place(self, batch: Mapping[str, Any]) -> Any:
        *inputs, targets = map(self._convert, batch.values())
        return inputs[0] if len(inputs) == 1 else tuple(inputs), targets

    def _convert(self, array: Any) -> Any:
        is_floating = np.issubdtype(array.dtype, np.floating)
        kind = self._dtype if is_floating else array.dtype
        return jax.device_put(jnp.asarray(array, kind), self._device)

    def step(self, batch: Any) -> Any:
        self._state, loss = self._run(self._state, *batch)
        return loss

    def read_loss(self, loss: Any) -> Any:
        return canonical(loss)

    def synchronize(self) -> None:
        jax.block_until_ready(self._state)

    def snapshot(self, batch: Any) -> Snapshot:
        before = self.parameters()
        _, _, gradients = self._step.observe(self._state, *batch)
        self.load(before)
        loss = self.read_loss(self.step(batch))
        return Snapshot(
            loss=loss,
            gradients=canonical_dict(gradients),
            parameters=self.parameters(),
        )

    def activations(self, batch: Any) -> dict[str, Any] | None:
        order: list[str] = []

        def outputs(arrays: Any, inputs: Any) -> dict[str, Any]:
            net = Net(arrays)
            self._model(net, inputs)
            order.extend(net.outputs)
            return net.outputs

        run = outputs if self._mode == "eager" else jax.jit(outputs)
        found = run(self._arrays(), batch[0])
        # A graph returns its outputs sorted by name.
        return {name: canonical(found[name]) for name in order}

    def operations(self, operands: Mapping[str, Any]) -> dict[str, Any] | None:
        placed = {n: self._convert(a) for n, a in operands.items()}
        run = operations if self._mode == "eager" else jax.jit(operations)
        return canonical_dict(run(placed))

    def predict(self, batch: Any) -> Any:
        net = Net(self._arrays(), training=False)
        return canonical(self._model(net, batch[0]))

    def deployed(self, batch: Any) -> Any:
        raise NotImplementedError("impl_jax exports no models")

    def load(self, parameters: Mapping[str, Any]) -> None:
        self.set_parameters(parameters)
        memory = self._step.update.init(self._state.parameters)
        self._state = self._state._replace(memory=memory)

    def set_parameters(self, parameters: Mapping[str, Any]) -> None:
        placed = {n: self._convert(a) for n, a in parameters.items()}
        self._state = State(
            {n: a for n, a in placed.items() if not is_buffer(n)},
            {n: a for n, a in placed.items() if is_buffer(n)},
            self._state.memory,
        )

    def parameters(self) -> dict[str, Any]:
        return canonical_dict(self._arrays())

    def _arrays(self) -> dict[str, Any]:
        return {**self._state.parameters, **self._state.buffers}

    def captures_count(self) -> int:
        return self._step.traces

    def graph(self) -> GraphReport:
        if self._mode == "eager":
            return GraphReport(
                captures=Captures.NONE,
                captures_count=0,
                kernels=0,
                control_flow=(Idiom.IN_PYTHON,),
            )
        with self._step.uncounted():
            return introspect.read_report(
                self._run,
                self._state,
                self._example,
                count=self._step.traces,
            )

    def breaks(self, batches: Sequence[Any] = ()) -> list[GraphBreak]:
        return []  # a graph is whole, or capturing it raises

    def graphs(self) -> list[CapturedGraph]:
        if self._mode == "eager":
            return [
                CapturedGraph(
                    stage=GraphStage.RECORDED,
                    view="jaxpr",
                    reason="JAX keeps no graph of operations that run eagerly",
                )
            ]
        arguments = (self._state, *self._example)
        with self._step.uncounted():
            return [convert_jaxpr(self._run.trace(*arguments), arguments)]

    def profile(
        self, batches: Sequence[Any], *, save_to: str
    ) -> list[Operation]:
        return profile(self, batches, save_to=save_to)


def canonical(array: Any) -> Any:
    """Return an array of NumPy; 16-bit numbers as float32."""
    found = np.array(array)  # a copy: its memory may be given to a next state
    return found.astype("float32") if found.dtype.itemsize == 2 else found


def canonical_dict(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return arrays of NumPy by name."""
    return {name: canonical(array) for name, array in arrays.items()}
