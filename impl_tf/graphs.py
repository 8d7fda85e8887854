"""The graphs of one step, in the form that all frameworks share."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import tensorflow as tf
from compare.contract import CapturedGraph, GraphStage

from impl_tf.executed_graph import record_executed
from impl_tf.function_graph import read_function, read_operations
from impl_tf.graph_mode import GraphSession
from impl_tf.grappler_graph import convert_optimized, record_optimized
from impl_tf.hlo_graph import Source, convert_hlo, parse_hlo
from impl_tf.introspect import captures_count, must_compile
from impl_tf.step import TrainingStep

BEFORE = "HLO, before XLA's passes"
AFTER = "HLO, after XLA's passes"


def read_graphs(
    step: TrainingStep, *, example: Any, state: Mapping[str, tf.Variable]
) -> list[CapturedGraph]:
    """Return the graphs of a step; runs it.

    Args:
        step: of any mode; an optimized graph is known if no step has run.
        example: the batch that it runs on.
        state: parameters and buffers by name.
    """
    # differs: one compiler has all graphs; each of PyTorch's has its own
    run = partial(step.run, *example)
    if step.graph is None:
        _, executed = record_executed(run, example=example, state=state)
        return [executed]
    if isinstance(step.graph, GraphSession):
        optimized = step.graph.optimize(run)
        captured, by_name = read_operations(step.graph.operations())
        return [captured, convert_optimized(optimized, captured=by_name)]
    optimized = record_optimized(run)
    if not captures_count(step):  # Keras was asked to run eagerly
        _, executed = record_executed(run, example=example, state=state)
        return [executed]
    concrete = step.graph.get_concrete_function(*example)
    captured, by_name = read_function(concrete, state=state)
    if not must_compile(step, example=example):
        return [captured, convert_optimized(optimized, captured=by_name)]
    inputs = [by_name[each.op.name][0] for each in concrete.graph.inputs]
    source = Source(inputs=inputs, nodes=by_name)
    return [captured, *read_hlo(step, example=example, source=source)]


def read_hlo(
    step: TrainingStep, *, example: Any, source: Source
) -> list[CapturedGraph]:
    """Return the graphs of XLA before and after its passes."""
    show = step.graph.experimental_get_compiler_ir(*example)
    before, after = (
        parse_hlo(show(stage=stage)) for stage in ("hlo", "optimized_hlo")
    )
    return [
        convert_hlo(
            before,
            stage=GraphStage.CAPTURED,
            view=BEFORE,
            source=source,
        ),
        convert_hlo(
            after,
            stage=GraphStage.OPTIMIZED,
            view=AFTER,
            source=source,
            before=before,
        ),
    ]
