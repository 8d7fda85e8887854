"""Read what a user typed: which model, on which inputs, with which loss.

Nothing of the model is imported here. Its framework is concluded from its module's name
or from the import statements of its file.
"""

from __future__ import annotations

import ast
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compare.errors import DataError, UsageError, unknown_name
from compare.files import read_file
from compare.frameworks import frameworks_with
from compare.wording import join_words
from compare.workloads.target import ArraySpec, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

KINDS = {
    "float64": "float",
    "float32": "float",
    "float": "float",
    "int64": "int64",
    "int32": "int32",
    "bool": "bool",
}
# name=kind[low,high):8x3x32x32, with optional parts
INPUT = re.compile(
    r"(?:(?P<name>\w+)=)?(?P<kind>\w+)"
    r"(?:\[(?P<low>-?\d+),(?P<high>-?\d+)\))?:(?P<shape>\d+(?:x\d+)*)"
)
INPUT_EXAMPLE = "float32:8x3x32x32 or int64[0,1000):8x128"
TARGET_EXAMPLE = "path/to/net.py:Net or package.module:Net"
DEFAULT_HIGH = 2  # of integers, excluded


def parse_targets(texts: Iterable[str]) -> dict[str, Source]:
    """Return the sources by framework, in the order in which they were typed.

    Raises:
        UsageError: a text is no target, or two targets have the same framework.
        DataError: a file cannot be read.
    """
    sources: dict[str, Source] = {}
    for text in texts:
        framework, source = parse_target(text)
        if framework in sources:
            raise UsageError(
                f"TARGET: expected one model, or one in each of two frameworks; "
                f"received two in {framework}. Check them one after the other"
            )
        sources[framework] = source
    return sources


def parse_target(text: str) -> tuple[str, Source]:
    """Return the framework and the source of ``[FRAMEWORK=]FILE_OR_MODULE:NAME``.

    Raises:
        UsageError: the text has another form, or the framework cannot be concluded.
        DataError: the file cannot be read.
    """
    stated, equals, rest = text.partition("=")
    if not equals:
        stated, rest = "", text
    elif stated not in (known := frameworks_with("targets")):
        raise unknown_name("framework of TARGET", stated, expected=known)
    place, colon, name = rest.rpartition(":")
    if not (colon and place and name.isidentifier()):
        raise UsageError(f'TARGET: expected {TARGET_EXAMPLE}; received "{text}"')
    if place.endswith(".py"):
        path = Path(place).expanduser().absolute()
        if not path.is_file():
            raise UsageError(f"TARGET: expected a Python file; {place} is none")
        source = Source(name=name, file=str(path))
        return stated or conclude_framework(imported_modules(path), text=text), source
    if not all(part.isidentifier() for part in place.split(".")):
        raise UsageError(f'TARGET: expected {TARGET_EXAMPLE}; received "{text}"')
    source = Source(name=name, module=place)
    if stated:
        return stated, source
    names = [place.partition(".")[0], *_modules_of(place)]
    return conclude_framework(names, text=text), source


def conclude_framework(modules: Iterable[str], *, text: str) -> str:
    """Return the framework that these modules belong to.

    Raises:
        UsageError: they belong to none, or to several.
    """
    known = frameworks_with("targets")
    found = {
        framework.name
        for framework in known.values()
        if {framework.module, *framework.built_on_it} & set(modules)
    }
    if len(found) == 1:
        return found.pop()
    why = (
        f"it imports those of {join_words(found, conjunction='and')}"
        if found
        else ("it imports no known framework itself")
    )
    examples = join_words(f"{name}={text}" for name in known)
    raise UsageError(
        f'TARGET: the framework of "{text}" is unknown, because {why}. Write {examples}'
    )


def imported_modules(path: Path) -> list[str]:
    """Return the top-level packages that a source file imports.

    Raises:
        DataError: the file cannot be read or is not Python.
    """
    try:
        tree = ast.parse(read_file(path))
    except SyntaxError as error:
        raise DataError(f"{path}:{error.lineno}: {error.msg}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: expected Python source; {error}") from error
    return [name.partition(".")[0] for name in _imported_names(tree)]


def _imported_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _modules_of(module: str) -> list[str]:
    """Return what a module's file imports; empty if the file is not found.

    Only the top package is looked up: looking up a submodule would import the package.
    """
    top, *inner = module.split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return []
    for folder in spec.submodule_search_locations or () if spec else ():
        path = Path(folder).joinpath(*inner)
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if inner and file.is_file():
                return imported_modules(file)
    if spec and spec.origin and not inner and spec.origin.endswith(".py"):
        return imported_modules(Path(spec.origin))
    return []


def parse_inputs(texts: Iterable[str]) -> tuple[ArraySpec, ...]:
    """Return the specifications of ``[NAME=]KIND[LOW,HIGH):SHAPE``.

    Raises:
        UsageError: a text has another form.
    """
    return tuple(map(_parse_input, texts))


def _parse_input(text: str) -> ArraySpec:
    match = INPUT.fullmatch(text)
    if match is None:
        raise UsageError(f'--inputs: expected {INPUT_EXAMPLE}; received "{text}"')
    kind = match["kind"]
    if kind not in KINDS:
        raise unknown_name("--inputs", kind, expected=KINDS)
    low, high = int(match["low"] or 0), int(match["high"] or DEFAULT_HIGH)
    if low >= high:
        raise UsageError(
            f'--inputs: expected a range such as [0,1000); received "[{low},{high})"'
        )
    shape = tuple(int(size) for size in match["shape"].split("x"))
    if 0 in shape:
        raise UsageError(f'--inputs: expected sizes from 1; received "{text}"')
    return ArraySpec(
        shape=shape, kind=KINDS[kind], low=low, high=high, name=match["name"] or ""
    )


def parse_arguments(texts: Iterable[str]) -> dict[str, Any]:
    """Return the arguments of ``NAME=VALUE``; values are Python literals or texts.

    Raises:
        UsageError: a text has another form.
    """
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (equals and name.isidentifier()):
            raise UsageError(f'--with: expected NAME=VALUE; received "{text}"')
        try:
            found[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            found[name] = value
    return found


def parse_loss(text: str, *, expected: Iterable[str]) -> tuple[str, str]:
    """Return the output and the loss of ``[OUTPUT:]LOSS``.

    Raises:
        UsageError: an unknown loss.
    """
    output, _, loss = text.rpartition(":")
    if loss not in (known := tuple(expected)):
        raise unknown_name("--loss", loss, expected=known)
    return output, loss
