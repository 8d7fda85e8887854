"""Rule: a variable that is made in each call becomes a plain tensor.

``tf.function`` refuses to make variables after its first call. A variable that the
model does not keep is never trained, so a tensor has the same value.
"""

from __future__ import annotations

import libcst as cst

from compare.fixes.numpy_call import keep_argument
from compare.fixes.site import Site, code, dotted, expression, walk


def fix_variable(site: Site) -> str | None:
    """Return the source with every variable that the line makes as a tensor."""
    if site.framework != "tf" or site.function is None:
        return None
    changes: dict[cst.CSTNode, cst.CSTNode] = {}
    for header in site.headers:
        for node in walk(header):
            if not isinstance(node, cst.Call) or not node.args:
                continue
            if site.api and dotted(node.func) == f"{site.api}.Variable":
                value = code(keep_argument(node))
                text = f"{site.api}.convert_to_tensor({value})"
                changes[node] = expression(text)
    return site.replace(changes) if changes else None
