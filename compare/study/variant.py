"""A workload as one variant runs it: its model, the training step, the mode."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from compare import workloads
from compare.frameworks import find_variant, package_folder
from compare.render.columns import Side, piece_names
from compare.study.sources import differing, functions, without_docstring

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def sides(workload: str, variants: Sequence[str]) -> list[Side]:
    """The code of a workload's variants; two of one framework with marks.

    Raises:
        UsageError: an unknown workload or variant.
    """
    found = [Side(title=v, pieces=pieces(workload, v)) for v in variants]
    frameworks = {variant.partition("/")[0] for variant in variants}
    return found if len(frameworks) > 1 else _marked(found)


def pieces(workload: str, variant: str) -> dict[str, str]:
    """File and function -> code, in the order in which to read them."""
    model = workloads.build(workload).model
    framework, mode = find_variant(variant)
    folder = package_folder(framework)
    files = {
        f"models/{model}.py": functions(_body(folder / "models" / f"{model}.py")),
        "step.py": functions(_body(folder / "step.py")),
        "modes.py": {
            "the mode": _with_what_it_uses(
                _body(folder / "modes.py"), mode.name.replace("-", "_")
            )
        },
    }
    return {
        f"{file}: {name}" if name else file: code
        for file, cut in files.items()
        for name, code in cut.items()
    }


def _body(path: Path) -> str:
    return without_docstring(path.read_text("utf-8"))


def _with_what_it_uses(source: str, name: str) -> str:
    """A function of a file, and those of the file's own that it needs."""
    cut = functions(source)
    wanted, found = [name], list[str]()
    while wanted:
        found.append(wanted.pop(0))
        tree = ast.parse(cut[found[-1]])
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        wanted += [n for n in cut if n in used and n not in [*found, *wanted]]
    return "\n\n\n".join(cut[each] for each in found)


def _marked(found: Sequence[Side]) -> list[Side]:
    one, other = found
    unlike = {
        name: differing(one.pieces.get(name, ""), other.pieces.get(name, ""))
        for name in piece_names(found)
    }
    return [
        Side(
            title=side.title,
            pieces=side.pieces,
            marked={name: lines[number] for name, lines in unlike.items()},
        )
        for number, side in enumerate(found)
    ]
