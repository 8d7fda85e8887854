"""Parts of the record of a run whose workloads ran on several machines.

All cells of a workload run on one machine (`Cell.machine`), and every table has the
workload. So each row has its machine, and every ratio is formed within a machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from compare.runs.record import MachineFacts, RunRecord

DIFFERS = "differs between machines"


def find_machine(record: RunRecord, *, workload: str) -> str:
    """Return the name of the machine that ran a workload; empty without a cluster."""
    return next(
        (each.machine for each in record.cells if each.workload == workload), ""
    )


def list_workloads_of(record: RunRecord, *, machine: str) -> list[str]:
    """Return the labels of the workloads that a machine ran, in the order of a run."""
    return [
        each.label
        for each in record.request.workloads
        if find_machine(record, workload=each.label) == machine
    ]


def with_facts_of_machine(record: RunRecord, *, workload: str) -> RunRecord:
    """Return a record with the facts of the machine that ran a workload.

    Facts are the environment, the settings and the measured limits. Without a cluster,
    the record itself is returned.
    """
    facts = record.machines.get(find_machine(record, workload=workload))
    if facts is None:
        return record
    return msgspec.structs.replace(record, **msgspec.structs.asdict(facts))


def list_machine_records(record: RunRecord) -> dict[str, RunRecord]:
    """Return the record with the facts of each machine, by the machine's name.

    Without a cluster, that is the record itself, by ``this machine``.
    """
    if not record.machines:
        return {"this machine": record}
    return {
        name: with_facts_of_machine(record, workload=labels[0])
        for name in record.machines
        if (labels := list_workloads_of(record, machine=name))
    }


def find_common_facts(several: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return facts of several machines, with a mark in place of those that differ."""
    every = list(several)
    return {
        name: values.pop() if len(values) == 1 else DIFFERS
        for name in union_of_keys(every)
        if (values := {each[name] for each in every if name in each})
    }


def find_differing_names(machines: Iterable[MachineFacts]) -> list[str]:
    """Return the names of the facts of the environment that differ."""
    common = find_common_facts(each.environment for each in machines)
    return [name for name, fact in common.items() if fact == DIFFERS]


def union_of_keys(several: Iterable[Mapping[str, object]]) -> list[str]:
    """Return the keys of several mappings, each once, in their order."""
    return list(dict.fromkeys(name for each in several for name in each))


def select_workloads(record: RunRecord, *, labels: Collection[str]) -> RunRecord:
    """Return the part of a record that is about some workloads of one kind of machine.

    It is like the record of a run on one machine.
    """
    own = with_facts_of_machine(record, workload=next(iter(labels)))
    request = msgspec.structs.replace(
        record.request,
        workloads=[each for each in record.request.workloads if each.label in labels],
    )
    return msgspec.structs.replace(
        own,
        request=request,
        machines={},
        cells=[each for each in record.cells if each.workload in labels],
        starts=[each for each in record.starts if each.workload in labels],
        launches_done={
            label: done
            for label, done in record.launches_done.items()
            if label in labels
        },
    )
