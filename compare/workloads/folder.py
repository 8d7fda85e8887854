"""A folder of a user as a workload: ``workload.py`` and a model in each framework.

``workload.py`` defines a dataclass ``Workload`` in NumPy, in the form of
`compare.contract.Workload`; ``parameters`` may be left out. If it has a ``reference``
as in `compare.contract.ReferencedWorkload`, results are compared with that.
``model_FRAMEWORK.py`` defines a class ``Model``, called with ``Workload.sizes`` and
``dtype``. Only workers import these files: a run reads the folder in a worker first,
and stages it as a `compare.workloads.target.TargetWorkload`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from compare.errors import DataError, UsageError
from compare.files import read_file
from compare.frameworks import frameworks_with
from compare.wording import join_words
from compare.workloads.target import Source

FILE, CLASS = "workload.py", "Workload"
MODEL_CLASS = "Model"
MAPPING = "mapping.toml"  # of the second model, if the folder has one


@dataclass(frozen=True, kw_only=True)
class FolderWorkload:
    """A folder that no worker has read yet."""

    path: str
    sources: dict[str, Source]  # of the models, by framework
    settings: dict[str, Any] = field(default_factory=dict)  # fields of its workload
    seed: int = 0

    model: ClassVar[str] = "folder"

    @property
    def file(self) -> Path:
        """The file that defines data, loss and optimizer."""
        return Path(self.path) / FILE

    @property
    def mapping(self) -> Path | None:
        """The mapping file of the folder, if there is one."""
        path = Path(self.path) / MAPPING
        return path if path.is_file() else None


def is_folder(name: str) -> bool:
    """Return whether a name is the path of a folder with a workload."""
    try:
        return (Path(name).expanduser() / FILE).is_file()
    except (OSError, ValueError):
        return False


def open_folder(name: str, *, settings: dict[str, Any], seed: int) -> FolderWorkload:
    """Return the workload of a folder, without importing its files.

    Raises:
        UsageError: it has no model, or its workload has no such field.
        DataError: its workload cannot be read.
    """
    path = Path(name).expanduser().absolute()
    files = {each: path / f"model_{each}.py" for each in frameworks_with("targets")}
    sources = {
        framework: Source(name=MODEL_CLASS, file=str(file), takes_dtype=True)
        for framework, file in files.items()
        if file.is_file() and has_code(file)
    }
    if not sources:
        expected = join_words(file.name for file in files.values())
        raise UsageError(
            f"{name}: expected {expected} next to {FILE}; received neither"
        )
    known = list_fields(path / FILE)
    for key in settings:
        if key not in known:
            listed = join_words(known) if known else "none"
            raise UsageError(
                f"{name}: expected a field of {CLASS} in {FILE}: {listed}; "
                f'received "{key}"'
            )
    return FolderWorkload(path=str(path), sources=sources, settings=settings, seed=seed)


def list_fields(path: Path) -> list[str]:
    """Return the fields of the class ``Workload`` in a file, without importing it.

    Raises:
        DataError: the file cannot be read, or has no such class.
    """
    return list(list_defaults(path))


def list_defaults(path: Path) -> dict[str, Any]:
    """Return the default of each field of the class ``Workload`` in a file.

    A default that is no literal is returned as its source; ``None`` without any.

    Raises:
        DataError: the file cannot be read, or has no such class.
    """
    for node in parse_file(path).body:
        if isinstance(node, ast.ClassDef) and node.name == CLASS:
            return {
                part.target.id: part.value and read_literal(part.value)
                for part in node.body
                if isinstance(part, ast.AnnAssign)
                and isinstance(part.target, ast.Name)
                and "ClassVar" not in ast.unparse(part.annotation)
            }
    raise DataError(f"{path}: expected a class {CLASS}; received none")


def read_literal(node: ast.expr) -> Any:  # noqa: ANN401 - any literal
    """Return the value of an expression if it is a literal, and its source if not."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def describe_folder(path: Path) -> str:
    """Return the first line of a file's docstring.

    Raises:
        DataError: it cannot be read or is not Python.
    """
    text = ast.get_docstring(parse_file(path)) or "a workload of yours"
    return text.splitlines()[0]


def has_code(path: Path) -> bool:
    """Return whether a file has more than comments and a docstring.

    Raises:
        DataError: it cannot be read or is not Python.
    """
    return not all(
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for node in parse_file(path).body
    )


def parse_file(path: Path) -> ast.Module:
    """Return the syntax tree of a source file.

    Raises:
        DataError: it cannot be read or is not Python.
    """
    try:
        return ast.parse(read_file(path))
    except SyntaxError as error:
        raise DataError(f"{path}:{error.lineno}: {error.msg}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: expected Python source; {error}") from error
