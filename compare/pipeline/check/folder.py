"""Stage a folder of a user: a worker reads its data, and one inspects each model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from compare.contract import base_name
from compare.frameworks import find_variant
from compare.machine import available_cores
from compare.pipeline.check import pairing, target
from compare.pipeline.plan import select_runnable_cells
from compare.targets.mapping import read_mapping
from compare.targets.matching import Parameter, role_of
from compare.workers import messages
from compare.workloads.folder import CLASS
from compare.workloads.target import Source, TargetWorkload

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from compare.pipeline.context import RunContext
    from compare.runs.record import WorkloadRequest
    from compare.targets.matching import Shape
    from compare.workloads.folder import FolderWorkload

    Placed = tuple[TargetWorkload, messages.Inspected]

STATISTICS = ("mean", "variance")  # roles of buffers


def stage_folder(
    context: RunContext,
    request: WorkloadRequest,
    workload: FolderWorkload,
    *,
    folder: Path,
) -> TargetWorkload:
    """Return the workload of a folder with its data in files.

    Initial parameters that the folder does not define are those of its first model.

    Raises:
        TargetRefusedError: the workload or a model cannot be used.
        UsageError: the models do not correspond to each other.
        DataError: the folder's mapping cannot be read.
    """
    used = list_used(context, request, workload)
    data, parameters = folder / "batches.npz", folder / "parameters.npz"
    read = request_reading(
        context, workload, used[0], batches=data, parameters=parameters
    )
    sources = {
        framework: replace(workload.sources[framework], arguments=read.sizes)
        for framework in used
    }
    staged = TargetWorkload(
        sources=sources,
        inputs=tuple(read.inputs),
        targets=tuple(read.targets),
        loss=read.loss,
        rule=read.optimizer.name,
        chosen=read.optimizer,
        arrays=str(parameters),
        are_moved=False,
        data=str(data),
        own_reference=source_of(workload) if read.has_reference else None,
        flops_per_step=read.flops_per_step,
        seed=workload.seed,
    )
    context.record.targets[request.label] = []
    shared = [
        Parameter(name=name, shape=tuple(shape), is_trained=is_trained(name))
        for name, shape in read.shapes.items()
    ]
    staging = target.Staging(context=context, request=request, folder=folder)
    staged, first = place_first(staging, staged, shared=shared or None)
    if staged.own_reference is not None:
        facts = context.record.targets[request.label][0]
        facts.reference = staged.own_reference.text
    for framework in used[1:]:
        if workload.mapping is not None:
            known = {framework: read_mapping(workload.mapping)}
            staged = replace(staged, placements={**staged.placements, **known})
        staged = target.add_model(
            staging,
            staged,
            framework,
            shared=shared or pairing.list_parameters(first),
            outputs=expected_outputs(staged) or [s.shape for s in first.outputs],
        )
    return staged


def place_first(
    staging: target.Staging,
    workload: TargetWorkload,
    *,
    shared: Sequence[Parameter] | None,
) -> Placed:
    """Return the workload with the placement of its first model, and its facts.

    Without shared parameters, those of the model are shared. They start as it does.
    """
    first, *others = workload.sources
    matched = pairing.match_model(
        target.inspect_in_run(staging, workload, first),
        shared=shared,
        inputs=workload.inputs,
        outputs=expected_outputs(workload),
        known=None,
    )
    facts = matched.facts
    target.require_repeatable([facts] if others else [])
    staging.context.record.targets[staging.request.label].append(
        target.describe_target(first, workload.sources[first], facts)
    )
    placed = replace(
        workload,
        placements={first: matched.placements[0]},
        is_random=facts.is_random,
        flops_per_step=workload.flops_per_step or target.BACKWARD_FACTOR * facts.flops,
    )
    if shared is None:
        arrays = str(staging.folder / f"{first}.npz")
        placed = replace(placed, arrays=arrays, are_moved=True)
    return placed, facts


def list_used(
    context: RunContext, request: WorkloadRequest, workload: FolderWorkload
) -> list[str]:
    """Return the frameworks of the folder that the run uses and that can run here.

    The framework of the baseline comes first.
    """
    cells = select_runnable_cells(context.record, workload=request.label)
    needed = {base_name(cell.framework) for cell in cells}
    baseline = find_variant(context.record.baseline)[0].base
    found = [name for name in workload.sources if name in {*needed, baseline}]
    return sorted(found, key=lambda name: name != baseline)


def request_reading(
    context: RunContext,
    workload: FolderWorkload,
    framework: str,
    *,
    batches: Path,
    parameters: Path,
) -> messages.FolderRead:
    """Return what the workload of a folder defines, and save its arrays."""
    with context.pool.start_ready(
        framework,
        cores=available_cores(),
        cache=context.compile_cache(framework),
        log="folder",
        device="cpu",
    ) as (worker, _):
        return worker.request(
            messages.ReadFolder(
                source=source_of(workload),
                seed=workload.seed,
                save_batches_to=str(batches),
                save_parameters_to=str(parameters),
            ),
            messages.FolderRead,
        )


def source_of(workload: FolderWorkload) -> Source:
    """Return where the workload of a folder is defined."""
    return Source(name=CLASS, file=str(workload.file), arguments=workload.settings)


def is_trained(name: str) -> bool:
    """Return whether a parameter of a folder is trained: it is no running statistic."""
    return role_of(name) not in STATISTICS


def expected_outputs(workload: TargetWorkload) -> list[Shape] | None:
    """Return the shapes of outputs, which are those of targets; None with labels."""
    if all(spec.kind == "float" for spec in workload.targets):
        return [spec.shape for spec in workload.targets]
    return None
