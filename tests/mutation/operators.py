"""The mutation operators: for one node of a syntax tree, the edits of its source.

Not mutated: docstrings, annotations, imports, `TYPE_CHECKING` blocks, f-strings and
what a ``raise`` statement contains (messages), options of dataclasses, and ``strict``
of `zip`, which is an assertion.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from tests.mutation.edits import Edit, Source

# Several replacements are separated by spaces.
COMPARISONS = {
    "<": "<= >=",
    "<=": "< >",
    ">": ">= <=",
    ">=": "> <",
    "==": "!=",
    "!=": "==",
    "is": "is~not",
    "is not": "is",
    "in": "not~in",
    "not in": "in",
}
ARITHMETIC = {
    "+": "-",
    "-": "+",
    "*": "/",
    "/": "*",
    "//": "*",
    "%": "*",
    "**": "*",
    "@": "*",
    "&": "|",
    "|": "&",
}
NAMES = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "argmax": "argmin",
    "maximum": "minimum",
    "smallest_normal": "smallest_subnormal",
    "mean": "sum",
    "sum": "mean",
    "reduce_sum": "reduce_mean",
    "reduce_mean": "reduce_sum",
    "assign_sub": "assign_add",
    "sub_": "add_",
    "relu": "tanh",
    "zeros": "ones",
    "zeros_like": "ones_like",
    "ones": "zeros",
}
STRINGS = {
    "float64": "float32",
    "float32": "float64",
    "VALID": "SAME",
    "SAME": "VALID",
    "zero": "none",
    "ignore": "raise",
    "f": "i",
    "eager": "compile",
}
COMMUTATIVE = {"max", "min", "np.maximum", "np.minimum"}
EINSUM = re.compile(r"[a-z]+(,[a-z]+)*->[a-z]*")


def mutate(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Yield every edit of this node; its children are not visited."""
    for operator in OPERATORS.get(type(node), ()):
        yield from operator(node, source)


def compare(node: ast.Compare, source: Source) -> Iterator[Edit]:
    """Swap a comparison: at its boundary, and to its opposite."""
    sides = [node.left, *node.comparators]
    for left, right in pairwise(sides):
        yield from _replace_symbol(left, right, source, COMPARISONS, "comparison")


def arithmetic(node: ast.BinOp, source: Source) -> Iterator[Edit]:
    """Swap an arithmetic operation."""
    yield from _replace_symbol(node.left, node.right, source, ARITHMETIC, "arithmetic")


def boolean(node: ast.BoolOp, source: Source) -> Iterator[Edit]:
    """Swap ``and`` and ``or``."""
    swapped = {"and": "or", "or": "and"}
    for left, right in pairwise(node.values):
        yield from _replace_symbol(left, right, source, swapped, "boolean")


def unary(node: ast.UnaryOp, source: Source) -> Iterator[Edit]:
    """Remove ``not`` or a minus."""
    if isinstance(node.op, ast.Not | ast.USub):
        yield source.replace(node, source.text(node.operand), "sign or not removed")


def constant(node: ast.Constant, source: Source) -> Iterator[Edit]:
    """Change a number by one, to zero or to its double; swap True and False."""
    value = node.value
    if isinstance(value, bool):
        yield source.replace(node, str(not value), "boolean constant")
    elif isinstance(value, int | float):
        for other in dict.fromkeys((value + 1, value - 1, value * 0, value * 2)):
            if other != value:
                text = f"({other!r})" if other < 0 else repr(other)
                yield source.replace(node, text, "constant")
    elif value in STRINGS:
        yield source.replace(node, f'"{STRINGS[value]}"', "string")
    elif isinstance(value, str) and EINSUM.fullmatch(value):
        yield from _einsum(node, source)


def name(node: ast.Name | ast.Attribute, source: Source) -> Iterator[Edit]:
    """Swap functions such as `min` and `max`; drop a transposition."""
    label = node.id if isinstance(node, ast.Name) else node.attr
    if label in NAMES and isinstance(node.ctx, ast.Load):
        end = source.end(node)
        yield Edit(end - len(label), end, NAMES[label], "name")
    if label == "T" and isinstance(node, ast.Attribute):
        yield source.replace(node, source.text(node.value), "transposition dropped")


