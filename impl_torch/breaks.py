"""Where does Dynamo leave the graph, and why, according to PyTorch?"""

import re
from typing import Any

import torch
from compare.contract import GraphBreak

from impl_torch.step import TrainingStep

# Dynamo's own word for a branch whose condition is a tensor.
JUMP = "generic_jump"
BRANCH = GraphBreak(
    reason="a branch of Python depends on a tensor's value",
    hint="use torch.where or torch.cond",
)
EXPLANATION = re.compile(r"^\s*Explanation: (.*)$", re.MULTILINE)
HINT = re.compile(r"^\s*Hint: (.*)$", re.MULTILINE)


def find_breaks(step: TrainingStep, *, example: Any) -> list[GraphBreak]:
    """Return the graph breaks of a step; forgets what was compiled."""
    # differs: Dynamo resumes after a break; tf.function has none
    if not isinstance(step.graph, torch._dynamo.OptimizedModule):
        return []
    explained = torch._dynamo.explain(step.graph._orig_mod)(*example)
    return [describe(each) for each in explained.break_reasons]


def describe(found: Any) -> GraphBreak:
    """Return one of Dynamo's reasons, shortened, with the user's line."""
    text, stack = found.reason, found.user_stack
    place = {"file": stack[-1].filename, "line": stack[-1].lineno or 0}
    if text.startswith(JUMP):
        return GraphBreak(reason=BRANCH.reason, hint=BRANCH.hint, **place)
    explanation, hint = EXPLANATION.search(text), HINT.search(text)
    return GraphBreak(
        reason=explanation[1] if explanation else text.splitlines()[0],
        hint=hint[1] if hint else "",
        **place,
    )
