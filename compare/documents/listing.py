"""The result of ``list``: workloads, variants and suites, and what can run here."""

from __future__ import annotations

from typing import Any

import msgspec

from compare import workloads
from compare.contract import Captures, Device, Family, Framework, Mode, Occasion
from compare.frameworks import find_missing_requirement, find_plugins, frameworks
from compare.pipeline.suites import BUILT_IN, workload_names
from compare.plugins import OWN


class ListedWorkload(msgspec.Struct, frozen=True, kw_only=True):
    """A workload.

    Attributes:
        distribution: that it comes from; empty for a folder.
        suites: built-in suites that have it.
        sizes: name -> default; null if it is not set.
    """

    name: str
    summary: str
    distribution: str
    suites: list[str]
    sizes: dict[str, Any]


class ListedVariant(msgspec.Struct, frozen=True, kw_only=True):
    """A variant.

    Attributes:
        captures: how much of a training step the mode declares to capture.
        devices: on which the mode exists.
        unnamed_in: where it runs without being named.
        missing: why it cannot run here; empty if it can.
    """

    variant: str
    framework: str
    mode: str
    summary: str
    family: Family
    captures: Captures
    devices: list[Device]
    unnamed_in: list[Occasion]
    missing: str


class ListDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Workloads, variants and suites. With a WORKLOAD, only this workload.

    Attributes:
        left_out: what other distributions add that cannot be used, and why.
    """

    workloads: list[ListedWorkload]
    variants: list[ListedVariant] = []
    suites: list[str] = []
    left_out: list[str] = []


def describe_lists() -> ListDocument:
    """Return everything that can be run as a document."""
    origins, refused = workloads.load_plugins()
    return ListDocument(
        workloads=[
            list_workload(
                name, summary=workloads.describe(name), sizes=workloads.sizes(name)
            )
            for name in (*workloads.WORKLOADS, *origins)
        ],
        variants=[
            _describe_variant(framework, mode)
            for framework in frameworks().values()
            for mode in framework.modes
        ],
        suites=list(BUILT_IN),
        left_out=[str(error) for error in (*refused, *find_plugins().refused)],
    )


def list_workload(name: str, *, summary: str, sizes: dict[str, Any]) -> ListedWorkload:
    """Return a workload, or a folder of one, as part of a document."""
    origins, _ = workloads.load_plugins()
    own = OWN if name in workloads.WORKLOADS else ""
    return ListedWorkload(
        name=name,
        summary=summary,
        distribution=origins.get(name, own),
        suites=[suite for suite in BUILT_IN if name in workload_names(suite)],
        sizes=sizes,
    )


def _describe_variant(framework: Framework, mode: Mode) -> ListedVariant:
    missing = find_missing_requirement(framework, mode)
    return ListedVariant(
        variant=f"{framework.name}/{mode.name}",
        framework=framework.name,
        mode=mode.name,
        summary=mode.summary,
        family=mode.family,
        captures=mode.captures,
        devices=list(mode.devices),
        unnamed_in=list(mode.unnamed_in),
        missing=str(missing) if missing else "",
    )
