"""Distributions with entry points, written without installing them."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import invalidate_caches
from typing import TYPE_CHECKING

import pytest

from compare import frameworks, plugins, workloads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FRAMEWORK = """
from compare.contract import Framework, Mode
FRAMEWORK = Framework(
    name="{name}", package=__name__, module="{module}", install="pip install it",
    rank={rank}, environment={{}},
    modes=(Mode(name="eager", family="dynamic", captures="none", summary="foreign"),),
)
FRAMEWORKS = (FRAMEWORK,)
"""
WORKLOAD = '''
from dataclasses import dataclass
from typing import ClassVar

from compare.workloads.two_layer import TwoLayer

@dataclass(frozen=True, kw_only=True)
class Foreign(TwoLayer):
    """Two layers, from elsewhere."""

    width: int = 3
    models: ClassVar = {"torch": "foreign_models:Model"}
'''


def write_distribution(
    folder: Path,
    name: str,
    *,
    frameworks: Mapping[str, str] | None = None,
    workloads: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
) -> None:
    """Write what ``pip install`` leaves of a distribution with these entry points.

    Args:
        folder: that a test adds to the path.
        name: of the distribution; its version is 1.5.
        frameworks: name -> package.
        workloads: name -> ``module:Class``.
        files: path -> text.
    """
    info = folder / f"{name.replace('-', '_')}-1.5.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n"
    )
    groups = {plugins.FRAMEWORKS: frameworks, plugins.WORKLOADS: workloads}
    lines: list[str] = []
    for group, entries in groups.items():
        lines.append(f"[{group}]")
        lines += [f"{entry} = {value}" for entry, value in (entries or {}).items()]
    (info / "entry_points.txt").write_text("\n".join(lines))
    for path, text in (files or {}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """Let this process and its children find the distributions of a folder."""
    try:
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.syspath_prepend(folder)
            invalidate_caches()
            forget_plugins()
            yield
    finally:
        forget_plugins()


def forget_plugins() -> None:
    """Let entry points be looked up again."""
    plugins.list_plugins.cache_clear()
    frameworks.frameworks.cache_clear()
    workloads._find_plugins.cache_clear()
