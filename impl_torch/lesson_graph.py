"""The graph of a lesson's program, up to its first gradients."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import torch
from compare.contract import CapturedGraph, GraphStage

from impl_torch.executed_graph import Recorder, anomalies_traced

VIEW = "operations, as executed"
MAX_NODES = 150
GRADIENTS = ("backward", "grad")  # of torch.autograd


class Recorded(BaseException):
    """Ends a program whose graph is recorded; no program catches it."""


def record_program(run: Callable[[], object]) -> CapturedGraph:
    """Run a program until it has computed gradients once.

    Returns:
        The operations that it ran. Of a program that computes no gradients,
        the first ones.
    """
    recorder = Recorder(limit=MAX_NODES)
    with (
        suppress(Recorded),
        ending_after_gradients(),
        anomalies_traced(),
        recorder,
    ):
        run()
    return CapturedGraph(
        stage=GraphStage.RECORDED, view=VIEW, nodes=tuple(recorder.nodes)
    )


@contextmanager
def ending_after_gradients() -> Iterator[None]:
    """End the program as soon as it has computed gradients."""
    # differs: PyTorch computes gradients by functions, TensorFlow by a method
    autograd: Any = torch.autograd
    originals = {name: getattr(autograd, name) for name in GRADIENTS}
    try:
        for name, compute in originals.items():
            setattr(autograd, name, ending_after(compute))
        yield
    finally:
        for name, compute in originals.items():
            setattr(autograd, name, compute)


def ending_after(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that computes gradients and ends the program."""

    def compute_and_end(*arguments: Any, **options: Any) -> Any:
        compute(*arguments, **options)
        raise Recorded

    return compute_and_end
