"""Inspect a user's model before anything is checked: what it takes and returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from compare.errors import UsageError
from compare.machine import available_cores
from compare.pipeline.check import pairing
from compare.runs.record import TargetFacts
from compare.targets.mapping import format_mapping
from compare.workers import messages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from compare.pipeline.context import RunContext
    from compare.runs.record import Request, WorkloadRequest
    from compare.targets.matching import Parameter
    from compare.workloads.target import (
        ArraySpec,
        Source,
        TargetWorkload,
    )

BACKWARD_FACTOR = 3.0  # a step with its backward pass has three times the products
# The reference of a model whose forward pass takes longer would take minutes.
SLOW_FORWARD_S = 0.05
# A restart, the first state and a step after it are compared in any case.
SLOW_STEPS, SLOW_ROUNDS = 5, 6


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
    first, *others = workload.sources
    found = inspect_source(context, workload, first, save_to=folder / f"{first}.npz")
    staged = replace(
        workload,
        inputs=tuple(found.inputs),
        targets=tuple(found.targets),
        loss=found.loss,
        arrays=str(folder / f"{first}.npz"),
        is_random=found.is_random,
        length=found.length,
        flops_per_step=BACKWARD_FACTOR * found.flops,
    )
    facts = describe_target(first, workload.sources[first], found)
    facts.shortened = shorten_request(context.record.request, forward_s=found.forward_s)
    context.record.targets[request.label] = [facts]
    require_repeatable([found] if others else [])
    for framework in others:
        staged = add_model(
            Staging(context=context, request=request, folder=folder),
            staged,
            framework,
            shared=pairing.list_parameters(found),
            outputs=[spec.shape for spec in found.outputs],
        )
    return staged


def shorten_request(request: Request, *, forward_s: float) -> str:
    """Compare fewer steps of a slow model, in fewer rounds; return what was changed."""
    steps = min(request.trajectory_steps, SLOW_STEPS)
    rounds = min(request.rounds, SLOW_ROUNDS)
    before = (request.trajectory_steps, request.rounds)
    if forward_s < SLOW_FORWARD_S or (steps, rounds) == before:
        return ""
    request.trajectory_steps, request.rounds = steps, rounds
    return (
        f"A forward pass takes {forward_s:.2g} s: {steps} instead of {before[0]} "
        f"consecutive steps are compared, and {rounds} instead of {before[1]} rounds "
        "of a launch are measured."
    )


@dataclass(frozen=True, kw_only=True)
class Staging:
    """The run, the request and the folder of a workload whose models are matched."""

    context: RunContext
    request: WorkloadRequest
    folder: Path  # for the arrays of the workload


def add_model(
    staging: Staging,
    workload: TargetWorkload,
    framework: str,
    *,
    shared: Sequence[Parameter],
    outputs: Sequence[tuple[int, ...]] | None,
) -> TargetWorkload:
    """Return the workload with the placement of a further model.

    Args:
        staging: where the workload belongs.
        workload: with everything that is shared.
        framework: of the model.
        shared: parameters and buffers, which define the names.
        outputs: the shared shapes; ``None`` accepts any.

    Raises:
        TargetRefusedError: the model cannot be used.
        UsageError: it does not correspond to the shared parameters.
    """
    context, label = staging.context, staging.request.label
    matched = pairing.match_model(
        inspect_in_run(staging, workload, framework),
        shared=shared,
        inputs=workload.inputs,
        outputs=outputs,
        known=workload.placements.get(framework),
    )
    require_repeatable([matched.facts])
    chosen = pairing.choose_placement(
        context,
        workload,
        framework,
        placements=matched.placements,
        folder=staging.folder,
    )
    context.record.targets.setdefault(label, []).append(
        describe_target(framework, workload.sources[framework], matched.facts)
    )
    first = next(iter(workload.sources))
    text = format_mapping(chosen, first=first, second=framework)
    mapping_path(context.folder, label).write_text(text, "utf-8")
    return replace(workload, placements={**workload.placements, framework: chosen})


def inspect_in_run(
    staging: Staging, workload: TargetWorkload, framework: str
) -> pairing.Inspect:
    """Return a function that inspects a model for given inputs."""

    def inspect(inputs: Sequence[ArraySpec]) -> messages.Inspected:
        return inspect_source(
            staging.context,
            replace(workload, inputs=tuple(inputs)),
            framework,
            save_to=staging.folder / f"{framework}.npz",
        )

    return inspect


def mapping_path(folder: Path, label: str) -> Path:
    """Return where a run stores the mapping of a pair."""
    return folder / f"{label}-mapping.toml"


def require_repeatable(models: Sequence[messages.Inspected]) -> None:
    """Raise if a model of a pair draws random numbers in training.

    Raises:
        UsageError: it does; two frameworks draw different numbers.
    """
    if any(facts.is_random for facts in models):
        raise UsageError(
            "TARGET: expected two models without random numbers in training; their "
            "outputs change from call to call, and two frameworks draw different "
            "numbers. Set dropout to 0, such as with --with dropout=0, or check each "
            "model alone"
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
