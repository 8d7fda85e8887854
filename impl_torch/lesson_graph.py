"""The graph of a lesson's program, up to its first gradients."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import torch
from compare.contract import CapturedGraph, GraphStage
from torch import fx

from impl_torch.dynamo_graph import Converter
from impl_torch.executed_graph import Recorder, anomalies_traced
from impl_torch.torchscript_graph import convert_graph

VIEW = "operations, as executed"
MAX_NODES = 150
MAX_CONVERTED = 20  # graphs of a program, from which the largest is taken
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


def record_captured(run: Callable[[], object]) -> CapturedGraph:
    """Run a program that captures graphs; return the largest one."""
    modules: list[Any] = []
    functions: list[Any] = []
    with (
        noting_calls(fx.GraphModule, "__init__", modules),
        noting_results(torch.jit, "script", functions),
        noting_results(torch.jit, "trace", functions),
    ):
        run()
    found = [convert_module(each) for each in keep_largest(modules)]
    found += [convert_scripted(each) for each in functions]
    return max(found, key=count_own)


def keep_largest(graphs: list[Any]) -> list[Any]:
    """Return the graphs with the most nodes: conversion takes a while."""
    return sorted(graphs, key=lambda m: len(m.graph.nodes))[-MAX_CONVERTED:]


def convert_module(module: Any) -> CapturedGraph:
    """Return an FX graph in the form of the contract."""
    converter = Converter()
    converter.add_module(module)
    return CapturedGraph(
        stage=GraphStage.CAPTURED, view="FX", nodes=tuple(converter.nodes)
    )


def convert_scripted(function: Any) -> CapturedGraph:
    """Return a graph of TorchScript in the form of the contract."""
    return convert_graph(
        function.graph,
        stage=GraphStage.CAPTURED,
        view="TorchScript",
        state=(),
    )


def count_own(graph: CapturedGraph) -> tuple[int, int]:
    """Return how many nodes are from lines of the program, and all."""
    own = sum(bool(node.file) for node in graph.nodes)
    return own, len(graph.nodes)


@contextmanager
def noting_calls(owner: Any, name: str, found: list[Any]) -> Iterator[None]:
    """Note the objects whose method is called."""
    original = getattr(owner, name)

    def call(self: Any, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **options)
        found.append(self)

    setattr(owner, name, call)
    try:
        yield
    finally:
        setattr(owner, name, original)


@contextmanager
def noting_results(owner: Any, name: str, found: list[Any]) -> Iterator[None]:
    """Note what a function returns."""
    original = getattr(owner, name)

    def call(*arguments: Any, **options: Any) -> Any:
        found.append(original(*arguments, **options))
        return found[-1]

    setattr(owner, name, call)
    try:
        yield
    finally:
        setattr(owner, name, original)


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
