"""Where does a captured step call Python or trace again, and why?"""

import ast
import inspect
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import tensorflow as tf
from compare.contract import BreakCause, BreakKind, GraphBreak
from compare.graphs.places import find_own_place
from compare.targets.loading import is_users_file

from impl_tf.graph_mode import GraphSession
from impl_tf.introspect import PYTHON_CALLS, captures_count
from impl_tf.step import TrainingStep

PACKAGE = Path(__file__).parent
# Keras prints the original message in bold.
BOLD = re.compile("\x1b\\[1m(.*?)\x1b\\[0m", re.DOTALL)
# What TensorFlow's messages contain, in the order in which they are tried.
CAUSES = {
    "as a Python `bool`": BreakCause.VALUE_BRANCH,
    "Iterating over a symbolic": BreakCause.ITERATION,
    "to a numpy array": BreakCause.NUMPY,
    "no attribute 'numpy'": BreakCause.NUMPY,
    "__format__": BreakCause.OUTPUT,
    "real number, not 'SymbolicTensor'": BreakCause.NUMBER,
    "real number, not SymbolicTensor": BreakCause.NUMBER,
    "tf.Variable": BreakCause.NEW_VARIABLE,
    "dtype": BreakCause.DTYPE,
    "shape": BreakCause.DATA_DEPENDENT_SHAPE,
}
HINTS = {
    BreakCause.VALUE_BRANCH: "use tf.cond or tf.where",
    BreakCause.ITERATION: "use tf.unstack, or tf.range in a loop",
    BreakCause.NUMPY: "write it with TensorFlow's operations",
    BreakCause.OUTPUT: "use tf.print",
    BreakCause.NUMBER: "use tf.cast, or a function of tf.math",
    BreakCause.NEW_VARIABLE: "create it once, in the constructor",
    BreakCause.DTYPE: "return the same dtype from both branches",
    BreakCause.DATA_DEPENDENT_SHAPE: "declare it with shape_invariants",
}
STEADY = "pad to few sizes, or state an input_signature with open sizes"


def find_breaks(
    step: TrainingStep, *, model: Any, batches: Sequence[Any]
) -> list[GraphBreak]:
    """Return calls of Python, recaptures on batches, and refused code."""
    # differs: tf.function has no breaks; Dynamo resumes after a break
    if isinstance(step.graph, GraphSession):
        operations = step.graph.operations()
    elif step.graph is None:
        return []
    elif tf.config.functions_run_eagerly():
        return [replace(RUNS_EAGERLY, **find_switch())]
    else:
        try:
            retraced = find_recaptures(step, model=model, batches=batches)
            concrete = step.graph.get_concrete_function(*batches[0])
        except Exception as error:  # noqa: BLE001
            return [describe_refusal(error)]
        operations = [*list_operations(concrete.graph)]
        return [*find_python_calls(operations), *retraced]
    return find_python_calls(operations)


RUNS_EAGERLY = GraphBreak(
    reason="tf.config.run_functions_eagerly lets every function run eagerly",
    kind=BreakKind.REFUSED,
    cause=BreakCause.EAGER_SWITCH,
    hint="remove the call of tf.config.run_functions_eagerly",
)


def list_operations(graph: Any) -> Iterator[Any]:
    """Yield the operations of a graph, its branches and its loops."""
    for operation in graph.get_operations():
        yield operation
        for name in ("then_branch", "else_branch", "cond", "body"):
            if name in operation.node_def.attr:
                called = operation.get_attr(name).name
                inner = graph._get_function(called)
                if hasattr(inner, "graph") and inner.graph is not None:
                    yield from list_operations(inner.graph)


def find_python_calls(operations: Sequence[Any]) -> list[GraphBreak]:
    """Return the calls of Python, once per line of the user's code.

    The gradient of such a call is another one, with no line of the user's.
    """
    calls = (o for o in operations if o.type in PYTHON_CALLS)
    found = list(dict.fromkeys(map(describe, calls)))
    return [each for each in found if each.file] or found


