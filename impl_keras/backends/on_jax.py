"""Keras on JAX: a step takes the state, and returns the next one."""

from typing import Any

import jax
import jax.numpy as jnp
import keras
from compare.contract import (
    CapturedGraph,
    Captures,
    GraphBreak,
    GraphReport,
    GraphStage,
    Idiom,
)
from impl_jax import introspect
from impl_jax.jaxpr_graph import convert_jaxpr

from impl_keras.step import (
    GRADIENTS,
    LOSS,
    Trained,
    make_observed,
    replacing_step,
)

NO_GRAPH = "JAX keeps no graph of operations that run eagerly"
REFUSED: dict[tuple[str, str], str] = {}  # (model, mode) -> why it fails


def reset() -> None:
    """Clear the state of earlier sessions of this process."""
    keras.backend.clear_session()


class Loop:
    """Runs the steps of a compiled model, whose state it holds."""

    def __init__(self, model: Trained) -> None:
        self.model = model
        self._traces = 0  # how often the step was captured
        self._state: Any = ()
        self._train_step = model.train_step
        with replacing_step(model, self._counted_step):
            model.make_train_function()
        self._observed = make_observed(model)
        self.from_model()

    def _counted_step(self, state: Any, data: Any) -> Any:
        self._traces += isinstance(data[-1], jax.core.Tracer)
        return self._train_step(state, data)

    def run(self, batch: Any) -> Any:
        """Run a step; return its loss."""
        logs, self._state = self.model.train_function(
            self._state, iter([batch])
        )
        return logs[LOSS]

    def observe(self, batch: Any) -> list[Any]:
        """Run a step; return the gradients."""
        logs, self._state = self._observed(self._state, iter([batch]))
        gradients: list[Any] = logs[GRADIENTS]
        return gradients

    def _variables(self) -> tuple[list[keras.Variable], ...]:
        """Return the variables of a state, as `Model.train_step` takes it."""
        model = self.model
        return (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
            model.metrics_variables,
        )

    def from_model(self) -> None:
        """Take the state from the variables of the model."""
        # A copy: the memory of a state is given to the next one.
        self._state = tuple(
            [jnp.copy(v.value) for v in each] for each in self._variables()
        )

    def to_model(self) -> None:
        """Give the state to the variables of the model."""
        for variables, values in zip(
            self._variables(), self._state, strict=True
        ):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(jnp.copy(value))

    def synchronize(self, *, device: str) -> None:
        """Wait until all submitted work is done."""
        jax.block_until_ready(self._state)  # type: ignore[no-untyped-call]

    def captures_count(self) -> int:
        """Return the number of graphs so far."""
        return self._traces

    def report(self, example: Any) -> GraphReport:
        """Describe the graph of a step, by capturing it once more."""
        if not self._traces:
            return GraphReport(
                captures=Captures.NONE,
                captures_count=0,
                kernels=0,
                control_flow=(Idiom.IN_PYTHON,),
            )
        run = jax.jit(self._train_step, donate_argnums=0)
        return introspect.read_report(
            run, self._state, (example,), count=self._traces
        )

    def breaks(self) -> list[GraphBreak]:
        """Return nothing: a graph is whole, or capturing it raises."""
        return []

    def graphs(self, example: Any, state: Any) -> list[CapturedGraph]:
        """Return the graphs of one step, stage by stage."""
        if not self.model.jit_compile:
            return [
                CapturedGraph(
                    stage=GraphStage.RECORDED, view="jaxpr", reason=NO_GRAPH
                )
            ]
        arguments = (self._state, example)
        traced = jax.jit(self._train_step).trace(*arguments)
        return [convert_jaxpr(traced, arguments)]
