"""Rule: a loop over ``tf.range`` of a written number is unrolled into the graph.

``for _ in tf.range(2)`` needs shapes that stay the same; ``range(2)`` does not.
"""

from __future__ import annotations

import libcst as cst

from compare.fixes.site import Site, dotted


def fix_constant_range(site: Site) -> str | None:
    """Return the source with the loop at or around the line over a Python range."""
    if site.statement is None or not site.api:
        return None
    for node in (site.statement, *site.parents(site.statement)):
        match node:
            case cst.For(iter=cst.Call(func=func, args=[cst.Arg(value=cst.Integer())])):
                if dotted(func) == f"{site.api}.range":
                    return site.replace({func: cst.Name("range")})
    return None
