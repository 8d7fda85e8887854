"""The code that a variant of a workload runs: model, training step and mode."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from compare import workloads
from compare.errors import UsageError
from compare.frameworks import find_variant, frameworks, package_folder
from compare.render.columns import Side, piece_names
from compare.study.sources import (
    find_differing_lines,
    split_functions,
    strip_docstring,
)
from compare.workloads.folder import is_folder, open_folder
from compare.workloads.plugged import list_models

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Framework


def first_variants(workload: str) -> list[str]:
    """Return the first mode of each framework that has the workload's model."""
    return [
        f"{each.name}/{each.modes[0].name}"
        for each in frameworks().values()
        if _has_model(workload, each)
    ]


def load_sides(workload: str, variants: Sequence[str]) -> list[Side]:
    """Return the code of a workload's variants.

    Differing lines are marked if both variants belong to one framework.

    Raises:
        UsageError: an unknown workload or variant.
    """
    sides = [Side(title=v, pieces=load_pieces(workload, v)) for v in variants]
    used = {variant.partition("/")[0] for variant in variants}
    return sides if len(used) > 1 else _mark_differences(sides)


def load_pieces(workload: str, variant: str) -> dict[str, str]:
    """Return the code of a variant: file and function -> code, in reading order."""
    framework, mode = find_variant(variant)
    folder = package_folder(framework)
    modes = _read_code(folder / "modes.py")
    code_of_mode = _extract_with_callees(modes, mode.name.replace("-", "_"))
    model = find_model_file(workload, framework)
    shown = model.relative_to(folder) if model.is_relative_to(folder) else model.name
    files = {
        str(shown): split_functions(_read_code(model)),
        "step.py": split_functions(_read_code(folder / "step.py")),
        "optimizers.py": split_functions(_read_code(folder / "optimizers.py")),
        "modes.py": {"the mode": code_of_mode},
    }
    pending = _used_files(modes, code_of_mode, package=folder.name)
    while pending:  # files that only some modes need, such as those of Keras
        if (name := pending.pop(0)) not in files:
            source = _read_code(folder / name)
            files[name] = split_functions(source)
            pending += _used_files(source, source, package=folder.name)
    return {
        f"{file}: {name}" if name else file: code
        for file, functions in files.items()
        for name, code in functions.items()
    }


def find_model_file(workload: str, framework: Framework) -> Path:
    """Return the file of a workload's model.

    It may be in a folder of a user or of another distribution.

    Raises:
        UsageError: the workload is unknown, or the folder has no such model.
        DataError: a file of the folder cannot be read.
    """
    if not is_folder(workload):
        built = workloads.build(workload)
        brought = list_models(built)
        if framework.name not in brought:
            return package_folder(framework) / "models" / f"{built.model}.py"
        spec = find_spec(brought[framework.name].partition(":")[0])
        return Path((spec and spec.origin) or "")
    sources = open_folder(workload, settings={}, seed=0).sources
    if framework.name not in sources:
        raise UsageError(f"{workload}: no model in {framework.title or framework.name}")
    return Path(sources[framework.name].file)


def _has_model(workload: str, framework: Framework) -> bool:
    if is_folder(workload):
        sources = open_folder(workload, settings={}, seed=0).sources
        return framework.name in sources
    return find_model_file(workload, framework).is_file()


def _read_code(path: Path) -> str:
    """Return the code of a file.

    Raises:
        UsageError: a package without this file cannot be shown.
    """
    if not path.is_file():
        raise UsageError(
            f"study: expected the file {path.name} in {path.parent}; received none. "
            "Choose another variant"
        )
    return strip_docstring(path.read_text("utf-8"))


def _extract_with_callees(source: str, name: str) -> str:
    """Return a function of a file, followed by the functions that it uses."""
    functions = split_functions(source)
    pending, found = [name], list[str]()
    while pending:
        found.append(pending.pop(0))
        tree = ast.parse(functions[found[-1]])
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        pending += [n for n in functions if n in used and n not in [*found, *pending]]
    return "\n\n\n".join(functions[each] for each in found)


def _used_files(source: str, code: str, *, package: str) -> list[str]:
    """Return the files of a package from which a source imports what its code uses."""
    names = {
        node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)
    }
    return [
        f"{node.module.removeprefix(package + '.').replace('.', '/')}.py"
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom)
        and node.module
        and node.module.startswith(f"{package}.")
        and names & {alias.name for alias in node.names}
    ]


def _mark_differences(sides: Sequence[Side]) -> list[Side]:
    one, other = sides
    differing = {
        name: find_differing_lines(one.pieces.get(name, ""), other.pieces.get(name, ""))
        for name in piece_names(sides)
    }
    return [
        Side(
            title=side.title,
            pieces=side.pieces,
            marked={name: lines[number] for name, lines in differing.items()},
        )
        for number, side in enumerate(sides)
    ]
