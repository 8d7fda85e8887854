"""The rules by name, and a proposed fix."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class FixRule(StrEnum):
    """What a fix changes."""

    BRANCH = "a branch on a tensor becomes a choice between two results"
    SIDE_EFFECT = "the call that only prints or logs is removed or becomes an operation"
    SCALAR = "a tensor stays a tensor instead of becoming a Python number"
    NUMPY = "a NumPy call becomes an operation of the framework"
    PYTHON_FUNCTION = "the wrapped Python function is called directly"
    EXCLUDED = "the function is no longer excluded from the graph"
    ATTRIBUTE = "a Python number that changes becomes a tensor"
    GLOBAL = "a Python number of a global dictionary becomes a tensor"
    VARIABLE = "a variable that is made in each call becomes a tensor"
    CONSTANT_RANGE = "a loop with a written number of steps is unrolled"
    RELAXED = "the function captures variable shapes instead of one graph per shape"
    MODE = "another mode, without a change of the source"


AT_CAPTURE = "The function's Python side effects happen at capture only."
# What a rule may change besides speed; empty if it should change nothing.
CHANGES_MEANING = {
    FixRule.BRANCH: "Both branches are computed at every step.",
    FixRule.SIDE_EFFECT: "What was printed or logged may no longer be.",
    FixRule.SCALAR: "",
    FixRule.NUMPY: "",
    FixRule.PYTHON_FUNCTION: AT_CAPTURE,
    FixRule.EXCLUDED: AT_CAPTURE,
    FixRule.ATTRIBUTE: "The attribute is a tensor; code that reads it gets one.",
    FixRule.GLOBAL: "The entry is a tensor; code that reads it gets one.",
    FixRule.VARIABLE: "",
    FixRule.CONSTANT_RANGE: "",
    FixRule.RELAXED: "",
    FixRule.MODE: "",
}


@dataclass(frozen=True, kw_only=True)
class Fix:
    """A proposed fix: the changed source of a file, or another mode."""

    rule: FixRule | None = None  # None: several
    source: str = ""  # of the changed file; empty for another mode
    mode: str = ""  # ``framework/mode``


def describe_changes(rules: Iterable[FixRule]) -> str:
    """Return what rules may change besides speed, in sentences; empty if nothing."""
    found = dict.fromkeys(CHANGES_MEANING[rule] for rule in rules)
    return " ".join(sentence for sentence in found if sentence)


def unified_diff(before: str, after: str, *, file: str, context: int = 1) -> str:
    """Return a short unified diff of two source texts; empty if they are equal."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), file, file, n=context, lineterm=""
    )
    return "\n".join(lines)
