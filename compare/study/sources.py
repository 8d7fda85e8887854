"""Python source as text: split it into functions, strip docstrings, compare lines."""

from __future__ import annotations

import ast
from difflib import SequenceMatcher


def split_functions(source: str) -> dict[str, str]:
    """Split a file into its functions and classes: name -> code.

    All other code of the file has the key ``""``.
    """
    lines = source.splitlines()
    found: dict[str, str] = {}
    begin = 0
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
            before = "\n".join(lines[begin:first]).strip("\n")
            if before:
                found[""] = "\n".join(part for part in (found.get(""), before) if part)
            begin = node.end_lineno or first
            found[node.name] = "\n".join(lines[first:begin])
    rest = "\n".join(lines[begin:]).strip("\n")
    return found | ({"": f"{found.get('', '')}\n{rest}".strip("\n")} if rest else {})


def find_differing_lines(one: str, other: str) -> tuple[set[int], set[int]]:
    """Return the numbers of the differing lines of each text, counted from 0."""
    blocks = SequenceMatcher(
        None, one.splitlines(), other.splitlines(), autojunk=False
    ).get_opcodes()
    differing = [block for block in blocks if block[0] != "equal"]
    return (
        {line for _, start, end, _, _ in differing for line in range(start, end)},
        {line for _, _, _, start, end in differing for line in range(start, end)},
    )


def strip_docstring(source: str) -> str:
    """Return a module's source without its docstring."""
    first = ast.parse(source).body[0]
    lines = source.splitlines()
    return "\n".join(lines[first.end_lineno if isinstance(first, ast.Expr) else 0 :])
