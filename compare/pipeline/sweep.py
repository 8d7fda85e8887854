"""Repeat workloads over several values of one size: ``--sweep batch=1,8,64``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare import workloads
from compare.errors import UsageError
from compare.pipeline.sizes import SWEEP, convert_sizes, parse_sweep, require_known
from compare.runs.record import WorkloadRequest

if TYPE_CHECKING:
    from collections.abc import Sequence


def sweep_workloads(
    configured: Sequence[WorkloadRequest], *, text: str
) -> tuple[str, list[WorkloadRequest]]:
    """Return the swept size, and one workload for each value of it.

    Workloads that do not have the size are left out.

    Raises:
        UsageError: no workload has the size, or it cannot have one of the values.
    """
    size, values = parse_sweep(text)
    require_known([size], names=[each.name for each in configured], option=SWEEP)
    return size, [
        _set_size(each, size, value)
        for each in configured
        if size in workloads.sizes(each.name)
        for value in values
    ]


def _set_size(workload: WorkloadRequest, size: str, text: str) -> WorkloadRequest:
    """Return one point of a sweep, with a label of its own."""
    converted = convert_sizes(workload.name, {size: text})
    value = converted[size]
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise UsageError(
            f"{SWEEP} {size}: expected positive numbers, because step times are drawn "
            f'against them; received "{text}"'
        )
    config = {**workload.config, **converted}
    workloads.build(workload.name, config)
    label = f"{workload.label}.{size}-{text}"
    return WorkloadRequest(
        label=label, name=workload.name, config=config, swept=workload.label
    )