def describe(operation: Any) -> GraphBreak:
    """Return the line of the user's code that created an operation."""
    frames = [
        (frame.filename, frame.lineno)
        for frame in operation.traceback
        if is_own(frame.filename) and Path(frame.filename).parent != PACKAGE
    ]
    file, line = find_own_place(frames)
    return GraphBreak(
        reason="the graph calls a Python function at every step",
        kind=BreakKind.PYTHON_CALL,
        cause=BreakCause.PYTHON_CALL,
        hint="write it with TensorFlow's operations",
        file=file,
        line=line,
    )


def is_own(file: str) -> bool:
    """Return whether a file is neither installed nor written by AutoGraph."""
    return "site-packages" not in file and "__autograph_generated" not in file


def describe_refusal(error: Exception) -> GraphBreak:
    """Return why code cannot be traced, with the user's line."""
    stated = BOLD.search(str(error))
    metadata = getattr(error, "ag_error_metadata", None)
    if metadata:  # AutoGraph's stack, innermost first, in the user's lines
        stack = metadata.translated_stack[::-1]
    else:
        stack = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in stack if is_own(frame.filename)]
    text = (
        stated[1] if stated else getattr(metadata, "cause_message", str(error))
    )
    cause = next((c for w, c in CAUSES.items() if w in text), None)
    return GraphBreak(
        reason=text.strip().splitlines()[0].partition(". ")[0],
        kind=BreakKind.REFUSED,
        cause=cause or BreakCause.UNKNOWN,
        file=own[-1].filename if own else "",
        line=own[-1].lineno if own else 0,
        hint=HINTS.get(cause, "") if cause else "",
    )


def find_recaptures(
    step: TrainingStep, *, model: Any, batches: Sequence[Any]
) -> list[GraphBreak]:
    """Return what changed in the inputs when a step was traced again."""
    found, before, start = [], None, find_start(model)
    for batch in batches:
        count = captures_count(step)
        step.run(*batch)
        seen = [(t.dtype.name, tuple(t.shape)) for t in tf.nest.flatten(batch)]
        if before and seen != before and captures_count(step) > count:
            each = describe_recapture(before, seen)
            found.append(replace(each, **start))
        before = seen
    return list(dict.fromkeys(found))


def find_start(model: Any) -> dict[str, Any]:
    """Return the first line of a model or function, where its inputs enter."""
    kind = type(model)
    called = kind.call if hasattr(kind, "call") else kind.__call__
    if hasattr(model, "__code__"):
        called = model
    code = getattr(inspect.unwrap(called), "__code__", None)
    if code is None:
        return {}
    place = {"file": code.co_filename, "line": code.co_firstlineno}
    return place if is_own(code.co_filename) else {}


def find_switch() -> dict[str, Any]:
    """Return the line of the user's code that lets every function run eagerly.

    TensorFlow keeps the setting, not the line that made it.
    """
    files = [getattr(each, "__file__", None) for each in sys.modules.values()]
    for file in filter(None, files):
        if not file.endswith(".py") or not is_users_file(file):
            continue
        for node in ast.walk(ast.parse(Path(file).read_bytes())):
            if isinstance(node, ast.Call) and switches_on(node):
                return {"file": file, "line": node.lineno}
    return {}


def switches_on(call: ast.Call) -> bool:
    """Return whether a call lets functions run eagerly."""
    match call.func:
        case ast.Attribute(attr="run_functions_eagerly"):
            values = [*call.args, *(each.value for each in call.keywords)]
            return not any(
                isinstance(each, ast.Constant) and each.value is False
                for each in values
            )
    return False


def describe_recapture(before: Any, now: Any) -> GraphBreak:
    """Return the first input whose dtype or shape changed."""
    pairs = zip(before, now, strict=True)
    old, new = next((a, b) for a, b in pairs if a != b)
    is_shape = old[0] == new[0]
    return GraphBreak(
        reason="an input has a new shape or dtype: the step is traced again",
        kind=BreakKind.RETRACE,
        cause=BreakCause.SHAPE if is_shape else BreakCause.DTYPE,
        hint=STEADY,
        argument=f"{old[1]}, then {new[1]}"
        if is_shape
        else f"{old[0]}, then {new[0]}",
    )
