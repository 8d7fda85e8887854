"""Which graph did this mode really build, according to TensorFlow?"""

from typing import Any

import keras
from compare.contract import Captures, GraphReport

from impl_tf.step import TrainingStep

UPDATES = {"AssignVariableOp", "AssignSubVariableOp", "AssignAddVariableOp"}


def reset() -> None:
    """Clear the state of earlier sessions of this process."""
    keras.backend.clear_session()


def captures_count(step: TrainingStep) -> int:
    """Return the number of graphs so far; cheap enough for timed runs."""
    return step.graph.experimental_get_tracing_count() if step.graph else 0


def graph_report(step: TrainingStep, *, example: Any) -> GraphReport:
    """Describe the graphs of a step that has run at least once."""
    if not (count := captures_count(step)):
        return GraphReport(captures=Captures.NONE, captures_count=0)
    graph = step.graph.get_concrete_function(*example).graph
    operations = graph.get_operations()
    return GraphReport(
        captures=read_captures({operation.type for operation in operations}),
        captures_count=count,
        nodes=len(operations),
        kernels=None,
        text="\n".join(f"{o.type} {o.name}" for o in operations),
    )


def read_captures(evidence: Any) -> Captures:
    """Return how much of a step a graph holds, by its operations."""
    if evidence & UPDATES:
        return Captures.TRAINING_STEP
    backward = any(name.endswith("Grad") for name in evidence)
    return Captures.FORWARD_BACKWARD if backward else Captures.FORWARD
