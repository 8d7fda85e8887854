"""Rule: a branch on a tensor's value computes both sides and chooses one.

``torch.where`` and ``tf.where`` take a condition and two results. Both sides must be
expressions: two assignments to the same names, or two returned values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from compare.fixes.scalar import is_plain_number, keep_tensor
from compare.fixes.site import Site, code, dotted, walk

if TYPE_CHECKING:
    from collections.abc import Sequence

LOGICAL = {cst.And: "logical_and", cst.Or: "logical_or"}


def fix_branch(site: Site) -> str | None:
    """Return the source with the branch at the line replaced by a choice."""
    if not site.api:
        return None
    if not isinstance(site.statement, cst.If):
        return fix_expression(site)
    branch = site.statement
    around = next(iter(site.parents(branch)), None)
    if isinstance(around, cst.If) and around.orelse is branch:  # an elif
        return None
    if (returned := fix_returns(site, branch)) is not None:
        return returned
    line = merge_assignments(site, branch)
    return replace_statement(site, branch, line) if line else None


def fix_expression(site: Site) -> str | None:
    """Return the source with ``X if condition else Y`` at the line replaced."""
    for header in site.headers:
        for node in walk(header):
            if isinstance(node, cst.IfExp):
                chosen = choose(site, node.test, code(node.body), code(node.orelse))
                neighbour = site.neighbour(node)
                numbers = is_plain_number(node.body) and is_plain_number(node.orelse)
                if numbers and neighbour and site.framework == "tf":
                    chosen = f"{site.api}.cast({chosen}, {neighbour}.dtype)"
                return site.replace({node: cst.parse_expression(chosen)})
    return None


def choose(site: Site, test: cst.BaseExpression, one: str, other: str) -> str:
    """Return a call that chooses between two results, element by element."""
    return f"{site.api}.where({write_condition(site, test)}, {one}, {other})"


def write_condition(site: Site, test: cst.BaseExpression) -> str:
    """Return a condition on tensors: ``not``, ``and`` and ``or`` become functions."""
    where = site.api if site.framework == "torch" else f"{site.api}.math"
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=inner):
            return f"{where}.logical_not({write_condition(site, inner)})"
        case cst.BooleanOperation(left=left, operator=operator, right=right):
            name = LOGICAL[type(operator)]
            one, other = write_condition(site, left), write_condition(site, right)
            return f"{where}.{name}({one}, {other})"
        case _:
            kept = test.visit(keep_tensor(site))
            assert isinstance(kept, cst.BaseExpression)
            return code(kept.with_changes(lpar=[], rpar=[]))


def fix_returns(site: Site, branch: cst.If) -> str | None:
    """Return the source for two returned values; the second may follow the ``if``."""
    one = returned_value(branch.body)
    if one is None:
        return None
    if isinstance(branch.orelse, cst.Else):
        other = returned_value(branch.orelse.body)
        if other is None:
            return None
        chosen = choose(site, branch.test, one, other)
        return replace_statement(site, branch, f"return {chosen}")
    following = find_next(site, branch)
    if branch.orelse is not None or following is None:
        return None
    other = returned_value(following)
    if other is None:
        return None
    line = f"return {choose(site, branch.test, one, other)}"
    new = parse_line(site, line, after=branch)
    block = next(iter(site.parents(branch)))
    assert isinstance(block, (cst.IndentedBlock, cst.Module))
    kept = [
        new if each is branch else each for each in block.body if each is not following
    ]
    return site.replace({block: block.with_changes(body=kept)})


def find_next(site: Site, statement: cst.BaseStatement) -> cst.BaseStatement | None:
    """Return the statement after another one in the same block."""
    block = next(iter(site.parents(statement)), None)
    if not isinstance(block, (cst.IndentedBlock, cst.Module)):
        return None
    place = [each is statement for each in block.body].index(True)
    following = block.body[place + 1 : place + 2]
    found = following[0] if following else None
    return found if isinstance(found, cst.BaseStatement) else None


def returned_value(part: cst.CSTNode) -> str | None:
    """Return the value of a part that is a single ``return VALUE``."""
    match part:
        case cst.IndentedBlock(body=[only]) | cst.SimpleStatementSuite(body=[only]):
            return returned_value(only)
        case cst.SimpleStatementLine(
            body=[cst.Return(value=cst.BaseExpression() as v)]
        ):
            return None if isinstance(v, cst.Tuple) else code(v)
        case cst.Return(value=cst.BaseExpression() as v):
            return None if isinstance(v, cst.Tuple) else code(v)
        case _:
            return None


def merge_assignments(site: Site, branch: cst.If) -> str | None:
    """Return the statement that replaces two blocks of assignments; None without one.

    Without ``else``, names keep their values.
    """
    one = list_assignments(branch.body)
    if branch.orelse is None:
        other: dict[str, str] | None = {}
    elif isinstance(branch.orelse, cst.Else):
        other = list_assignments(branch.orelse.body)
    else:
        return None
    if not one or other is None:
        return None
    names = list(dict.fromkeys([*one, *other]))
    pairs = [(name, one.get(name, name), other.get(name, name)) for name in names]
    if len(pairs) == 1:
        name, left, right = pairs[0]
        return f"{name} = {choose(site, branch.test, left, right)}"
    values = ", ".join(
        choose(site, branch.test, left, right) for _, left, right in pairs
    )
    return f"{', '.join(names)} = {values}"


def list_assignments(part: cst.BaseSuite) -> dict[str, str] | None:
    """Return name -> assigned expression of a block of independent assignments.

    None if it contains anything else, or one assignment reads what another sets.
    """
    found: dict[str, str] = {}
    for line in part.body:
        statements: Sequence[cst.CSTNode] = (
            line.body if isinstance(line, cst.SimpleStatementLine) else [line]
        )
        for each in statements:
            match each:
                case cst.Pass():
                    continue
                case cst.Assign(targets=[cst.AssignTarget(target=target)], value=value):
                    name, text = dotted(target), code(value)
                case cst.AugAssign(target=target, operator=operator, value=value):
                    name = dotted(target)
                    symbol = code(operator).strip().removesuffix("=")
                    text = f"{name} {symbol} ({code(value)})"
                case _:
                    return None
            is_read = any(dotted(node) in found for node in walk(value))
            if not name or name in found or is_read:
                return None
            found[name] = text
    return found


def replace_statement(site: Site, old: cst.If, line: str) -> str | None:
    """Return the source with a statement replaced; comments before it are kept."""
    return site.replace({old: parse_line(site, line, after=old)})


def parse_line(site: Site, line: str, *, after: cst.If) -> cst.BaseStatement:
    """Return a statement in the file's own style, with the comments before another."""
    found = cst.parse_statement(line, config=site.module.config_for_parsing)
    assert isinstance(found, cst.SimpleStatementLine)
    return found.with_changes(leading_lines=after.leading_lines)
