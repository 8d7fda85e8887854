"""What must be alike in two runs before their figures may be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.machine import VOLATILE

if TYPE_CHECKING:
    from collections.abc import Collection

    from compare.runs.record import RunRecord

UNRECORDED = "not recorded"


@dataclass(frozen=True, kw_only=True)
class Differing:
    """One fact that is not the same in two runs."""

    name: str
    before: str
    after: str


def differing(before: RunRecord, after: RunRecord) -> tuple[Differing, ...]:
    """Machine, versions, settings and sizes that differ between two runs.

    What belongs to a framework or a workload that only one of them has is no
    difference: none of the cells that both have depends on it.
    """
    frameworks = before.settings.keys() & after.settings.keys()
    labels = _workloads(before).keys() & _workloads(after).keys()
    one, other = (
        _identity(record, frameworks=frameworks, labels=labels)
        for record in (before, after)
    )
    names = dict.fromkeys([*one, *other])
    if before.settings.keys() != after.settings.keys():
        # A version that only one has recorded is that of a framework it alone ran.
        names = {name: None for name in names if name in one and name in other}
    return tuple(
        Differing(
            name=name,
            before=one.get(name, UNRECORDED),
            after=other.get(name, UNRECORDED),
        )
        for name in names
        if one.get(name) != other.get(name)
    )


def _identity(
    record: RunRecord, *, frameworks: Collection[str], labels: Collection[str]
) -> dict[str, str]:
    """All that step times depend on, by name.

    How many rounds and launches there were is not of it: more of them make the same
    figures more precise. The length of a block is: the first steps of one are slower.
    """
    facts = {k: v for k, v in record.environment.items() if k not in VOLATILE}
    facts["threads"] = f"{record.request.threads}"
    facts["length of a block"] = f"{record.request.block_s * 1e3:g} ms"
    for framework in sorted(frameworks):
        settings = record.settings[framework]
        facts |= {f"{name} ({framework})": value for name, value in settings.items()}
    for label, config in _workloads(record).items():
        if label in labels:
            facts |= {f"{name} ({label})": value for name, value in config.items()}
    return facts


def _workloads(record: RunRecord) -> dict[str, dict[str, str]]:
    """Label -> how the workload was configured."""
    return {
        workload.label: {
            "workload": workload.name,
            **{name: f"{value}" for name, value in workload.config.items()},
        }
        for workload in record.request.workloads
    }
