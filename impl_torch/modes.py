"""The ways of running a training step, independent of the model."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

import torch
from compare.contract import NO_OPTIMIZER, Optimizer
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value
from torch.jit._trace import TracingCheckError
from torch.utils._pytree import tree_flatten, tree_unflatten

from impl_torch.by_hand import ByHand, whole_step
from impl_torch.layout import unchanged_buffers
from impl_torch.step import (
    TrainingStep,
    require_one_path,
    training_step,
)
from impl_torch.targets import TargetObjective


def eager(
    objective: nn.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Run each operation when Python reaches it."""
    return training_step(objective, optimizer=optimizer)


def manual(
    objective: nn.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Run gradients derived by hand, operation by operation."""
    return whole_step(ByHand(objective, optimizer=optimizer))


def script(
    objective: nn.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Compile the objective's Python source to TorchScript."""
    if isinstance(objective, TargetObjective):
        # Its nested outputs have no TorchScript type: the model alone has.
        objective = objective.with_model(torch.jit.script(objective.model))
        step = training_step(objective, optimizer=optimizer)
        return replace(step, graph=objective.model)
    return training_step(torch.jit.script(objective), optimizer=optimizer)


def script_step(
    objective: nn.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Compile a whole step, with gradients by hand, to TorchScript."""
    scripted = torch.jit.script(ByHand(objective, optimizer=optimizer))
    return replace(whole_step(scripted), graph=scripted)


def trace(
    objective: nn.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Trace the operations that the objective runs on one example."""
    require_one_path(
        objective, because="a trace keeps the one that its example takes"
    )
    with unchanged_buffers(objective):  # tracing runs the objective, twice
        recorded = torch.jit.trace(objective, example)
    step = training_step(recorded, optimizer=optimizer)
    return replace(step, admit=TracedShapes(objective, example=example))


class TracedShapes:
    """Checks that a trace fits batches of other shapes than its example."""

    def __init__(self, objective: nn.Module, *, example: Any) -> None:
        self.objective, self.example = objective, example
        self._seen = [shapes_of(example)]

    def __call__(self, batch: Any) -> None:
        if (shapes := shapes_of(batch)) in self._seen:
            return
        try:
            with unchanged_buffers(self.objective):
                torch.jit.trace(
                    self.objective, self.example, check_inputs=[batch]
                )
        except TracingCheckError as error:
            failed = str(error.__cause__ or "Graphs differed").splitlines()
            raise NotImplementedError(
                "torch.jit.trace stores the operations of its example, "
                f"inputs of shape {self._seen[0][0]}. They do not fit inputs "
                f"of shape {shapes[0]}: {failed[-1]}"
            ) from error
        self._seen.append(shapes)


def shapes_of(batch: Any) -> list[tuple[int, ...]]:
    """Return the shapes of the tensors in a batch."""
    return [tuple(tensor.shape) for tensor in tree_flatten(batch)[0]]


def compile(
    objective: nn.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Capture the objective with Dynamo, compile it with Inductor.

    Forward and backward are both compiled.
    """
    return training_step(torch.compile(objective), optimizer=optimizer)


def compile_dynamic(
    objective: nn.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Compile the objective once for all sizes of batches.

    Sizes are variables of the graph from the first capture on.
    """
    dynamic = torch.compile(objective, dynamic=True)
    return training_step(dynamic, optimizer=optimizer)


def compile_step(
    objective: nn.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Compile gradients and update as one graph without graph breaks."""
    if optimizer.name == NO_OPTIMIZER:
        raise NotImplementedError("a forward pass has no update to compile")
    if optimizer.has_state:
        raise NotImplementedError(
            "compile-step supports plain updates only: "
            "a step of torch.optim breaks the graph"
        )
    require_one_path(
        objective, because="Dynamo would have to break the graph there"
    )
    rate, decay = optimizer.learning_rate, optimizer.weight_decay
    # Detached tensors share the parameters' memory; in-place updates work.
    parameters = {
        name: p.detach()
        for name, p in objective.named_parameters()
        if p.requires_grad
    }
    # Only arguments of a differentiated function may be changed in place.
    buffers = dict(objective.named_buffers())

    def loss_of(parameters: Any, buffers: Any, *batch: Tensor) -> Tensor:
        return functional_call(objective, (parameters, buffers), batch)

    def observe(inputs: Tensor, targets: Tensor) -> Any:
        differentiate = grad_and_value(loss_of)
        gradients, loss = differentiate(parameters, buffers, inputs, targets)
        for name, p in parameters.items():
            p.sub_(gradients[name] + decay * p, alpha=rate)
        return loss, list(gradients.values())

    def run(inputs: Tensor, targets: Tensor) -> Tensor:
        return observe(inputs, targets)[0]

    return TrainingStep(
        run=compile_whole(run),
        observe=compile_whole(observe),
        reset=lambda: None,  # plain updates have no state
    )


def compile_whole(work: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function as one graph per shape; name the limit of shapes.

    Dynamo's own message names only the option that made it raise.
    """
    from torch._dynamo import config
    from torch._dynamo.exc import FailOnRecompileLimitHit

    compiled = torch.compile(work, fullgraph=True)

    @wraps(compiled)  # graphs.py and breaks.py recognise a compiled function
    def run(*batch: Tensor) -> Any:
        try:
            return compiled(*batch)
        except FailOnRecompileLimitHit as error:
            raise RuntimeError(
                "each shape of batches needs a graph of its own, and Dynamo "
                f"compiles at most {config.recompile_limit} (recompile_limit)"
            ) from error

    return run


def cudagraph(
    objective: nn.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Record the kernels of a whole step in a CUDA graph, then replay it."""
    if optimizer.has_state:
        raise NotImplementedError(
            "cudagraph supports plain updates only: "
            "a recorded optimizer keeps its state"
        )
    require_one_path(
        objective, because="a CUDA graph replays the recorded kernels only"
    )
    step = training_step(objective, optimizer=optimizer)
    state = [*objective.parameters(), *objective.buffers()]
    run = Recorded(step.run, state=state)
    return TrainingStep(
        run=run,
        observe=Recorded(step.observe, state=state),
        reset=lambda: None,  # plain updates have no state
        graph=run,
    )


class Recorded:
    """A function recorded once per shape of batch, then replayed."""

    def __init__(
        self, work: Callable[..., Any], *, state: list[Tensor]
    ) -> None:
        self._work, self._state = work, state
        self.recordings: dict[Any, Any] = {}

    def __call__(self, *batch: Any) -> Any:
        tensors, nesting = tree_flatten(batch)
        shapes = tuple(tensor.shape for tensor in tensors)
        if shapes not in self.recordings:
            static = [tensor.clone() for tensor in tensors]
            again = tree_unflatten(static, nesting)
            self.recordings[shapes] = static, *self._record(again)
        inputs, graph, outputs = self.recordings[shapes]
        for static, tensor in zip(inputs, tensors, strict=True):
            static.copy_(tensor)
        graph.replay()
        return outputs

    def _record(self, inputs: Any) -> Any:
        before = [tensor.detach().clone() for tensor in self._state]
        self._warm_up(inputs)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            outputs = self._work(*inputs)
        with torch.no_grad():  # undo the updates of the warm-up
            for tensor, value in zip(self._state, before, strict=True):
                tensor.copy_(value)
        return graph, outputs

    def _warm_up(self, inputs: Any) -> None:
        """Run first calls of libraries now, so that no graph records them."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self._work(*inputs)
        torch.cuda.current_stream().wait_stream(side)


MODES: dict[str, Callable[..., TrainingStep]] = {
    "eager": eager,
    "manual": manual,
    "script": script,
    "script-step": script_step,
    "trace": trace,
    "compile": compile,
    "compile-dynamic": compile_dynamic,
    "compile-step": compile_step,
    "cudagraph": cudagraph,
}
