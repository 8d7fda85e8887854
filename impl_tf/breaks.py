"""Where does a captured step call Python, and why, according to TensorFlow?"""

from typing import Any

from compare.contract import GraphBreak

from impl_tf.introspect import (
    PYTHON_CALLS,
    captured_operations,
    captures_count,
)
from impl_tf.step import TrainingStep


def find_breaks(step: TrainingStep, *, example: Any) -> list[GraphBreak]:
    """Return the calls of Python in the graph of a step."""
    # differs: tf.function has no breaks; Dynamo resumes after a break
    if not captures_count(step):
        return []
    return [
        describe(operation)
        for operation in captured_operations(step, example=example)
        if operation.type in PYTHON_CALLS
    ]


def describe(operation: Any) -> GraphBreak:
    """Return the line of the user's code that created an operation."""
    own = [
        frame
        for frame in operation.traceback
        if "site-packages" not in frame.filename
    ]
    place = {"file": own[-1].filename, "line": own[-1].lineno} if own else {}
    return GraphBreak(
        reason="the graph calls a Python function at every step",
        hint="write it with TensorFlow's operations",
        **place,
    )
