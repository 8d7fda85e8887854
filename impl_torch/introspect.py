"""What graph did this mode really build? Asked of PyTorch itself."""

import sys
from typing import Any

import torch
from compare.contract import Captures, GraphReport

from impl_torch.modes import Recorded
from impl_torch.step import TrainingStep


def reset() -> None:
    """Forget earlier sessions of this process."""
    if dynamo_is_loaded():
        from torch._dynamo.utils import counters
        from torch._inductor import metrics

        torch._dynamo.reset()
        counters.clear()
        metrics.reset()


def dynamo_is_loaded() -> bool:
    """Whether anything has compiled: asking must not import a compiler."""
    return "torch._inductor.metrics" in sys.modules


def captures_count(step: TrainingStep) -> int:
    """How many graphs there are so far, asked in passing."""
    if isinstance(step.graph, torch.jit.ScriptModule):
        return 1
    if isinstance(step.graph, Recorded):
        return len(step.graph.recordings)
    if not dynamo_is_loaded():
        return 0
    from torch._dynamo.utils import counters

    return counters["stats"]["unique_graphs"]


def graph_report(step: TrainingStep, *, example: Any) -> GraphReport:
    """The graphs behind a step that has run at least once."""
    if isinstance(step.graph, torch.jit.ScriptModule):
        return torchscript(step.graph, example=example)
    if isinstance(step.graph, Recorded):
        return recorded(step)
    if dynamo_is_loaded():
        return dynamo(step, example=example)
    return GraphReport(captures="none", captures_count=0)


def dynamo(step: TrainingStep, *, example: Any) -> GraphReport:
    """Dynamo counts its captures; none means that the code ran eagerly."""
    from torch._dynamo.utils import counters
    from torch._inductor import metrics

    if not (count := captures_count(step)):
        return GraphReport(captures="none", captures_count=0)
    # Behind a break anything may have run eagerly: claim no more than a part.
    breaks = sum(counters["graph_break"].values())
    return GraphReport(
        captures="forward" if breaks else captures(step.graph(*example)),
        captures_count=count,
        graph_breaks=breaks,
        nodes=counters["stats"]["calls_captured"],
        kernels=metrics.generated_kernel_count or None,
    )


def torchscript(
    module: torch.jit.ScriptModule, *, example: Any
) -> GraphReport:
    """TorchScript keeps its graph; the model inlined, not optimised."""
    graph = module.inlined_graph
    return GraphReport(
        captures=captures(module(*example)),
        captures_count=1,
        nodes=sum(1 for _ in graph.nodes()),
        text=str(graph),
    )


def recorded(step: TrainingStep) -> GraphReport:
    """A CUDA graph holds whatever was launched; PyTorch does not list it."""
    count = captures_count(step)
    return GraphReport(
        captures="training step" if count else "none", captures_count=count
    )


def captures(evidence: Any) -> Captures:
    """How far a graph reaches, read off the loss that it returned."""
    if evidence.grad_fn is None:  # nothing left to differentiate or update
        return "training step"
    backward = type(evidence.grad_fn).__name__
    return "forward+backward" if "Compiled" in backward else "forward"
