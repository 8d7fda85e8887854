"""The graph of a lesson's program, up to its first gradients."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import tensorflow as tf
from compare.contract import CapturedGraph, GraphStage
from tensorflow.python.framework import op_callbacks

from impl_tf.executed_graph import Recorder

VIEW = "operations, as executed"
MAX_NODES = 150


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
