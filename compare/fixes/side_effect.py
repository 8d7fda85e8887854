"""Rule: a call that only prints, logs or stops is removed.

In TensorFlow, ``print`` becomes ``tf.print``, an operation of the graph.
"""

from __future__ import annotations

import re

import libcst as cst

from compare.fixes.site import Site, code, dotted

PRINTS = {"print", "breakpoint", "input"}
LOGGERS = re.compile(
    r"(\w+\.)*(log|logger|logging|_log|_logger|LOG|LOGGER|_LOG|_LOGGER|absl_logging|"
    r"warnings|stdout|stderr)\.(debug|info|warning|warn|error|critical|exception|log|"
    r"write|flush)"
)
MARKERS = re.compile(
    r"(\w+\.)*(graph_break|sleep|set_trace|collect|"
    r"run_functions_eagerly)"
)


def fix_side_effect(site: Site) -> str | None:
    """Return the source without the call at the line, whose result is not used."""
    line = site.statement
    if not isinstance(line, cst.SimpleStatementLine):
        return None
    for each in line.body:
        match each:
            case cst.Expr(value=cst.Call() as call) if is_side_effect(
                dotted(call.func)
            ):
                return site.replace({each: replace_call(site, call)})
    return None


def is_side_effect(name: str) -> bool:
    """Return whether a function only prints, logs, stops or waits."""
    return (
        name in PRINTS
        or LOGGERS.fullmatch(name) is not None
        or MARKERS.fullmatch(name) is not None
    )


def replace_call(site: Site, call: cst.Call) -> cst.BaseSmallStatement:
    """Return what replaces a call: ``tf.print``, or ``pass``."""
    is_print = dotted(call.func) == "print"
    # A format needs the value: the text cannot be printed by an operation.
    has_only_values = all(
        arg.keyword is None and not isinstance(arg.value, cst.FormattedString)
        for arg in call.args
    )
    if is_print and has_only_values and site.framework == "tf" and site.api:
        printed = call.with_changes(func=cst.parse_expression(f"{site.api}.print"))
        return cst.Expr(value=cst.parse_expression(code(printed)))
    return cst.Pass()
