"""Rule: ``tf.py_function(f, [x], ...)`` becomes ``f(x)``.

NumPy calls in `f` become operations. ``tf.numpy_function`` passes no gradient back, so
its replacement does not either.
"""

from __future__ import annotations

import libcst as cst

from compare.fixes.numpy_call import NAMES, ToOperations
from compare.fixes.site import Site, code, dotted, expression, walk

WRAPPERS = {"py_function", "numpy_function", "compat.v1.py_func"}
DIFFERENTIABLE = {"py_function"}


def fix_python_function(site: Site) -> str | None:
    """Return the source in which the wrapped function is called directly."""
    for header in site.headers:
        for node in walk(header):
            if not isinstance(node, cst.Call):
                continue
            prefix, _, name = dotted(node.func).partition(".")
            if site.api and prefix == site.api and name in WRAPPERS:
                return unwrap(site, node, name=name)
    return None


def unwrap(site: Site, call: cst.Call, *, name: str) -> str | None:
    """Return the source with one wrapped function called directly."""
    arguments = {arg.keyword.value: arg.value for arg in call.args if arg.keyword}
    for place, keyword in enumerate(("func", "inp")):
        if place < len(call.args) and call.args[place].keyword is None:
            arguments[keyword] = call.args[place].value
    function, inputs = arguments.get("func"), arguments.get("inp")
    if function is None or not isinstance(inputs, (cst.List, cst.Tuple)):
        return None
    values = [code(each.value) for each in inputs.elements]
    if name not in DIFFERENTIABLE:
        values = [f"{site.api}.stop_gradient({value})" for value in values]
    changes: dict[cst.CSTNode, cst.CSTNode] = {}
    called = code(function)
    if isinstance(function, cst.Lambda):
        changed = function.visit(ToOperations(site))
        assert isinstance(changed, cst.CSTNode)
        called = f"({code(changed)})"
    prefix, _, short = called.partition(".")
    if site.numpy and prefix == site.numpy:
        if short not in NAMES[site.framework]:
            return None
        called = f"{site.api}.{NAMES[site.framework][short]}"
    changes[call] = expression(f"{called}({', '.join(values)})")
    for definition in find_definitions(site, called):
        in_operations = definition.visit(ToOperations(site))
        assert isinstance(in_operations, cst.CSTNode)
        changes[definition] = in_operations
    return site.replace(changes)


def find_definitions(site: Site, called: str) -> list[cst.FunctionDef]:
    """Return the functions of the file with this name."""
    name = called.rpartition(".")[2]
    return [
        node
        for node in walk(site.module)
        if isinstance(node, cst.FunctionDef) and node.name.value == name
    ]
