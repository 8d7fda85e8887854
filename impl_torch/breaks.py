"""Where does Dynamo leave the graph or capture again, and why?"""

import inspect
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from compare.contract import BreakCause, BreakKind, GraphBreak
from compare.targets.loading import shorten_message
from torch.jit._trace import TracerWarning

from impl_torch.layout import unchanged_buffers
from impl_torch.modes import TracedShapes
from impl_torch.step import TrainingStep

# Dynamo's own words for a branch whose condition is a tensor: of a break,
# and of a refusal.
JUMP = ("generic_jump", "Data-dependent branching")
BRANCH = GraphBreak(
    reason="a branch of Python depends on a tensor's value",
    hint="use torch.where or torch.cond",
    cause=BreakCause.VALUE_BRANCH,
)
EXPLANATION = re.compile(r"^\s*Explanation: (.*)$", re.MULTILINE)
HINT = re.compile(r"^\s*Hint: (.*)$", re.MULTILINE)
# The first line of a reason is its type in PyTorch's registry of breaks.
CAUSES = {
    "Unsupported Tensor.item() call": BreakCause.NUMBER,
    "Tensor.tolist()": BreakCause.NUMBER,
    "Data dependent operator": BreakCause.NUMBER,
    "Dynamic shape operator": BreakCause.DATA_DEPENDENT_SHAPE,
    "logging.Logger method": BreakCause.OUTPUT,
    "Skip calling `torch.compiler.disable()`d": BreakCause.EXCLUDED_FUNCTION,
    "Call to `torch._dynamo.graph_break()`": BreakCause.EXCLUDED_FUNCTION,
    "Attempted to call function marked as skipped": (
        BreakCause.UNSUPPORTED_CALL
    ),
    # of TorchScript
    "Python builtin": BreakCause.UNSUPPORTED_CALL,
    "Expected type hint for result of tolist()": BreakCause.NUMBER,
    "attribute lookup is not defined on python value of type 'Logger'": (
        BreakCause.OUTPUT
    ),
    # of a trace
    "Converting a tensor to a Python boolean": BreakCause.VALUE_BRANCH,
    "Converting a tensor to a Python": BreakCause.NUMBER,
    "Converting a tensor to a NumPy array": BreakCause.NUMPY,
    "Iterating over a tensor": BreakCause.ITERATION,
}
PRINT = "builtin operator `print`"
# A recompilation: "0/1: GUARD   # source line", then the user's stack.
GUARD = re.compile(r"^\d+/\d+: (?P<guard>.*?)(?:\s+# |$)", re.MULTILINE)
FRAME = re.compile(
    r'^\s*File "(?P<file>.+)", line (?P<line>\d+)', re.MULTILINE
)
RESULT_OF_BREAK = "___stack"  # Dynamo's name for a value left by a break
TENSOR_GUARDS = {
    "size mismatch": BreakCause.SHAPE,
    ".size()": BreakCause.SHAPE,
    "dtype mismatch": BreakCause.DTYPE,
}
MODEL = "self._modules['model']"  # in the captured module
STEADY = "keep it constant, or hold it in a tensor"


def find_breaks(
    step: TrainingStep, *, model: Any, batches: Sequence[Any]
) -> list[GraphBreak]:
    """Return breaks and recaptures on batches; forgets what was compiled."""
    # differs: Dynamo resumes after a break; tf.function has none
    if isinstance(step.admit, TracedShapes):
        return find_frozen(step.admit)
    captured = find_captured(step)
    if captured is None:
        return []
    explained = torch._dynamo.explain(captured)(*batches[0])
    broken = [describe(each) for each in explained.break_reasons]
    recaptured = find_recaptures(step, model=model, batches=batches)
    return list(dict.fromkeys([*broken, *recaptured]))


def find_captured(step: TrainingStep) -> Any:
    """Return what Dynamo captures of a step; None if nothing."""
    if isinstance(step.graph, torch._dynamo.OptimizedModule):
        return step.graph._orig_mod
    return getattr(step.observe, "_torchdynamo_orig_callable", None)


def describe(found: Any) -> GraphBreak:
    """Return one of Dynamo's reasons, shortened, with the user's line."""
    text, stack = found.reason, found.user_stack
    place = find_own(stack)
    if text.startswith(JUMP):
        return replace(BRANCH, **place)
    explanation, hint = EXPLANATION.search(text), HINT.search(text)
    return GraphBreak(
        reason=explanation[1] if explanation else text.splitlines()[0],
        hint=hint[1] if hint else "",
        cause=classify(text),
        **place,
    )


def find_own(stack: Sequence[Any]) -> dict[str, Any]:
    """Return the innermost line of the model's own code; empty if none is."""
    own = [frame for frame in stack if is_own(frame.filename)]
    if not own:
        return {}
    return {"file": own[-1].filename, "line": own[-1].lineno or 0}


