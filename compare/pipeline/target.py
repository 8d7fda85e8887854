"""Inspect a user's model before anything is checked: what it takes and returns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from compare.machine import available_cores
from compare.runs.record import TargetFacts
from compare.workers import messages

if TYPE_CHECKING:
    from pathlib import Path

    from compare.pipeline.context import RunContext
    from compare.runs.record import WorkloadRequest
    from compare.workloads.target import Source, TargetWorkload

BACKWARD_FACTOR = 3.0  # a step with its backward pass has three times the products


def stage_target(
    context: RunContext,
    request: WorkloadRequest,
    workload: TargetWorkload,
    *,
    folder: Path,
) -> TargetWorkload:
    """Return the workload with everything that its user did not state.

    Raises:
        TargetRefusedError: the model cannot be used.
        CompareError: the worker failed.
    """
    first, *_ = workload.sources
    inspected = {
        framework: inspect_source(
            context, workload, framework, save_to=folder / f"{framework}.npz"
        )
        for framework in workload.sources
    }
    found = inspected[first]
    context.record.targets[request.label] = [
        describe_target(framework, workload.sources[framework], facts)
        for framework, facts in inspected.items()
    ]
    return replace(
        workload,
        inputs=tuple(found.inputs),
        targets=tuple(found.targets),
        loss=found.loss,
        arrays=str(folder / f"{first}.npz"),
        is_random=found.is_random,
        flops_per_step=BACKWARD_FACTOR * found.flops,
    )


def inspect_source(
    context: RunContext, workload: TargetWorkload, framework: str, *, save_to: Path
) -> messages.Inspected:
    """Build the model of one framework in a worker, and return what it is."""
    with context.pool.start_ready(
        framework,
        cores=available_cores(),
        cache=context.compile_cache(framework),
        log=f"inspect-{framework}",
        device="cpu",
    ) as (worker, _):
        return worker.request(
            messages.Inspect(
                source=workload.sources[framework],
                inputs=list(workload.inputs),
                loss=workload.loss,
                output=workload.output,
                seed=workload.seed,
                save_to=str(save_to),
            ),
            messages.Inspected,
        )


def describe_target(
    framework: str, source: Source, facts: messages.Inspected
) -> TargetFacts:
    """Return the facts that a report states about a model."""
    return TargetFacts(
        framework=framework,
        source=source.text,
        kind=facts.kind,
        inputs=[spec.text for spec in facts.inputs],
        found_by=facts.found_by,
        outputs=[spec.text for spec in facts.outputs],
        loss=facts.loss,
        trained=len(facts.trained),
        buffers=len(facts.buffers),
        frozen=facts.frozen,
        tied=facts.tied,
        is_random=facts.is_random,
        narrowed=facts.narrowed,
    )
