"""Change a record as if its workloads had run on several machines of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.runs.record import MachineFacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.runs.record import RunRecord


def spread_record(record: RunRecord, machines: Mapping[str, tuple[str, str]]) -> None:
    """Set the machine of each workload, and the processor of each machine.

    Args:
        record: is changed.
        machines: label of a workload -> name of its machine, processor.
    """
    for cell in record.cells:
        cell.machine = machines[cell.workload][0]
    for name, processor in machines.values():
        record.machines[name] = MachineFacts(
            environment={**record.environment, "processor": processor},
            settings=record.settings,
            peak_flops_per_second=record.peak_flops_per_second,
            peak_bytes_per_second=record.peak_bytes_per_second,
            element_ns=record.element_ns,
            peak_frameworks=record.peak_frameworks,
        )
