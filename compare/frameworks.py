"""Find the implementation packages, their variants, and what is missing to run them.

Nothing here imports a framework.
"""

from __future__ import annotations

import os
import pkgutil
import shutil
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from compare import plugins
from compare.contract import (
    DEVICES,
    LABEL_MARK,
    PACKAGE_PREFIX,
    Framework,
    Mode,
    base_name,
)
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
    declared = [*_find_by_prefix(), *find_plugins().frameworks]
    ordered = sorted(declared, key=lambda framework: framework.rank)
    return {framework.name: framework for framework in ordered}


def _find_by_prefix() -> list[Framework]:
    """Return the frameworks of the packages whose names have the prefix."""
    packages = [
        import_module(found.name)
        for found in pkgutil.iter_modules()
        if found.ispkg and found.name.startswith(PACKAGE_PREFIX)
    ]
    # An unrelated package may have the same prefix. Ours declare frameworks.
    return [each for p in packages for each in getattr(p, "FRAMEWORKS", ())]


def find_plugins() -> plugins.PluginFrameworks:
    """Return the frameworks of other distributions, and where each comes from."""
    return plugins.find_frameworks(_find_by_prefix(), describe_origin=_describe_origin)


def _describe_origin(framework: Framework) -> str:
    """Return the distribution of a package that its prefix identifies, or its path."""
    folder = package_folder(framework)
    return plugins.OWN if folder.parent == Path(__file__).parents[1] else str(folder)


def find_framework(name: str) -> Framework:
    """Return a framework or an installation of one, such as ``tf`` or ``tf@2.20``.

    Raises:
        UsageError: there is no such framework.
        PluginError: another distribution adds it, but it cannot be used.
    """
    base, _, label = name.partition(LABEL_MARK)
    known = frameworks()
    if base not in known:
        _require_usable(base)
        raise unknown_name("framework", base, expected=known)
    found = known[base]
    return replace(found, name=name, title=f"{found.title} {label}") if label else found


def _require_usable(name: str) -> None:
    """Raise why a framework of another distribution was left out, if it was.

    Raises:
        PluginError: it was.
    """
    for refused in find_plugins().refused:
        if refused.plugin.name == name:
            raise refused


def package_folder(framework: Framework) -> Path:
    """Return the folder of an implementation package."""
    spec = find_spec(framework.package)
    assert spec is not None  # `frameworks` has imported it
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations)))


def frameworks_with(part: OptionalPart, *, entry: str = "") -> Mapping[str, Framework]:
    """Return the frameworks whose package has an optional part, or one entry of it."""
    return {n: each for n, each in frameworks().items() if _has_part(each, part, entry)}


def _has_part(framework: Framework, part: OptionalPart, entry: str) -> bool:
    path = package_folder(framework) / part / entry
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
        PluginError: another distribution adds the framework, but it cannot be used.
    """
    of_framework, _, of_mode = name.partition("/")
    known = frameworks()
    if base_name(of_framework) in known:
        framework = find_framework(of_framework)
        for mode in framework.modes:
            if mode.name == of_mode:
                return framework, mode
    else:
        _require_usable(base_name(of_framework))
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
