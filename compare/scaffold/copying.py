"""Write a folder from a built-in workload: a complete file for each model."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from compare.frameworks import frameworks_with, package_folder
from compare.workloads.folder import FILE, MODEL_CLASS

if TYPE_CHECKING:
    from compare.contract import Framework

TEMPLATES = Path(__file__).parent / "templates"
BUILT_IN = ("mlp", "cnn", "two_layer")  # that can be copied; the first is the default
LAYERS = "layers.py"  # next to the models of a package


def write_copy(folder: Path, name: str) -> list[Path]:
    """Write the files of a built-in workload to a new folder; return their paths."""
    template = (TEMPLATES / f"{name}.py").read_text("utf-8")
    texts = {FILE: strip_lint_comments(template)}
    for framework in frameworks_with("targets").values():
        texts[f"model_{framework.name}.py"] = copy_model(framework, name)
    return write_files(folder, texts)


def write_files(folder: Path, texts: dict[str, str]) -> list[Path]:
    """Write texts to files of a folder, which is created; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in texts]


def copy_model(framework: Framework, name: str) -> str:
    """Return the model of a built-in workload as one file with its layers."""
    models = package_folder(framework) / "models"
    model, layers = (
        (models / file).read_text("utf-8") for file in (f"{name}.py", LAYERS)
    )
    class_name = "".join(part.capitalize() for part in name.split("_"))
    body = re.sub(rf"\b{class_name}\b", MODEL_CLASS, find_classes(model))
    used = list_needed(layers, find_imported(model, framework.package))
    imports = [
        line
        for line in dict.fromkeys([*list_imports(model), *list_imports(layers)])
        if framework.package not in line
    ]
    code = "\n\n\n".join([*used, body])
    kept = [line for line in imports if is_used(line, code)]
    parts = [f'"""{ast.get_docstring(ast.parse(model))}"""', sort_imports(kept), code]
    return strip_lint_comments("\n\n".join(parts[:2]) + "\n\n\n" + parts[2] + "\n")


def find_classes(source: str) -> str:
    """Return the code of a file from its first class on."""
    lines = source.splitlines()
    first = next(n for n in ast.parse(source).body if isinstance(n, ast.ClassDef))
    return "\n".join(lines[first.lineno - 1 :])


def find_imported(source: str, package: str) -> list[str]:
    """Return the names that a model imports from the layers of its package."""
    return [
        alias.name
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom)
        and node.module == f"{package}.models.layers"
        for alias in node.names
    ]


def list_needed(source: str, names: list[str]) -> list[str]:
    """Return the code of classes of a file, after the constants that they use."""
    tree = ast.parse(source)
    lines = source.splitlines()
    code = {
        node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }
    classes = [code[name] for name in code if name in names]
    constants = [
        "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(ast.unparse(node.targets[0]) in each for each in classes)
    ]
    return [*(["\n".join(constants)] if constants else []), *classes]


def list_imports(source: str) -> list[str]:
    """Return the import statements of a file, one line each."""
    return [
        ast.unparse(node)
        for node in ast.parse(source).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def is_used(statement: str, code: str) -> bool:
    """Return whether code uses a name that an import statement defines."""
    (node,) = ast.parse(statement).body
    assert isinstance(node, ast.Import | ast.ImportFrom)
    names = [alias.asname or alias.name for alias in node.names]
    return any(re.search(rf"\b{re.escape(name)}\b", code) for name in names)


def sort_imports(statements: list[str]) -> str:
    """Return import statements in two groups: of Python, then of the framework."""
    own = [s for s in statements if re.split(r"[ .]", s)[1] in sys.stdlib_module_names]
    others = [statement for statement in statements if statement not in own]
    return "\n\n".join("\n".join(group) for group in (own, others) if group)


def strip_lint_comments(source: str) -> str:
    """Return source without comments for this toolkit's linter."""
    return re.sub(r"  # noqa[^\n]*", "", source)
