"""Find the facts that must be equal in two runs before their figures are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.machine import select_identity
from compare.runs.record import REPLICAS

if TYPE_CHECKING:
    from collections.abc import Collection

    from compare.runs.record import RunRecord

UNRECORDED = "not recorded"


@dataclass(frozen=True, kw_only=True)
class DifferingFact:
    """One fact that differs between two runs."""

    name: str
    before: str
    after: str


def find_differing_facts(
    before: RunRecord, after: RunRecord
) -> tuple[DifferingFact, ...]:
    """Return the facts of machine, versions, settings and sizes that differ.

    A setting of a framework or a workload that only one run has is no difference: no
    cell that both runs have depends on it. Volatile facts of the machine are ignored
    (`machine.select_identity`).
    """
    frameworks = before.settings.keys() & after.settings.keys()
    labels = _workload_configs(before).keys() & _workload_configs(after).keys()
    one, other = (
        _identity(record, frameworks=frameworks, labels=labels)
        for record in (before, after)
    )
    names = dict.fromkeys([*one, *other])
    if before.settings.keys() != after.settings.keys():
        # A version that only one run recorded belongs to a framework of that run only.
        names = {name: None for name in names if name in one and name in other}
    return tuple(
        DifferingFact(
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
    """Return every fact that step times depend on, by name.

    The numbers of rounds and launches are not among them: more of them measure the
    same figures with a smaller error. The length of a block is one, because the first
    steps of a block are slower.
    """
    facts = select_identity(record.environment)
    facts["threads"] = f"{record.request.threads}"
    facts["length of a block"] = f"{record.request.block_s * 1e3:g} ms"
    for framework in sorted(frameworks):
        settings = record.settings[framework]
        facts |= {f"{name} ({framework})": value for name, value in settings.items()}
    for label, config in _workload_configs(record).items():
        if label in labels:
            facts |= {f"{name} ({label})": value for name, value in config.items()}
    return facts


def _workload_configs(record: RunRecord) -> dict[str, dict[str, str]]:
    """Return the configuration of each workload, by label."""
    return {
        workload.label: {
            "workload": workload.name,
            REPLICAS: f"{workload.replicas}",
            **{name: f"{value}" for name, value in workload.config.items()},
        }
        for workload in record.request.workloads
    }
