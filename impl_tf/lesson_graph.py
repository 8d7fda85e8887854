"""The graph of a lesson's program, up to its first gradients."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import tensorflow as tf
from compare.contract import CapturedGraph, GraphStage
from tensorflow.python.framework import op_callbacks

from impl_tf.executed_graph import Recorder
from impl_tf.function_graph import Converter

VIEW = "operations, as executed"
MAX_NODES = 150
FILES = {"SaveV2", "RestoreV2"}
MAX_CONVERTED = 20  # graphs of a program, from which the largest is taken


class Recorded(BaseException):
    """Ends a program whose graph is recorded; no program catches it."""


def record_program(run: Callable[[], object]) -> CapturedGraph:
    """Run a program until it has computed gradients once.

    Returns:
        The operations that it ran. Of a program that computes no gradients,
        the first ones.
    """
    recorder = Recorder(limit=MAX_NODES)
    op_callbacks.add_op_callback(recorder)
    try:
        with suppress(Recorded), ending_after_gradients():
            run()
    finally:
        op_callbacks.remove_op_callback(recorder)
    return CapturedGraph(
        stage=GraphStage.RECORDED, view=VIEW, nodes=tuple(recorder.nodes)
    )


def record_captured(run: Callable[[], object]) -> CapturedGraph:
    """Run a program that captures graphs; return the largest one."""
    graphs: list[Any] = []
    with noting_calls(tf.Graph, "__init__", graphs):
        run()
    found = [convert_traced(each) for each in keep_largest(graphs)]
    return max(found, key=count_own)


def keep_largest(graphs: list[Any]) -> list[Any]:
    """Return the graphs with the most nodes: conversion takes a while."""
    own = [graph for graph in graphs if not writes_files(graph)]
    by_size = sorted(own, key=lambda g: len(g.get_operations()))
    return by_size[-MAX_CONVERTED:]


def writes_files(graph: Any) -> bool:
    """Return whether TensorFlow made a graph to write or read a file."""
    kinds = {operation.type for operation in graph.get_operations()}
    return not FILES.isdisjoint(kinds)


def convert_traced(graph: Any) -> CapturedGraph:
    """Return a graph of TensorFlow in the form of the contract."""
    converter = Converter({})
    converter.add_graph(graph, outputs=getattr(graph, "outputs", ()))
    return converter.captured()


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
def ending_after_gradients() -> Iterator[None]:
    """End the program as soon as it has computed gradients."""
    # differs: PyTorch computes gradients by functions, TensorFlow by a method
    tape: Any = tf.GradientTape
    compute = tape.gradient
    try:
        tape.gradient = ending_after(compute)
        yield
    finally:
        tape.gradient = compute


def ending_after(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that computes gradients and ends the program."""

    def compute_and_end(*arguments: Any, **options: Any) -> Any:
        found = compute(*arguments, **options)
        if tf.executing_eagerly():  # else a function is being traced
            raise Recorded
        return found

    return compute_and_end
