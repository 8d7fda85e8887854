"""What graph did this mode really build? Asked of TensorFlow itself."""

from typing import Any

import keras
from compare.contract import Captures, GraphReport

from impl_tf.step import TrainingStep

UPDATES = {"AssignVariableOp", "AssignSubVariableOp", "AssignAddVariableOp"}


def reset() -> None:
    """Forget earlier sessions of this process."""
    keras.backend.clear_session()


def graph_report(step: TrainingStep, *, example: Any) -> GraphReport:
    """The graphs behind a step that has run at least once."""
    if step.graph is None or not step.graph.experimental_get_tracing_count():
        return GraphReport(captures="none", captures_count=0)
    graph = step.graph.get_concrete_function(*example).graph
    operations = graph.get_operations()
    return GraphReport(
        captures=captures({operation.type for operation in operations}),
        captures_count=step.graph.experimental_get_tracing_count(),
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
