"""Repeat workloads over several values of one size: ``--sweep batch=1,8,64``."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import msgspec

from compare.errors import UsageError
from compare.pipeline.sizes import (
    SWEEP,
    list_sizes,
    parse_sweep,
    require_known,
    set_sizes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.runs.record import WorkloadRequest


def sweep_workloads(
    configured: Sequence[WorkloadRequest], *, text: str
) -> tuple[str, list[WorkloadRequest]]:
    """Return the swept size, and one workload for each value of it.

    Workloads that do not have the size are left out.

    Raises:
        UsageError: no workload has the size, or it cannot have one of the values.
    """
    size, values = parse_sweep(text)
    require_known([size], selected=configured, option=SWEEP)
    return size, [
        _set_size(each, size, value)
        for each in configured
        if size in list_sizes(each)
        for value in values
    ]


def _set_size(workload: WorkloadRequest, size: str, text: str) -> WorkloadRequest:
    """Return one point of a sweep, with a label of its own."""
    if not is_positive(text):
        raise UsageError(
            f"{SWEEP} {size}: expected positive numbers, because step times are drawn "
            f'against them; received "{text}"'
        )
    point = set_sizes(workload, {size: text})
    label = f"{workload.label}.{size}-{text}"
    return msgspec.structs.replace(point, label=label, swept=workload.label)


def is_positive(text: str) -> bool:
    """Return whether a text is a number above zero, and finite."""
    try:
        return 0 < float(text) < inf
    except ValueError:
        return False
