"""Rule: a Python number that changes at every call becomes a tensor.

``self.n = 0`` in the constructor and ``self.n += 1`` in the model's call make a graph
that holds one value of `n` only: it is captured again at the next call.
"""

from __future__ import annotations

import libcst as cst

from compare.fixes.site import Site, code, dotted, expression, walk

SYMBOLS = {
    cst.AddAssign: "+",
    cst.SubtractAssign: "-",
    cst.MultiplyAssign: "*",
    cst.DivideAssign: "/",
}


def fix_attribute(site: Site) -> str | None:
    """Return the source in which a changed attribute of the class is a tensor."""
    if site.class_ is None or not site.api:
        return None
    first = {
        name: node
        for node in walk(site.class_)
        if isinstance(node, cst.Assign)
        and (name := name_attribute(node.targets[0].target))
        and is_number(node.value)
    }
    changes: dict[cst.CSTNode, cst.CSTNode] = {}
    for node in walk(site.class_):
        if name := find_changed(node, first):
            changes[node] = write_change(site, node, name)
            start = first[name]
            changes[start] = start.with_changes(value=write_tensor(site, start.value))
    return site.replace(changes) if changes else None


def find_changed(node: cst.CSTNode, first: dict[str, cst.Assign]) -> str:
    """Return the attribute that a statement changes; empty if none of these."""
    match node:
        case cst.AugAssign(target=target) if name_attribute(target) in first:
            return name_attribute(target)
        case cst.Assign(targets=[cst.AssignTarget(target=target)], value=value):
            name = name_attribute(target)
            reads = any(dotted(each) == name for each in walk(value))
            return name if name in first and node is not first[name] and reads else ""
        case _:
            return ""


def write_change(site: Site, node: cst.CSTNode, name: str) -> cst.BaseSmallStatement:
    """Return a statement that changes the tensor, not the attribute's type."""
    if isinstance(node, cst.Assign):
        value = code(node.value)
    else:
        assert isinstance(node, cst.AugAssign)
        value = f"{name} {SYMBOLS.get(type(node.operator), '+')} {code(node.value)}"
    if site.framework == "tf":
        return cst.Expr(value=expression(f"{name}.assign({value})"))
    return cst.Assign(
        targets=[cst.AssignTarget(target=expression(name))],  # type: ignore[arg-type]
        value=expression(value),
    )


def fix_global(site: Site) -> str | None:
    """Return the source in which a changed number of a global dictionary is a tensor.

    ``STATE = {"calls": 0}`` and ``STATE["calls"] = STATE["calls"] + 1``.
    """
    changed = {
        (dotted(target.value), code(target.slice[0].slice))
        for node in walk(site.module)
        if (target := changed_entry(node)) is not None
    }
    changes: dict[cst.CSTNode, cst.CSTNode] = {}
    for node in walk(site.module) if site.api else ():
        match node:
            case cst.Assign(
                targets=[cst.AssignTarget(target=cst.Name(value=name))],
                value=cst.Dict(elements=elements),
            ):
                for each in elements:
                    if (
                        isinstance(each, cst.DictElement)
                        and is_number(each.value)
                        and (name, code(each.key)) in changed
                    ):
                        changes[each.value] = write_tensor(site, each.value)
    return site.replace(changes) if changes else None


def changed_entry(node: cst.CSTNode) -> cst.Subscript | None:
    """Return the entry of a container that a statement sets; None if it sets none."""
    match node:
        case cst.AugAssign(target=cst.Subscript(slice=[_]) as target):
            return target
        case cst.Assign(
            targets=[cst.AssignTarget(target=cst.Subscript(slice=[_]) as target)]
        ):
            return target
        case _:
            return None


def name_attribute(target: cst.CSTNode) -> str:
    """Return ``self.NAME`` of an attribute; empty for anything else."""
    name = dotted(target)
    return name if name.startswith("self.") and name.count(".") == 1 else ""


def is_number(value: cst.BaseExpression) -> bool:
    """Return whether a value is written as a number."""
    if isinstance(value, cst.UnaryOperation):
        value = value.expression
    return isinstance(value, (cst.Integer, cst.Float))


def write_tensor(site: Site, value: cst.BaseExpression) -> cst.BaseExpression:
    """Return a tensor of a number. Fractions are float64: a Python number is."""
    text, is_float = code(value), "." in code(value) or "e" in code(value)
    if site.framework == "torch":
        dtype = f", dtype={site.api}.float64" if is_float else ""
        return expression(f"{site.api}.tensor({text}{dtype})")
    dtype = f", dtype={site.api}.float64" if is_float else ""
    return expression(f"{site.api}.Variable({text}{dtype}, trainable=False)")
