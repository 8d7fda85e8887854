"""Which cells a run has, and which of them cannot run here and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.frameworks import find_missing_requirement, find_variant
from compare.runs.record import Cell
from compare.runs.words import Status
from compare.wording import join_words

if TYPE_CHECKING:
    from compare.contract import Device, Dtype
    from compare.runs.record import Request, RunRecord, WorkloadRequest

NOT_CAPTURED = "not captured"


def plan_cells(request: Request) -> list[Cell]:
    """Every cell of a request; those that cannot run carry the reason.

    Raises:
        UsageError: an unknown variant.
    """
    return [
        _cell(workload, variant=variant, device=device, dtype=dtype)
        for workload in request.workloads
        for device in request.devices
        for dtype in request.dtypes
        for variant in request.variants
        if device in (there := _devices(variant)) or not there & {*request.devices}
    ]


def _devices(variant: str) -> set[Device]:
    """Where a variant exists; in a run on several devices it is no cell elsewhere."""
    return {*find_variant(variant)[1].devices}


def baseline_of(cells: list[Cell]) -> str:
    """The variant that ratios are taken to: the first that can run."""
    can_run = [cell for cell in cells if cell.status is Status.PENDING]
    return (can_run or cells)[0].variant


def runnable_cells(record: RunRecord, *, workload: str) -> list[Cell]:
    """The cells of a workload that neither failed nor cannot run."""
    return [
        cell
        for cell in record.cells
        if cell.workload == workload and cell.status in {Status.PENDING, Status.OK}
    ]


def describe_captures(family: str, *, measured: str) -> str:
    """What a table says was captured: a static mode that ran eagerly is called out."""
    return NOT_CAPTURED if family == "static" and measured == "none" else measured


def _cell(
    workload: WorkloadRequest, *, variant: str, device: Device, dtype: Dtype
) -> Cell:
    framework, mode = find_variant(variant)
    reason = str(find_missing_requirement(framework, mode) or "")
    if device not in mode.devices:
        there = join_words(mode.devices)
        reason = f"exists on {there} alone; ask for it with --device {mode.devices[0]}"
    return Cell(
        workload=workload.label,
        framework=framework.name,
        mode=mode.name,
        device=device,
        dtype=dtype,
        family=mode.family,
        captures=mode.captures,
        status=Status.NOT_RUN if reason else Status.PENDING,
        reason=reason,
    )
