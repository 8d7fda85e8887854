"""Remedies: how a model with a mistake is run to find the mistake."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

import torch

MakeModel = Callable[[], Any]


@contextmanager
def detect_anomaly(make_model: MakeModel) -> Iterator[MakeModel]:
    """Let autograd check gradients, and name the forward operation."""
    with torch.autograd.set_detect_anomaly(True):
        yield make_model


@contextmanager
def no_jit(make_model: MakeModel) -> Iterator[MakeModel]:
    """Let torch.jit return the Python code that it is given."""
    torch.jit._state.disable()
    try:
        yield make_model
    finally:
        torch.jit._state.enable()


@contextmanager
def backend_eager(make_model: MakeModel) -> Iterator[MakeModel]:
    """Capture the graph, but run it operation by operation."""
    with patch.object(
        torch, "compile", partial(torch.compile, backend="eager")
    ):
        yield make_model


@contextmanager
def disable(make_model: MakeModel) -> Iterator[MakeModel]:
    """Let the compiler leave the model's forward alone."""

    def make() -> Any:
        model = make_model()
        model.forward = torch.compiler.disable(model.forward)
        return model

    yield make


@contextmanager
def force_eager(make_model: MakeModel) -> Iterator[MakeModel]:
    """Run compiled functions as Python code."""
    with torch.compiler.set_stance("force_eager"):
        yield make_model


@contextmanager
def logs(make_model: MakeModel) -> Iterator[MakeModel]:
    """Print the reason and the line of each graph break."""
    set_logs: Any = torch._logging.set_logs  # type: ignore[attr-defined]
    set_logs(graph_breaks=True)
    logger = logging.getLogger("torch._dynamo.symbolic_convert")
    printer = logging.StreamHandler(sys.stderr)  # which is redirected now
    logger.addHandler(printer)
    try:
        yield make_model
    finally:
        logger.removeHandler(printer)
        set_logs()


@contextmanager
def reorderable_print(make_model: MakeModel) -> Iterator[MakeModel]:
    """Let Dynamo move calls of print to the end of the graph."""
    config: Any = torch._dynamo.config
    functions = {*config.reorderable_logging_functions, print}
    with config.patch(reorderable_logging_functions=functions):
        yield make_model


APPLIED: dict[str, Callable[[MakeModel], AbstractContextManager[MakeModel]]]
APPLIED = {
    "detect_anomaly": detect_anomaly,
    "no_jit": no_jit,
    "backend_eager": backend_eager,
    "disable": disable,
    "force_eager": force_eager,
    "logs": logs,
    "reorderable_print": reorderable_print,
}
