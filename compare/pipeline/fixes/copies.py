"""Copies of a user's file. The file itself is never changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from compare.contract import base_name

if TYPE_CHECKING:
    from compare.workloads.target import TargetWorkload


def write_fixed_copy(original: Path, text: str, *, folder: Path) -> Path:
    """Write a changed copy into a new folder, with links to the file's neighbours.

    The copy imports what the original imports, and finds data next to it.
    """
    folder.mkdir(parents=True)
    for each in original.parent.iterdir():
        if each.name not in (original.name, "__pycache__"):
            (folder / each.name).symlink_to(each)
    copy = folder / original.name
    copy.write_text(text, "utf-8")
    return copy


def use_copy(workload: TargetWorkload, framework: str, copy: Path) -> TargetWorkload:
    """Return the workload with the model of one framework from a copy."""
    name = base_name(framework)
    source = workload.sources[name]
    file = copy.parent / Path(source.file).name
    changed = {**workload.sources, name: replace(source, file=str(file))}
    return replace(workload, sources=changed)
