"""Which implementation packages there are, and what can run here. Imports none."""

from __future__ import annotations

import os
import pkgutil
import shutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from compare.contract import DEVICES, PACKAGE_PREFIX, Framework, Mode
from compare.errors import unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from compare.contract import Device, Need


@cache
def frameworks() -> Mapping[str, Framework]:
    """Every implementation package that can be imported from here, by framework."""
    packages = [
        import_module(found.name)
        for found in pkgutil.iter_modules()
        if found.ispkg and found.name.startswith(PACKAGE_PREFIX)
    ]
    # Somebody else's package may begin alike: ours declare a framework.
    declared = [p.FRAMEWORK for p in packages if hasattr(p, "FRAMEWORK")]
    ordered = sorted(declared, key=lambda framework: framework.rank)
    return {framework.name: framework for framework in ordered}


def package_folder(framework: Framework) -> Path:
    """Where an implementation package stands."""
    return Path(__file__).parents[1] / framework.package


def variants(
    available: Iterable[Framework], *, devices: Iterable[Device] = DEVICES
) -> list[str]:
    """``framework/mode`` of every mode there is on these, in the order declared."""
    wanted = set(devices)
    return [
        f"{framework.name}/{mode.name}"
        for framework in available
        for mode in framework.modes
        if wanted & set(mode.devices)
    ]


def find_variant(name: str) -> tuple[Framework, Mode]:
    """The framework and mode behind ``framework/mode``.

    Raises:
        UsageError: there is no such variant.
    """
    known = frameworks()
    for framework in known.values():
        for mode in framework.modes:
            if name == f"{framework.name}/{mode.name}":
                return framework, mode
    raise unknown_name("variant", name, expected=variants(known.values()))


def find_missing_requirement(framework: Framework, mode: Mode) -> str:
    """Why a mode cannot run here, and the remedy; empty if nothing is missing."""
    return find_missing_framework(framework) or find_missing_need(mode.needs)


def find_missing_framework(framework: Framework) -> str:
    """That a framework is missing, and the remedy; empty if it is there."""
    if find_spec(framework.module) is None:
        return f"{framework.module} is not installed; {framework.install}"
    return ""


def find_missing_need(needs: Iterable[Need]) -> str:
    """What is missing of some needs, and the remedies; empty if all are met."""
    return "; ".join(filter(None, map(check_need, needs)))


def check_need(need: Need) -> str:
    """What is missing of a need, and the remedy; empty if it is met."""
    if need == "C++ compiler":
        compiler = os.environ.get("CXX", "g++")
        if shutil.which(compiler) is None:
            return (
                f"no C++ compiler ({compiler}) on the PATH; install one "
                "(Debian: apt-get install g++) or name it in CXX"
            )
    return ""
