"""Keras on PyTorch: variables change in place, and have their gradients."""

from dataclasses import replace
from typing import Any

import torch
from compare.contract import (
    CapturedGraph,
    Captures,
    GraphBreak,
    GraphReport,
)
from impl_torch import introspect, runtime
from impl_torch.dynamo_graph import read_dynamo
from impl_torch.graphs import read_graphs
from impl_torch.step import TrainingStep

from impl_keras.step import LOSS, Trained

COMPILED = "CompiledFunctionBackward"  # a graph of AOTAutograd
LEAF = "AccumulateGrad"
TRANSPOSED = (
    "PyTorch refuses the strides of the kernels that Keras passes to a "
    "transposed convolution: grad_weight must be contiguous"
)
# (model, mode) -> why it fails
REFUSED = {("unet", mode): TRANSPOSED for mode in ("eager", "compiled")}


def reset() -> None:
    """Clear the state of earlier sessions of this process."""
    introspect.reset()


class Loop:
    """Runs the steps of a compiled model."""

    def __init__(self, model: Trained) -> None:
        self.model = model
        model.make_train_function()
        self._step = TrainingStep(
            run=lambda *batch: self.run(batch),
            observe=lambda *batch: self.observe(batch),
            reset=lambda: None,
        )

    def run(self, batch: Any) -> Any:
        """Run a step; return its loss."""
        return self.model.train_function([batch])[LOSS]

    def observe(self, batch: Any) -> list[Any]:
        """Run a step; return the gradients."""
        self.run(batch)
        values = [v.value for v in self.model.trainable_variables]
        return [
            torch.zeros_like(v) if v.grad is None else v.grad for v in values
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
        report = introspect.graph_report(self._step, example=example)
        if report.captures is Captures.NONE:
            return report
        return replace(report, captures=read_captures(self.run(example)))

    def breaks(self) -> list[GraphBreak]:
        """Return why Dynamo left the graph."""
        if not introspect.dynamo_is_loaded():
            return []
        from torch._dynamo.utils import counters

        reasons = (text.splitlines()[0] for text in counters["graph_break"])
        return [GraphBreak(reason=reason) for reason in dict.fromkeys(reasons)]

    def graphs(self, example: Any, state: Any) -> list[CapturedGraph]:
        """Return the graphs of one step, stage by stage."""
        if self.model.jit_compile:
            return read_dynamo(lambda: self.run(example), state=state)
        return read_graphs(self._step, example=example, state=state)


def read_captures(loss: Any) -> Captures:
    """Return how much of a step is compiled, by the graph behind its loss.

    If autograd recorded only compiled graphs, nothing of the forward and the
    backward pass ran eagerly.
    """
    recorded, names = [loss.grad_fn], set()
    while recorded:
        node = recorded.pop()
        if node is not None:
            names.add(type(node).__name__)
            recorded += [following for following, _ in node.next_functions]
    if names <= {COMPILED, LEAF}:
        return Captures.FORWARD_BACKWARD
    return Captures.FORWARD if COMPILED in names else Captures.NONE
