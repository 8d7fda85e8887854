"""Rule: ``tf.function`` captures variable shapes instead of one graph per shape."""

from __future__ import annotations

import libcst as cst

from compare.fixes.site import Site, dotted, walk

RELAXED = {"tf": ("function", "reduce_retracing"), "torch": ("compile", "dynamic")}


def fix_relaxed(site: Site) -> str | None:
    """Return the source with ``reduce_retracing=True`` or ``dynamic=True`` added."""
    if not site.api or site.framework not in RELAXED:
        return None
    function, option = RELAXED[site.framework]
    name = f"{site.api}.{function}"
    added = cst.Arg(
        keyword=cst.Name(option),
        value=cst.Name("True"),
        equal=cst.AssignEqual(
            whitespace_before=cst.SimpleWhitespace(""),
            whitespace_after=cst.SimpleWhitespace(""),
        ),
    )
    changes: dict[cst.CSTNode, cst.CSTNode] = {}
    for node in walk(site.module):
        match node:
            case cst.Call(func=called, args=args) if dotted(called) == name:
                if not any(arg.keyword and arg.keyword.value == option for arg in args):
                    changes[node] = node.with_changes(args=[*args, added])
            case cst.Decorator(decorator=called) if dotted(called) == name:
                call = cst.Call(func=called, args=[added])
                changes[node] = node.with_changes(decorator=call)
    return site.replace(changes) if changes else None