def call(node: ast.Call, source: Source) -> Iterator[Edit]:
    """Drop an argument, swap two, or drop the call and keep what it is applied to."""
    for argument in node.keywords:
        if argument.arg not in {None, "strict"}:
            yield _drop_argument(argument, node, source)
    if len(node.args) > 1:
        yield _drop_argument(node.args[-1], node, source)
    for one, other in pairwise(node.args):
        can_swap = not isinstance(other, ast.Starred) and _differ(one, other)
        if can_swap and source.text(node.func) not in COMMUTATIVE:
            yield source.swap(one, other, "arguments swapped")
    kept = _applied_to(node, source)
    if kept is not None:
        yield source.replace(node, source.text(kept), "call dropped")


def sequence(node: ast.Tuple | ast.List, source: Source) -> Iterator[Edit]:
    """Swap two elements in a row."""
    if isinstance(node.ctx, ast.Load):
        for one, other in pairwise(node.elts):
            if _differ(one, other):
                yield source.swap(one, other, "elements swapped")


def mapping(node: ast.Dict, source: Source) -> Iterator[Edit]:
    """Swap the values of two neighbouring keys."""
    for one, other in pairwise(node.values):
        if _differ(one, other):
            yield source.swap(one, other, "values swapped")


def slicing(node: ast.Slice, source: Source) -> Iterator[Edit]:
    """Remove a bound or the step of a slice."""
    for part in (node.lower, node.upper, node.step):
        if part is not None:
            yield source.replace(part, "", "slice")


def condition(
    node: ast.If | ast.IfExp | ast.While | ast.comprehension, source: Source
) -> Iterator[Edit]:
    """Negate a condition. A comparison or a ``not`` is swapped by its own operator."""
    tests = node.ifs if isinstance(node, ast.comprehension) else [node.test]
    for test in tests:
        is_swapped = isinstance(test, ast.Compare) or (
            isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        )
        if not is_swapped:
            text = f"(not ({source.text(test)}))"
            yield source.replace(test, text, "condition negated")


def statement(node: ast.stmt, source: Source) -> Iterator[Edit]:
    """Delete a statement. A name that is assigned once only is left."""
    if isinstance(node, ast.Assign) and not _can_be_deleted(node, source):
        return
    yield source.replace(node, "pass", "statement deleted")


def returned(node: ast.Return, source: Source) -> Iterator[Edit]:
    """Return None instead of a value."""
    if node.value is not None and source.text(node.value) != "None":
        yield source.replace(node, "return None", "return value")


def context(node: ast.With, source: Source) -> Iterator[Edit]:
    """Drop the context of a ``with`` statement that names no variable."""
    if all(item.optional_vars is None for item in node.items):
        start, end = source.start(node), source.end(node.items[-1].context_expr)
        # The parentheses of several contexts end after the last one.
        closing = source.data[end : source.start(node.body[0])].split(b":")[0]
        yield Edit(start, end + len(closing), "if True", "context dropped")


def decorated(node: ast.FunctionDef | ast.ClassDef, source: Source) -> Iterator[Edit]:
    """Drop a decorator."""
    for decorator in node.decorator_list:
        start = source.start(decorator) - 1
        yield Edit(start, source.end(decorator), "", "decorator dropped")


def _replace_symbol(
    left: ast.AST,
    right: ast.AST,
    source: Source,
    table: dict[str, str],
    operator: str,
) -> Iterator[Edit]:
    """Replace the operator between two nodes by each of its replacements."""
    start, end = source.end(left), source.start(right)
    between = source.data[start:end].decode()
    symbols = sorted(table, key=len, reverse=True)
    pattern = "|".join(
        rf"\b{re.escape(s)}\b" if s[0].isalpha() else re.escape(s) for s in symbols
    )
    found = re.search(pattern, re.sub(r"#.*", lambda m: " " * len(m[0]), between))
    if found is None:
        return
    for replacement in table[found[0]].split():
        yield Edit(
            start + found.start(),
            start + found.end(),
            replacement.replace("~", " "),
            operator,
        )


