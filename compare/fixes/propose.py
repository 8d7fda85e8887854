"""All rules, in the order in which they are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from compare.contract import BreakKind
from compare.fixes.branch import fix_branch
from compare.fixes.constant_range import fix_constant_range
from compare.fixes.excluded_function import fix_excluded
from compare.fixes.fix import Fix, FixRule
from compare.fixes.new_variable import fix_variable
from compare.fixes.number_attribute import fix_attribute, fix_global
from compare.fixes.numpy_call import fix_numpy
from compare.fixes.other_mode import find_other_mode
from compare.fixes.python_function import fix_python_function
from compare.fixes.relaxed import fix_relaxed
from compare.fixes.scalar import fix_scalar
from compare.fixes.side_effect import fix_side_effect
from compare.fixes.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# The most specific first: a rule that does not apply returns None.
RULES: Mapping[FixRule, Callable[[Site], str | None]] = {
    FixRule.SIDE_EFFECT: fix_side_effect,
    FixRule.PYTHON_FUNCTION: fix_python_function,
    FixRule.EXCLUDED: fix_excluded,
    FixRule.BRANCH: fix_branch,
    FixRule.NUMPY: fix_numpy,
    FixRule.SCALAR: fix_scalar,
    FixRule.VARIABLE: fix_variable,
    FixRule.CONSTANT_RANGE: fix_constant_range,
}
# Of recaptures: the graph held what changed.
RECAPTURE_RULES: Mapping[FixRule, Callable[[Site], str | None]] = {
    FixRule.ATTRIBUTE: fix_attribute,
    FixRule.GLOBAL: fix_global,
    FixRule.RELAXED: fix_relaxed,
}


def propose_fixes(
    source: str, *, line: int, variant: str, kind: BreakKind = BreakKind.BREAK
) -> Iterator[Fix]:
    """Yield the fixes of the break at a line, the most specific first.

    Args:
        source: the text of the file; nothing is proposed for a text that is no Python.
        line: from 1.
        variant: ``framework/mode`` that reported the break.
        kind: of the break.
    """
    if can_be_changed(source, line=line):
        is_recapture = kind is BreakKind.RETRACE
        for rule in (*RECAPTURE_RULES, *RULES) if is_recapture else RULES:
            if changed := apply_rule(rule, source, line=line, variant=variant):
                yield Fix(rule=rule, source=changed)
    if mode := find_other_mode(variant, kind=kind):
        yield Fix(rule=FixRule.MODE, mode=mode)


def can_be_changed(source: str, *, line: int) -> bool:
    """Return whether a text is Python, and has a statement at the line."""
    try:
        return Site(source, line, "").statement is not None
    except cst.ParserSyntaxError:
        return False


def apply_rule(rule: FixRule, source: str, *, line: int, variant: str) -> str | None:
    """Return the source with one rule applied at a line; None if it does not apply."""
    site = Site(source, line, variant.partition("/")[0])
    return {**RULES, **RECAPTURE_RULES}[rule](site)
