"""Base and head: the two versions of a repository, and what their workers import."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from compare.contract import LABEL_MARK, base_name
from compare.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

INSTALLED = {"site-packages", "dist-packages"}


class SideName(StrEnum):
    """The two versions."""

    BASE = "base"
    HEAD = "head"


@dataclass(frozen=True, kw_only=True)
class TreeSide:
    """One version of a repository.

    Attributes:
        name: base or head.
        repository: the top folder of the working tree.
        tree: the top folder of this version; of head, the same.
        text: which commit it is.
    """

    name: SideName
    repository: Path
    tree: Path
    text: str

    def place(self, path: Path) -> Path:
        """Return where a file of the working tree is in this version.

        Raises:
            UsageError: it does not belong to the repository, or this version lacks it.
        """
        path = path.resolve()
        if not path.is_relative_to(self.repository):
            raise UsageError(
                f"TARGET: expected a file in the repository {self.repository}; "
                f"received {path}"
            )
        inside = path.relative_to(self.repository)
        if not (placed := self.tree / inside).exists():
            raise UsageError(
                f"{inside} does not exist in {self.name}, {self.text}: there is "
                "nothing to compare with. Check it alone: graph-compare check"
            )
        return placed

    def relative(self, file: str) -> str:
        """Return a file of this version relative to the top folder."""
        path = Path(file)
        if file and path.is_absolute() and path.resolve().is_relative_to(self.tree):
            return str(path.resolve().relative_to(self.tree))
        return file

    def clean(self, text: str) -> str:
        """Return a message without the folder of this version."""
        return text.replace(f"{self.tree}{os.sep}", "").replace(str(self.tree), ".")

    def label(self, variant: str) -> str:
        """Return a variant in this version: ``torch@base/eager`` for torch/eager."""
        framework, _, mode = variant.partition("/")
        return f"{framework}{LABEL_MARK}{self.name}/{mode}"

    def list_search(self, here: Path) -> list[str]:
        """Return the folders that workers of this version search for modules first.

        They are the current one, the top, ``src``, and those of this process, each in
        this version. The folders of ``PYTHONPATH`` outside the repository follow.

        Args:
            here: the current folder.
        """
        own = [here, self.repository, self.repository / "src", *map(Path, sys.path)]
        outside = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        found = [
            *self._place_folders(own),
            *(
                str(Path(each).resolve())
                for each in outside
                if each and not self._contains(Path(each))
            ),
        ]
        return list(dict.fromkeys(found))

    def _place_folders(self, folders: Iterable[Path]) -> list[str]:
        placed = [
            self.tree / folder.resolve().relative_to(self.repository)
            for folder in folders
            if self._contains(folder) and not INSTALLED & set(folder.parts)
        ]
        return [str(folder) for folder in placed if folder.is_dir()]

    def _contains(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.repository)


def remove_label(variant: str) -> str:
    """Return a variant without its version: torch/eager for ``torch@base/eager``."""
    framework, _, mode = variant.partition("/")
    return f"{base_name(framework)}/{mode}"
