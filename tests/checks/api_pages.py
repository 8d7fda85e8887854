"""Write the pages of the Python interface from its docstrings: ``make api`` runs it.

python -m tests.checks.api_pages FOLDER

Nothing is written if a public name lacks a docstring, if a name in single backticks
does not exist, or if a warning is raised.
"""

from __future__ import annotations

import inspect
import re
import sys
import warnings
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING

import pdoc
from pdoc.doc import Class, Doc, Function, Module

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Documented = Doc[object]

# The public interface, a package before its modules. None imports a framework.
MODULES = (
    "compare",
    "compare.api",
    "compare.contract",
    "compare.errors",
    "compare.runs",
    "compare.runs.folder",
    "compare.runs.rows",
    "compare.testing",
)
FRAMEWORKS = {"jax", "keras", "tensorflow", "torch"}
REFERENCE = re.compile(r"(?<!`)`(?P<name>[A-Za-z_][\w.]*)`(?!`)")


def list_modules() -> list[str]:
    """Return the modules of the public interface that exist."""
    return [name for name in MODULES if find_spec(name) is not None]


def find_problems(modules: Sequence[str]) -> list[str]:
    """Return what is wrong with the docstrings of modules, one sentence each."""
    found = [
        problem
        for name in modules
        for each in walk(load_documented(name))
        for problem in _find_problems_of(each)
    ]
    loaded = sorted(FRAMEWORKS & set(sys.modules))
    return [*found, *(f"the interface imports {name}" for name in loaded)]


def load_documented(name: str) -> Module:
    """Return a module with the names that it imports when they are used."""
    module = import_module(name)
    for public in getattr(module, "__all__", ()):
        setattr(module, public, getattr(module, public))
    return Module(module)


def walk(found: Documented) -> Iterator[Documented]:
    """Yield a module or class, and every public name in it."""
    yield found
    for member in getattr(found, "own_members", ()):
        if not member.name.startswith("_") and not isinstance(member, Module):
            yield from walk(member)


def _find_problems_of(found: Documented) -> Iterator[str]:
    if _needs_docstring(found) and not found.docstring.strip():
        yield f"{found.fullname} has no docstring"
    for match in REFERENCE.finditer(found.docstring):
        if not _exists(match["name"], found):
            yield f"{found.fullname} refers to `{match['name']}`, which does not exist"


def _needs_docstring(found: Documented) -> bool:
    """Return whether a name is more than a constant or a field."""
    if isinstance(found, (Module, Class, Function)):
        return True
    owner = _resolve(f"{found.modulename}:{found.qualname.rpartition('.')[0]}")
    return isinstance(
        inspect.getattr_static(owner, found.name, None), (property, cached_property)
    )


def _exists(name: str, found: Documented) -> bool:
    """Return whether a name exists where a docstring refers to it."""
    if isinstance(found, Function) and name in found.signature.parameters:
        return True
    scopes = [f"{found.modulename}:{name}", name]
    parts = found.qualname.split(".")
    scopes += [
        f"{found.modulename}:{'.'.join(parts[:end])}.{name}"
        for end in range(1, len(parts) + 1)
    ]
    if any(_resolve(each) is not None for each in scopes):
        return True
    return any(_is_field(each) for each in scopes)


def _is_field(path: str) -> bool:
    """Return whether a path ends with a field that its class only annotates."""
    owner, _, field = path.rpartition(".")
    return field in getattr(_resolve(owner), "__annotations__", {})


def _resolve(path: str) -> object:
    try:
        return resolve_name(path)
    except (ImportError, AttributeError, ValueError):
        return None


def write_pages(folder: Path, modules: Sequence[str]) -> None:
    """Write one page per module, and one for search."""
    pdoc.render.configure(docformat="google", footer_text="graph-compare")
    for name in modules:
        load_documented(name)
    # A package without the modules in it, of which some follow.
    specs = [(name, rf"!{name}\..+") for name in modules]
    pdoc.pdoc(*chain.from_iterable(specs), output_directory=folder)


def main() -> int:
    """Check the docstrings, print every problem, and write the pages."""
    folder, modules = Path(sys.argv[1]), list_modules()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        problems = find_problems(modules)
        if not problems:
            write_pages(folder, modules)
    print("\n".join(problems) or f"{folder}/index.html: {len(modules)} modules")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
