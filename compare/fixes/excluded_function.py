"""Rule: a function that a decorator excludes from the graph is included.

Decorators: ``torch.compiler.disable``, ``torch._dynamo.disable`` and
``tf.autograph.experimental.do_not_convert``. The same for ``disable(f)(x)``.
"""

from __future__ import annotations

import libcst as cst

from compare.fixes.site import Site, dotted, walk

EXCLUDING = ("disable", "disallow_in_graph", "do_not_convert", "skip")


def fix_excluded(site: Site) -> str | None:
    """Return the source without the decorator of a function that the line calls."""
    candidates = site.called_functions()
    if site.function is not None:
        candidates.append(site.function)
    for function in candidates:
        kept = [
            each for each in function.decorators if not is_excluding(each.decorator)
        ]
        if len(kept) < len(function.decorators):
            return site.replace({function: function.with_changes(decorators=kept)})
    for header in site.headers:
        for node in walk(header):
            match node:
                case cst.Call(
                    func=cst.Attribute() as name, args=[cst.Arg(value=f)]
                ) if is_excluding(name):
                    return site.replace({node: f})
    return None


def is_excluding(decorator: cst.BaseExpression) -> bool:
    """Return whether a decorator excludes its function from the graph."""
    function = decorator.func if isinstance(decorator, cst.Call) else decorator
    prefix, _, name = dotted(function).rpartition(".")
    return bool(prefix) and name in EXCLUDING
