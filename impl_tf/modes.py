"""The ways of running a training step, independent of the model."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from compare.contract import Optimizer

from impl_tf.by_hand import ByHand, whole_step
from impl_tf.graph_mode import graph_step
from impl_tf.keras_modes import keras_step
from impl_tf.step import TrainingStep, training_step


def eager(
    objective: tf.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Run each operation when Python reaches it."""
    return training_step(objective, optimizer=optimizer)


def manual(
    objective: tf.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Run gradients derived by hand, operation by operation."""
    return whole_step(ByHand(objective, optimizer=optimizer))


def function(
    objective: tf.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Trace the whole step into a graph at its first call."""
    return capture(training_step(objective, optimizer=optimizer))


def function_relaxed(
    objective: tf.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Trace the whole step; a second size makes the sizes variable."""
    step = training_step(objective, optimizer=optimizer)
    return capture(step, reduce_retracing=True)


def graph(
    objective: tf.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Build the graph of a step first, then run it in a session."""
    return graph_step(objective, optimizer=optimizer, example=example)


def xla(
    objective: tf.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Trace the whole step and compile the graph with XLA."""
    step = training_step(objective, optimizer=optimizer)
    return capture(step, jit_compile=True)


def keras_eager(
    objective: tf.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Train with Keras, which runs each operation when Python reaches it."""
    options = {"run_eagerly": True, "jit_compile": False}
    return keras_step(objective, optimizer=optimizer, **options)


def keras(
    objective: tf.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Train with Keras, which traces the whole step into a graph."""
    options = {"run_eagerly": False, "jit_compile": False}
    return keras_step(objective, optimizer=optimizer, **options)


def keras_xla(
    objective: tf.Module, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    """Train with Keras, which compiles the graph of the step with XLA."""
    options = {"run_eagerly": False, "jit_compile": True}
    return keras_step(objective, optimizer=optimizer, **options)


def capture(step: TrainingStep, **options: Any) -> TrainingStep:
    """Wrap a step in tf.function; `observe` is traced at its first call."""
    run = tf.function(step.run, **options)
    observe = tf.function(step.observe, **options)
    return TrainingStep(run=run, observe=observe, reset=step.reset, graph=run)


MODES: dict[str, Callable[..., TrainingStep]] = {
    "eager": eager,
    "manual": manual,
    "function": function,
    "function-relaxed": function_relaxed,
    "graph": graph,
    "xla": xla,
    "keras-eager": keras_eager,
    "keras": keras,
    "keras-xla": keras_xla,
}
