"""The graphs of one step, in the form that all frameworks share."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from compare.contract import CapturedGraph, GraphStage
from torch import Tensor

from impl_torch.autograd_graph import read_autograd
from impl_torch.dynamo_graph import compiles, read_dynamo
from impl_torch.executed_graph import record_executed
from impl_torch.modes import Recorded
from impl_torch.step import TrainingStep
from impl_torch.torchscript_graph import read_torchscript

CUDA_GRAPH = "PyTorch does not list the kernels of a CUDA graph"


def read_graphs(
    step: TrainingStep, *, example: Any, state: Mapping[str, Tensor]
) -> list[CapturedGraph]:
    """Return the graphs of a step; runs it, and forgets what was compiled.

    Args:
        step: of any mode.
        example: the batch that it runs on.
        state: parameters and buffers by name.
    """
    # differs: each compiler of PyTorch has its own graphs; TensorFlow, one
    run = partial(step.run, *example)
    if isinstance(step.graph, torch.jit.ScriptModule):
        return read_torchscript(step.graph, run=run, state=state)
    if isinstance(step.graph, Recorded):
        return [
            CapturedGraph(
                stage=GraphStage.CAPTURED,
                view="CUDA graph",
                reason=CUDA_GRAPH,
            )
        ]
    if compiles(step):
        return read_dynamo(run, state=state)
    loss, executed = record_executed(run, example=example, state=state)
    return [read_autograd(loss, state=state), executed]
