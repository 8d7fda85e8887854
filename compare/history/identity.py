"""Find the facts that must be equal in two runs before their figures are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.machine import select_identity
from compare.runs.machines import list_workloads_of, select_workloads
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

    Each workload of a run on a cluster has the facts of the machine that ran it.
    """
    if before.machines or after.machines:
        of_workloads = find_incomparable_workloads(before, after).values()
        return tuple(dict.fromkeys(fact for facts in of_workloads for fact in facts))
    return _compare_facts(before, after)


def find_incomparable_workloads(
    before: RunRecord, after: RunRecord
) -> dict[str, tuple[DifferingFact, ...]]:
    """Return the workloads whose machines differ, with the facts, of cluster runs.

    If neither run was on a cluster, all workloads have the same machine, and the result
    is empty.
    """
    if not (before.machines or after.machines):
        return {}
    found = {}
    for label in list_common_workloads(before, after):
        records = (select_workloads(each, labels=[label]) for each in (before, after))
        if facts := _compare_facts(*records):
            found[label] = facts
    return found


def list_common_workloads(before: RunRecord, after: RunRecord) -> list[str]:
    """Return the labels of the workloads that both runs have."""
    known = {each.label for each in before.request.workloads}
    return [each.label for each in after.request.workloads if each.label in known]


def split_by_machine_kind(record: RunRecord) -> list[RunRecord]:
    """Return the parts of a record whose workloads ran on the same kind of machine.

    Machines are of one kind if no fact of identity differs. A run without a cluster has
    one part.
    """
    if not record.machines:
        return [record]
    by_kind: dict[str, list[str]] = {}
    for name, facts in record.machines.items():
        kind = repr((select_identity(facts.environment), facts.settings))
        by_kind.setdefault(kind, []).extend(list_workloads_of(record, machine=name))
    return [
        select_workloads(record, labels=labels) for labels in by_kind.values() if labels
    ]


def _compare_facts(before: RunRecord, after: RunRecord) -> tuple[DifferingFact, ...]:
    """Return the facts that differ between two runs, each on one kind of machine.

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
