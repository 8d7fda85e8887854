"""Which graph did this mode really build, according to TensorFlow?"""

from typing import Any

import keras
import tensorflow as tf
from compare.contract import Captures, GraphReport

from impl_tf.graph_mode import GraphSession
from impl_tf.step import TrainingStep

UPDATES = {"AssignVariableOp", "AssignSubVariableOp", "AssignAddVariableOp"}
PYTHON_CALLS = {"PyFunc", "PyFuncStateless", "EagerPyFunc"}
MUST_COMPILE = "_XlaMustCompile"  # attribute of a function: XLA or an error


def reset() -> None:
    """Clear the state of earlier sessions of this process."""
    keras.backend.clear_session()


def captures_count(step: TrainingStep) -> int:
    """Return the number of graphs so far; cheap enough for timed runs."""
    return step.graph.experimental_get_tracing_count() if step.graph else 0


def graph_report(step: TrainingStep, *, example: Any) -> GraphReport:
    """Describe the graphs of a step that has run at least once."""
    count = captures_count(step)
    if not count or tf.config.functions_run_eagerly():
        return GraphReport(
            captures=Captures.NONE, captures_count=count, kernels=0
        )
    operations = captured_operations(step, example=example)
    kinds = [operation.type for operation in operations]
    return GraphReport(
        captures=read_captures(set(kinds)),
        captures_count=count,
        graph_breaks=sum(kind in PYTHON_CALLS for kind in kinds),
        nodes=len(operations),
        # XLA does not list its kernels without compiling the step again.
        kernels=None if must_compile(step, example=example) else 0,
        text="\n".join(f"{o.type} {o.name}" for o in operations),
    )


def captured_operations(step: TrainingStep, *, example: Any) -> list[Any]:
    """Return the operations of the graph of a step."""
    if isinstance(step.graph, GraphSession):
        return step.graph.operations()
    return step.graph.get_concrete_function(*example).graph.get_operations()


def must_compile(step: TrainingStep, *, example: Any) -> bool:
    """Return whether XLA compiles the graph of a step."""
    if isinstance(step.graph, GraphSession):
        return False
    concrete = step.graph.get_concrete_function(*example)
    return bool(concrete.function_def.attr[MUST_COMPILE].b)


def read_captures(evidence: Any) -> Captures:
    """Return how much of a step a graph holds, by its operations."""
    if evidence & UPDATES:
        return Captures.TRAINING_STEP
    backward = any(name.endswith("Grad") for name in evidence)
    return Captures.FORWARD_BACKWARD if backward else Captures.FORWARD
