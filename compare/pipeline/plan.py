"""Plan the cells of a run, with the reason for each that cannot run here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.contract import NO_OPTIMIZER, Captures
from compare.frameworks import (
    find_missing_need,
    find_missing_requirement,
    find_variant,
)
from compare.runs.record import Cell
from compare.runs.words import Status
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.contract import Device, Dtype, Family
    from compare.runs.record import (
        Installation,
        Request,
        RunRecord,
        WorkloadRequest,
    )


def plan_cells(request: Request) -> list[Cell]:
    """Return every cell of a request; cells that cannot run have a reason.

    A variant has no cell on a requested device for which its mode does not exist. If
    its mode exists on none of the requested devices, its cells are "not run".

    Raises:
        UsageError: an unknown variant.
    """
    return [
        _plan_cell(
            workload,
            variant=variant,
            device=device,
            dtype=dtype,
            installations=request.installations,
        )
        for workload in request.workloads
        for device in request.devices
        for dtype in request.dtypes
        for variant in request.variants
        if device in (existing := {*find_variant(variant)[1].devices})
        or existing.isdisjoint(request.devices)
    ]


def choose_baseline(cells: list[Cell]) -> str:
    """Return the variant that ratios refer to: the first one that can run."""
    can_run = [cell for cell in cells if cell.status is Status.PENDING]
    return (can_run or cells)[0].variant


def select_runnable_cells(record: RunRecord, *, workload: str) -> list[Cell]:
    """Return the cells of a workload that can run and have not failed."""
    return [
        cell
        for cell in record.cells
        if cell.workload == workload and cell.status in {Status.PENDING, Status.OK}
    ]


def needs_compiler(cell: Cell) -> bool:
    """Return whether the mode of a cell calls a compiler, which takes long."""
    return "C++ compiler" in find_variant(cell.variant)[1].needs


def compiles(cell: Cell) -> bool:
    """Return whether starting the mode of a cell takes long, because it compiles."""
    return find_variant(cell.variant)[1].compiles


def group_by_urgency(record: RunRecord) -> list[list[Cell]]:
    """Return the cells that can run, by workload, in the order of checking.

    Those that need no compiler come first, for all workloads; so does the baseline,
    because every ratio needs it. In a group, the slowest checks come first: two of them
    at the end would leave a processor idle.
    """
    by_workload = [
        select_runnable_cells(record, workload=workload.label)
        for workload in record.request.workloads
    ]
    groups = [
        [
            cell
            for cell in sorted(cells, key=lambda cell: not compiles(cell))
            if (needs_compiler(cell) and cell.variant != record.baseline) == is_slow
        ]
        for is_slow in (False, True)
        for cells in by_workload
    ]
    return [group for group in groups if group]


def describe_captures(family: Family, *, measured: Captures) -> Captures:
    """Return what tables show as captured.

    A static mode whose step ran eagerly is shown as "not captured".
    """
    is_missing = family == "static" and measured == Captures.NONE
    return Captures.NOT_CAPTURED if is_missing else measured


def is_forward_only(workload: WorkloadRequest) -> bool:
    """Return whether a step of a workload is the forward pass alone."""
    return workload.config.get("rule") == NO_OPTIMIZER


def _plan_cell(
    workload: WorkloadRequest,
    *,
    variant: str,
    device: Device,
    dtype: Dtype,
    installations: Mapping[str, Installation],
) -> Cell:
    framework, mode = find_variant(variant)
    declared = mode.captures
    if is_forward_only(workload) and declared is not Captures.NONE:
        declared = Captures.FORWARD
    installation = installations.get(framework.name)
    if installation is not None and (installation.python or installation.reason):
        reason = installation.reason or str(find_missing_need(mode.needs) or "")
    else:
        reason = str(find_missing_requirement(framework, mode) or "")
    sources = workload.config.get("sources")
    if sources is not None and framework.base not in sources:
        reason = f"the workload has no model in {framework.title or framework.name}"
    if device not in mode.devices:
        devices = join_words(mode.devices)
        reason = f"exists on {devices} only; select it with --device {mode.devices[0]}"
    return Cell(
        workload=workload.label,
        framework=framework.name,
        mode=mode.name,
        device=device,
        dtype=dtype,
        family=mode.family,
        captures=declared,
        declared=declared,
        status=Status.NOT_RUN if reason else Status.PENDING,
        reason=reason,
    )
