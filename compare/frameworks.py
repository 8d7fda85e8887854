"""Find the implementation packages, their variants, and what is missing to run them.

Nothing here imports a framework.
"""

from __future__ import annotations

import os
import pkgutil
import shutil
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from compare.contract import DEVICES, PACKAGE_PREFIX, Framework, Mode
from compare.errors import unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from compare.contract import Device, Need, Occasion, OptionalPart


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """Something that is missing on this machine, and how to install it."""

    problem: str
    fix: str

    def __str__(self) -> str:
        """Return ``problem; fix``."""
        return f"{self.problem}; {self.fix}"


@cache
def frameworks() -> Mapping[str, Framework]:
    """Return what every implementation package declares, by framework name."""
    packages = [
        import_module(found.name)
        for found in pkgutil.iter_modules()
        if found.ispkg and found.name.startswith(PACKAGE_PREFIX)
    ]
    # An unrelated package may have the same prefix. Ours declare frameworks.
    declared = [each for p in packages for each in getattr(p, "FRAMEWORKS", ())]
    ordered = sorted(declared, key=lambda framework: framework.rank)
    return {framework.name: framework for framework in ordered}


def package_folder(framework: Framework) -> Path:
    """Return the folder of an implementation package."""
    return Path(__file__).parents[1] / framework.package


def frameworks_with(part: OptionalPart) -> Mapping[str, Framework]:
    """Return the frameworks whose package has an optional part."""
    return {n: each for n, each in frameworks().items() if _has_part(each, part)}


def _has_part(framework: Framework, part: OptionalPart) -> bool:
    path = package_folder(framework) / part
    return path.is_dir() or path.with_suffix(".py").is_file()


def variants(
    available: Iterable[Framework],
    *,
    devices: Iterable[Device] = DEVICES,
    occasion: Occasion | None = None,
) -> list[str]:
    """Return every variant of some frameworks as ``framework/mode``.

    The order is that of declaration.

    Args:
        available: the frameworks.
        devices: only modes that run on one of these devices are returned.
        occasion: leave out modes that run there only if they are named.
    """
    wanted = set(devices)
    return [
        f"{framework.name}/{mode.name}"
        for framework in available
        for mode in framework.modes
        if wanted & set(mode.devices)
        and (occasion is None or occasion in mode.unnamed_in)
    ]


def find_variant(name: str) -> tuple[Framework, Mode]:
    """Return the framework and the mode of a variant ``framework/mode``.

    Raises:
        UsageError: there is no such variant.
    """
    known = frameworks()
    for framework in known.values():
        for mode in framework.modes:
            if name == f"{framework.name}/{mode.name}":
                return framework, mode
    raise unknown_name("variant", name, expected=variants(known.values()))


def find_counterpart(name: str) -> str:
    """Return the variant that the backend's own package runs instead of this one.

    Empty if its framework has no backend, or if there is no such variant.
    """
    return next(
        (
            f"{framework.backend}/{mode.counterpart}"
            for framework in frameworks().values()
            for mode in framework.modes
            if framework.backend and name == f"{framework.name}/{mode.name}"
        ),
        "",
    )


def find_missing_requirement(framework: Framework, mode: Mode) -> Remedy | None:
    """Return what is missing to run a mode here, or None if it can run."""
    return find_missing_framework(framework) or find_missing_need(mode.needs)


def find_missing_framework(framework: Framework) -> Remedy | None:
    """Return how to install a framework or its backend, or None if both are."""
    modules = [framework.module]
    if framework.backend:
        modules.append(frameworks()[framework.backend].module)
    missing = (find_missing_module(m, install=framework.install) for m in modules)
    return next(filter(None, missing), None)


def find_missing_module(module: str, *, install: str) -> Remedy | None:
    """Return how to install a module, or None if it is installed."""
    if find_spec(module) is None:
        return Remedy(problem=f"{module} is not installed", fix=install)
    return None


def find_missing_need(needs: Iterable[Need]) -> Remedy | None:
    """Return the first of some needs that is not met, or None if all are met."""
    return next(filter(None, map(check_need, needs)), None)


def check_need(need: Need) -> Remedy | None:
    """Return how to meet a need, or None if it is met."""
    if need == "C++ compiler" and shutil.which(name_compiler()) is None:
        return Remedy(
            problem=f"no C++ compiler ({name_compiler()}) on the PATH",
            fix="install one (Debian: apt-get install g++) or name it in CXX",
        )
    return None


def name_compiler() -> str:
    """Return the name or path of the C++ compiler, which may be missing.

    It is the one that Inductor uses: without ``$CXX``, no other than ``g++``.
    """
    return os.environ.get("CXX") or "g++"
