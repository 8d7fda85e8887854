"""The mistakes: one model per framework, with the mistaken line marked."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.errors import unknown_name
from compare.frameworks import frameworks_with, package_folder

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class UserMistake:
    """A mistake, as its files describe it.

    Attributes:
        name: of its files.
        title: what is wrong, in a sentence.
        files: framework -> file with the model.
    """

    name: str
    title: str
    files: dict[str, Path]


def list_mistakes() -> list[UserMistake]:
    """Return every mistake, in alphabetical order."""
    folders = {
        framework.name: package_folder(framework) / "mistakes"
        for framework in frameworks_with("mistakes").values()
    }
    names = {
        path.stem for folder in folders.values() for path in folder.glob("[!_]*.py")
    }
    return [_read(name, folders) for name in sorted(names)]


def find_mistake(name: str) -> UserMistake:
    """Return the mistake of this name.

    Raises:
        UsageError: there is none.
    """
    found = {mistake.name: mistake for mistake in list_mistakes()}
    if name not in found:
        raise unknown_name("mistake", name, expected=list(found))
    return found[name]


def _read(name: str, folders: dict[str, Path]) -> UserMistake:
    files = {
        framework: path
        for framework, folder in folders.items()
        if (path := folder / f"{name}.py").is_file()
    }
    source = next(iter(files.values())).read_text("utf-8")
    title = ast.get_docstring(ast.parse(source)) or ""
    return UserMistake(name=name, title=title, files=files)
