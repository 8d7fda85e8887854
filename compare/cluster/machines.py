"""The machines of a cluster: their names, their versions, and whether they fit.

A machine is what has a host name of its own. Several Dask workers with one host name
share a machine and take turns. A container or namespace with its own host name counts
as a machine of its own; it needs processors of its own.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import msgspec

from compare import __version__, machine
from compare.errors import UsageError
from compare.frameworks import frameworks
from compare.pipeline.result_key import HARNESS, digest_package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.runs.record import RunRecord

HARNESS_VERSION, SOURCES = "graph-compare", "sources of graph-compare"
# The parent plans and merges. It computes no results, so no other version matters.
OF_PARENT = (HARNESS_VERSION, SOURCES)


class ClusterMachine(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A machine: its host name, and the versions that results depend on."""

    name: str
    versions: dict[str, str]


def describe_machine() -> ClusterMachine:
    """Return the name and the versions of the machine that this process runs on."""
    facts = machine.machine()
    names = ("Python", *machine.PACKAGES)
    distributions = {d for each in frameworks().values() for d in each.distributions}
    return ClusterMachine(
        name=socket.gethostname(),
        versions={
            HARNESS_VERSION: __version__,
            SOURCES: digest_sources(),
            **{name: facts[name] for name in names},
            **{d: machine.installed_version(d) for d in sorted(distributions)},
        },
    )


def list_earlier_machines(record: RunRecord) -> list[ClusterMachine]:
    """Return the machines that a resumed run has used, with recorded versions."""
    return [
        ClusterMachine(
            name=f"{name} before the interruption", versions=each.environment
        )
        for name, each in record.machines.items()
    ]


def digest_sources() -> str:
    """Return a short digest of the harness and of the implementation packages."""
    packages = sorted({HARNESS, *(each.package for each in frameworks().values())})
    return " ".join(digest_package(name)[:6] for name in packages)


def list_version_differences(machines: Sequence[ClusterMachine]) -> list[str]:
    """Return one text per version that is not the same everywhere.

    This process is compared by the version and the sources of graph-compare only.
    """
    here = describe_machine()
    own = {name: here.versions[name] for name in OF_PARENT}
    by_place = [("here", own), *((each.name, each.versions) for each in machines)]
    # An earlier machine has further facts.
    names = dict.fromkeys(name for each in machines[-1:] for name in each.versions)
    return [text for name in names if (text := _describe_difference(name, by_place))]


def require_equal_versions(
    machines: Sequence[ClusterMachine], *, force: bool
) -> list[str]:
    """Return the differences between versions; without `force` there are none.

    Raises:
        UsageError: versions differ; the message names each with its machines.
    """
    found = list_version_differences(machines)
    if found and not force:
        raise UsageError(
            "--cluster: expected machines with the same versions; received "
            f"{'; '.join(found)}. Install the same versions on all of them, or run "
            "with a mark on the report: --force"
        )
    return found


def _describe_difference(
    name: str, by_place: Sequence[tuple[str, Mapping[str, str]]]
) -> str:
    """Return the versions of a package with their places; empty if all are equal."""
    places: dict[str, list[str]] = {}
    for place, versions in by_place:
        if name in versions:
            places.setdefault(versions[name], []).append(place)
    if len(places) < 2:  # noqa: PLR2004 - one version is no difference
        return ""
    listed = (f"{version} ({', '.join(of)})" for version, of in places.items())
    return f"{name} {' and '.join(listed)}"
