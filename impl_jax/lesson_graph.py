"""The graph of a lesson's program, up to its first gradients."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any

import jax
from compare.contract import CapturedGraph, GraphStage
from jax._src import core
from jax._src.interpreters import partial_eval

from impl_jax.executed_graph import Recorder
from impl_jax.jaxpr_graph import convert_whole

VIEW = "operations, as executed"
MAX_NODES = 150
MAX_CONVERTED = 20  # graphs of a program, from which the largest is taken
GRADIENTS = ("grad", "value_and_grad")  # of jax


class Recorded(BaseException):
    """Ends a program whose graph is recorded; no program catches it."""


def record_program(run: Callable[[], object]) -> CapturedGraph:
    """Run a program until it has computed gradients once.

    Returns:
        The operations that it ran. Of a program that computes no gradients,
        the first ones.
    """
    recorder = EndingRecorder(limit=MAX_NODES)
    with (
        suppress(Recorded),
        ending_after_gradients(),
        core.set_current_trace(recorder),
    ):
        run()
    return CapturedGraph(
        stage=GraphStage.RECORDED,
        view=VIEW,
        nodes=tuple(recorder.nodes[:MAX_NODES]),  # a call adds several
    )


class EndingRecorder(Recorder):
    """Ends the program when a captured function has computed gradients."""

    def process_primitive(
        self, primitive: Any, args: Any, params: Any, /
    ) -> Any:
        """Run an operation and store it."""
        result = super().process_primitive(primitive, args, params)
        if self.captured_gradients:
            raise Recorded
        return result


def record_captured(run: Callable[[], object]) -> CapturedGraph:
    """Run a program that captures graphs; return the largest one."""
    jaxprs: list[Any] = []
    with noting_results(partial_eval.JaxprStackFrame, "to_jaxpr", jaxprs):
        run()
    found = [convert_whole(each) for each in keep_largest(jaxprs)]
    return max(found, key=count_own)


def keep_largest(graphs: list[Any]) -> list[Any]:
    """Return the graphs with the most nodes: conversion takes a while."""
    return sorted(graphs, key=lambda g: len(g.eqns))[-MAX_CONVERTED:]


def count_own(graph: CapturedGraph) -> tuple[int, int]:
    """Return how many nodes are from lines of the program, and all."""
    own = sum(bool(node.file) for node in graph.nodes)
    return own, len(graph.nodes)


@contextmanager
def noting_results(owner: Any, name: str, found: list[Any]) -> Iterator[None]:
    """Note the first of the results that a method returns."""
    original = getattr(owner, name)

    def call(*arguments: Any, **options: Any) -> Any:
        result = original(*arguments, **options)
        found.append(result[0])
        return result

    setattr(owner, name, call)
    try:
        yield
    finally:
        setattr(owner, name, original)


@contextmanager
def ending_after_gradients() -> Iterator[None]:
    """End the program as soon as it has computed gradients."""
    # Flax and programs take them from this module when they are called.
    owner: Any = jax
    originals = {name: getattr(owner, name) for name in GRADIENTS}
    try:
        for name, transform in originals.items():
            setattr(owner, name, ending_after(transform))
        yield
    finally:
        for name, transform in originals.items():
            setattr(owner, name, transform)


def ending_after(transform: Callable[..., Any]) -> Callable[..., Any]:
    """Return a transformation whose function of gradients ends the program."""

    @wraps(transform)
    def transform_to_end(*arguments: Any, **options: Any) -> Any:
        compute = transform(*arguments, **options)

        @wraps(compute)
        def compute_and_end(*given: Any, **named: Any) -> Any:
            found = compute(*given, **named)
            if isinstance(core.trace_ctx.trace, Recorder):
                raise Recorded
            return found  # to another transformation

        return compute_and_end

    return transform_to_end
