"""Where does Dynamo leave the graph or capture again, and why?"""

import re
from collections.abc import Sequence
from typing import Any

import torch
from compare.contract import BreakCause, BreakKind, GraphBreak

from impl_torch.step import TrainingStep

# Dynamo's own word for a branch whose condition is a tensor.
JUMP = "generic_jump"
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
    "Dynamic shape operator": BreakCause.DATA_DEPENDENT_SHAPE,
    "logging.Logger method": BreakCause.OUTPUT,
    "Skip calling `torch.compiler.disable()`d": BreakCause.EXCLUDED_FUNCTION,
    "Call to `torch._dynamo.graph_break()`": BreakCause.EXCLUDED_FUNCTION,
    "Attempted to call function marked as skipped": (
        BreakCause.UNSUPPORTED_CALL
    ),
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
STEADY = "keep it constant, or hold it in a tensor"


def find_breaks(
    step: TrainingStep, *, batches: Sequence[Any]
) -> list[GraphBreak]:
    """Return breaks and recaptures on batches; forgets what was compiled."""
    # differs: Dynamo resumes after a break; tf.function has none
    if not isinstance(step.graph, torch._dynamo.OptimizedModule):
        return []
    objective = step.graph._orig_mod
    explained = torch._dynamo.explain(objective)(*batches[0])
    broken = [describe(each) for each in explained.break_reasons]
    found = [*broken, *find_recaptures(objective, batches=batches)]
    return list(dict.fromkeys(found))


def describe(found: Any) -> GraphBreak:
    """Return one of Dynamo's reasons, shortened, with the user's line."""
    text, stack = found.reason, found.user_stack
    place = {"file": stack[-1].filename, "line": stack[-1].lineno or 0}
    if text.startswith(JUMP):
        return GraphBreak(
            reason=BRANCH.reason, hint=BRANCH.hint, cause=BRANCH.cause, **place
        )
    explanation, hint = EXPLANATION.search(text), HINT.search(text)
    return GraphBreak(
        reason=explanation[1] if explanation else text.splitlines()[0],
        hint=hint[1] if hint else "",
        cause=classify(text),
        **place,
    )


def classify(text: str) -> BreakCause:
    """Return the cause of a break by its type in PyTorch's registry."""
    if PRINT in text:
        return BreakCause.OUTPUT
    known = (cause for kind, cause in CAUSES.items() if text.startswith(kind))
    return next(known, BreakCause.UNKNOWN)


def find_recaptures(
    objective: Any, *, batches: Sequence[Any]
) -> list[GraphBreak]:
    """Return the places whose values make Dynamo capture again."""
    from torch._dynamo import utils

    torch._dynamo.reset()
    utils.clear_compilation_metrics()
    captured = torch.compile(objective, backend="eager")
    for batch in batches:
        captured(*batch)
    reasons = [
        metrics.recompile_reason
        for metrics in utils.get_compilation_metrics()
        if metrics.recompile_reason
    ]
    torch._dynamo.reset()
    found: dict[Any, GraphBreak] = {}
    for reason in reasons:
        if RESULT_OF_BREAK not in reason:  # the break itself is in the list
            each = describe_recapture(reason)
            found.setdefault((each.file, each.line, each.cause), each)
    return list(found.values())


def describe_recapture(text: str) -> GraphBreak:
    """Return a failed guard with the line that reads the guarded value."""
    guard, frames = GUARD.search(text), FRAME.findall(text)
    failed = guard["guard"] if guard else text.splitlines()[0]
    file, line = frames[-1] if frames else ("", "0")
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
        file=file,
        line=int(line),
        hint=STEADY,
        argument=failed,
    )


def describe_refusal(error: Exception) -> GraphBreak:
    """Return why code cannot be captured, with the user's line."""
    text = str(error)
    stack = getattr(error, "real_stack", None)  # Dynamo's, of the user's code
    if stack:
        place = {"file": stack[-1].filename, "line": stack[-1].lineno or 0}
    else:
        place = find_source_range(text)
    if JUMP in text or BRANCH_REFUSED in text:
        return replace(BRANCH, kind=BreakKind.REFUSED, **place)
    explanation, hint = EXPLANATION.search(text), HINT.search(text)
    return GraphBreak(
        reason=explanation[1] if explanation else shorten_message(error),
        kind=BreakKind.REFUSED,
        cause=classify(text),
        hint=hint[1] if hint else "",
        **place,
    )


def find_source_range(text: str) -> dict[str, Any]:
    """Return the place that TorchScript prints below its message."""
    found = FRAME.search(text)
    return {"file": found["file"], "line": int(found["line"])} if found else {}
