"""What graph did this mode really build? Asked of TensorFlow itself."""

from typing import Any

import keras
from compare.contract import Captures, GraphReport

from impl_tf.step import TrainingStep

UPDATES = {"AssignVariableOp", "AssignSubVariableOp", "AssignAddVariableOp"}


def reset() -> None:
    """Forget earlier sessions of this process."""
    keras.backend.clear_session()


def captures_count(step: TrainingStep) -> int:
    """How many graphs there are so far, asked in passing."""
    return step.graph.experimental_get_tracing_count() if step.graph else 0


def graph_report(step: TrainingStep, *, example: Any) -> GraphReport:
    """The graphs behind a step that has run at least once."""
    if not (count := captures_count(step)):
        return GraphReport(captures="none", captures_count=0)
    graph = step.graph.get_concrete_function(*example).graph
    operations = graph.get_operations()
    return GraphReport(
        captures=captures({operation.type for operation in operations}),
        captures_count=count,
        nodes=len(operations),
        kernels=None,
        text="\n".join(f"{o.type} {o.name}" for o in operations),
    )


def captures(evidence: Any) -> Captures:
    """How far a graph reaches, read off the types of its operations."""
    if evidence & UPDATES:
        return "training step"
    backward = any(name.endswith("Grad") for name in evidence)
    return "forward+backward" if backward else "forward"