def is_own(file: str) -> bool:
    """Return whether a source file is not an installed one."""
    return "site-packages" not in file and "dist-packages" not in file


def classify(text: str) -> BreakCause:
    """Return the cause of a break by its type in PyTorch's registry."""
    if PRINT in text:
        return BreakCause.OUTPUT
    known = (cause for kind, cause in CAUSES.items() if text.startswith(kind))
    return next(known, BreakCause.UNKNOWN)


def find_recaptures(
    step: TrainingStep, *, model: Any, batches: Sequence[Any]
) -> list[GraphBreak]:
    """Return the places whose values make Dynamo capture again."""
    captured = capture_again(step.graph, find_captured(step))
    return list_recaptures(
        lambda: [captured(*batch) for batch in batches], model=model
    )


def capture_again(graph: Any, function: Any) -> Any:
    """Return a function captured like a graph, without a compiler."""
    context = getattr(graph, "dynamo_ctx", None)
    dynamic = context._dynamic if context else None
    return torch.compile(function, backend="eager", dynamic=dynamic)


def list_recaptures(run: Callable[[], Any], *, model: Any) -> list[GraphBreak]:
    """Return why Dynamo captures again in a run; forgets what was compiled."""
    from torch._dynamo import utils

    torch._dynamo.reset()
    utils.clear_compilation_metrics()
    run()
    reasons = [
        metrics.recompile_reason
        for metrics in utils.get_compilation_metrics()
        if metrics.recompile_reason
    ]
    torch._dynamo.reset()
    start = find_start(model)
    found: dict[Any, GraphBreak] = {}
    for reason in reasons:
        if RESULT_OF_BREAK not in reason:  # the break itself is in the list
            each = describe_recapture(reason, start=start)
            found.setdefault((each.file, each.line, each.cause), each)
    return list(found.values())


def find_start(model: Any) -> dict[str, Any]:
    """Return the first line of a model or function, where its inputs enter."""
    called = getattr(type(model), "forward", model)
    code = getattr(inspect.unwrap(called), "__code__", None)
    if code is None:
        return {}
    place = {"file": code.co_filename, "line": code.co_firstlineno}
    return place if is_own(code.co_filename) else {}


def describe_recapture(text: str, *, start: dict[str, Any]) -> GraphBreak:
    """Return a failed guard with the line that reads the guarded value.

    A guard on an input names no line: then it is `start`.
    """
    guard = GUARD.search(text)
    failed = guard["guard"] if guard else text.splitlines()[0]
    failed = failed.replace(MODEL, "model")
    place = find_source_range(text) or start
    tensor = (c for words, c in TENSOR_GUARDS.items() if words in failed)
    is_global = "G[" in failed
    value = (
        BreakCause.CHANGED_GLOBAL
        if is_global
        else (BreakCause.CHANGED_ATTRIBUTE)
    )
    return GraphBreak(
        reason=f"the graph no longer fits: its condition was {failed}",
        kind=BreakKind.RETRACE,
        cause=next(tensor, value),
        hint=STEADY,
        argument=failed,
        **place,
    )


def describe_refusal(error: Exception) -> GraphBreak:
    """Return why code cannot be captured, with the user's line."""
    text = str(error).strip()
    if stack := getattr(error, "real_stack", None):  # Dynamo's
        place = find_own(stack)
    else:
        place = find_source_range(text)
    if text.startswith(JUMP):
        return replace(BRANCH, kind=BreakKind.REFUSED, **place)
    explanation, hint = EXPLANATION.search(text), HINT.search(text)
    return GraphBreak(
        reason=explanation[1] if explanation else find_message(error),
        kind=BreakKind.REFUSED,
        cause=classify(text),
        hint=hint[1] if hint else "",
        **place,
    )


def find_source_range(text: str) -> dict[str, Any]:
    """Return the innermost place of the model's own code that a text names."""
    own = [each for each in FRAME.findall(text) if is_own(each[0])]
    return {"file": own[-1][0], "line": int(own[-1][1])} if own else {}


def find_message(error: Exception) -> str:
    """Return TorchScript's message without the source below it."""
    return shorten_message(error).removesuffix(":")


def find_frozen(traced: TracedShapes) -> list[GraphBreak]:
    """Return the values that a trace holds, once per line."""
    with (
        unchanged_buffers(traced.objective),
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("always")
        torch.jit.trace(traced.objective, traced.example, check_trace=False)
    found = [
        GraphBreak(
            reason=str(each.message).partition(". ")[0],
            kind=BreakKind.FROZEN,
            cause=classify(str(each.message)),
            file=each.filename,
            line=each.lineno,
            hint="keep it a tensor, or choose a mode that reads values",
        )
        for each in warned
        if issubclass(each.category, TracerWarning)
    ]
    return list(dict.fromkeys(each for each in found if is_own(each.file)))
