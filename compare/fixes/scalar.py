"""Rule: a tensor stays a tensor instead of becoming a Python number.

``t.item()`` and ``float(t)`` also cut the gradient, so the tensor is detached.
"""

from __future__ import annotations

import libcst as cst

from compare.fixes.site import Site, code, expression

METHODS = {"item", "numpy", "tolist"}
CONVERSIONS = {"float", "int", "bool", "list"}
COUNTS = {"len", "range", "round"}  # their results are no tensors


def fix_scalar(site: Site) -> str | None:
    """Return the source with every conversion at the line removed."""
    keep = keep_tensor(site)
    changes = {}
    for header in site.headers:
        changed = header.visit(keep)
        assert isinstance(changed, cst.CSTNode)
        if keep.count:
            changes[header] = changed
    return site.replace(changes) if changes else None


def keep_tensor(site: Site) -> KeepTensor:
    """Return a transformer that removes conversions of tensors to Python numbers."""
    return KeepTensor(site)


class KeepTensor(cst.CSTTransformer):
    """Replaces ``t.item()``, ``float(t)``, ``int(t)`` and ``bool(t)``."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site
        self.count = 0  # of replaced calls

    def leave_Call(  # noqa: N802 - LibCST's name
        self,
        original_node: cst.Call,
        updated_node: cst.Call,
    ) -> cst.BaseExpression:
        """Replace a call that converts a tensor."""
        match updated_node:
            case cst.Call(
                func=cst.Attribute(value=tensor, attr=cst.Name(value=method)), args=[]
            ) if method in METHODS:
                self.count += 1
                return detach(self.site, tensor)
            case cst.Call(func=cst.Name(value=name), args=[cst.Arg(value=tensor)]) if (
                name in CONVERSIONS and not is_plain_number(tensor)
            ):
                self.count += 1
                return self._convert(name, tensor, original=original_node)
        return updated_node

    def _convert(
        self, name: str, tensor: cst.BaseExpression, *, original: cst.Call
    ) -> cst.BaseExpression:
        """Return the tensor that replaces a Python number, or a list of tensors."""
        api, kept = self.site.api, detach(self.site, tensor)
        is_torch, text = self.site.framework == "torch", code(kept)
        if name == "list":  # iterating is differentiable
            function = "unbind" if is_torch else "unstack"
            return expression(f"{api}.{function}({code(tensor)})")
        if name == "float":
            return kept
        if is_torch:
            method = {"int": "long", "bool": "bool"}[name]
            return expression(f"{text}.{method}()")
        # A Python number takes the dtype of the tensor that it meets.
        neighbour = self.site.neighbour(original) if name == "int" else ""
        own = {"int": "int32", "bool": "bool"}[name]
        dtype = f"{neighbour}.dtype" if neighbour else f"{api}.{own}"
        return expression(f"{api}.cast({text}, {dtype})")


def is_plain_number(node: cst.BaseExpression) -> bool:
    """Return whether an argument is a number already, such as ``len(x)``."""
    match node:
        case cst.Call(func=cst.Name(value=name)):
            return name in COUNTS
        case cst.BaseNumber() | cst.SimpleString():
            return True
        case _:
            return False


def detach(site: Site, tensor: cst.BaseExpression) -> cst.BaseExpression:
    """Return an expression for a tensor that passes no gradient back."""
    text = code(tensor)
    if site.framework != "torch":
        return expression(f"{site.api}.stop_gradient({text})")
    if text.endswith(".detach()"):
        return tensor
    is_simple = isinstance(tensor, (cst.Name, cst.Attribute, cst.Call, cst.Subscript))
    return expression(
        f"{text}.detach()" if is_simple or tensor.lpar else f"({text}).detach()"
    )
