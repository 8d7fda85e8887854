"""Python source as text: its functions, what follows its docstring, what differs."""

from __future__ import annotations

import ast
from difflib import SequenceMatcher


def functions(source: str) -> dict[str, str]:
    """A file cut into its functions and classes by name; what stands before is ""."""
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


def differing(one: str, other: str) -> tuple[set[int], set[int]]:
    """The numbers of the lines in which two codes differ, from 0, on either side."""
    blocks = SequenceMatcher(
        None, one.splitlines(), other.splitlines(), autojunk=False
    ).get_opcodes()
    unlike = [block for block in blocks if block[0] != "equal"]
    return (
        {line for _, start, end, _, _ in unlike for line in range(start, end)},
        {line for _, _, _, start, end in unlike for line in range(start, end)},
    )


def without_docstring(source: str) -> str:
    """What stands below a module's docstring."""
    first = ast.parse(source).body[0]
    lines = source.splitlines()
    return "\n".join(lines[first.end_lineno if isinstance(first, ast.Expr) else 0 :])