def _einsum(node: ast.Constant, source: Source) -> Iterator[Edit]:
    """Swap the last two indices of each term, and drop the last one of the result."""
    inputs, output = node.value.split("->")
    terms = [*inputs.split(","), output]
    for number, term in enumerate(terms):
        if len(term) > 1:
            swapped = [*terms]
            swapped[number] = term[:-2] + term[:-3:-1]
            text = ",".join(swapped[:-1]) + "->" + swapped[-1]
            yield source.replace(node, f'"{text}"', "indices swapped")
    if output:
        text = f"{inputs}->{output[:-1]}"
        yield source.replace(node, f'"{text}"', "index summed")


def _drop_argument(argument: ast.AST, node: ast.Call, source: Source) -> Edit:
    """Return an edit that removes an argument and one comma."""
    everything = sorted([*node.args, *node.keywords], key=source.start)
    at = everything.index(argument)
    if at > 0:
        start = source.end(everything[at - 1])
        between = source.data[start : source.start(argument)]
        start += between.find(b",")  # a parenthesis may close before the comma
        return Edit(start, source.end(argument), "", "argument dropped")
    if len(everything) > 1:
        end = source.start(everything[1])
        return Edit(source.start(argument), end, "", "argument dropped")
    end = source.end(argument)
    comma = re.match(rb"\s*,", source.data[end:])
    return Edit(
        source.start(argument),
        end + (comma.end() if comma else 0),
        "",
        "argument dropped",
    )


def _differ(one: ast.AST, other: ast.AST) -> bool:
    return ast.dump(one) != ast.dump(other)


def _applied_to(node: ast.Call, source: Source) -> ast.expr | None:
    """Return the only operand of a call: ``x`` in ``x.sum()`` and in ``np.abs(x)``."""
    function, operands = node.func, [*node.args]
    if isinstance(function, ast.Attribute) and not _is_module(function, source):
        operands = [function.value, *operands]
    if isinstance(source.parents[node], ast.Expr) or isinstance(function, ast.Call):
        return None
    is_single = len(operands) == 1 and not isinstance(operands[0], ast.Starred)
    return operands[0] if is_single else None


def _is_module(node: ast.Attribute, source: Source) -> bool:
    """Return whether a dotted name starts with an imported module or name."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in source.imported


def _can_be_deleted(node: ast.Assign, source: Source) -> bool:
    """Return whether the names that a statement assigns exist without it."""
    (target,) = node.targets if len(node.targets) == 1 else (None,)
    if not isinstance(target, ast.Name):
        return isinstance(target, ast.Attribute | ast.Subscript)
    function = next(
        (p for p in source.ancestors(node) if isinstance(p, ast.FunctionDef)), None
    )
    if function is None:
        return False
    stored = [
        n
        for n in ast.walk(function)
        if (isinstance(n, ast.Name) and n.id == target.id)
        and isinstance(n.ctx, ast.Store)
    ]
    arguments = [n for n in ast.walk(function.args) if isinstance(n, ast.arg)]
    return len(stored) > 1 or target.id in {argument.arg for argument in arguments}


OPERATORS = {
    ast.Compare: (compare,),
    ast.BinOp: (arithmetic,),
    ast.BoolOp: (boolean,),
    ast.UnaryOp: (unary,),
    ast.Constant: (constant,),
    ast.Name: (name,),
    ast.Attribute: (name,),
    ast.Call: (call,),
    ast.Tuple: (sequence,),
    ast.List: (sequence,),
    ast.Dict: (mapping,),
    ast.Slice: (slicing,),
    ast.If: (condition,),
    ast.IfExp: (condition,),
    ast.While: (condition,),
    ast.comprehension: (condition,),
    ast.Expr: (statement,),
    ast.Assign: (statement,),
    ast.AugAssign: (statement,),
    ast.Raise: (statement,),
    ast.Continue: (statement,),
    ast.Return: (returned,),
    ast.With: (context,),
    ast.FunctionDef: (decorated,),
    ast.ClassDef: (decorated,),
}
