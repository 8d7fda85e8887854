"""What is examined of a user's model in addition: other sizes, and derivatives.

A graph that was captured at one batch size may be captured again at another, or compute
something else there: a size may have become a constant of the graph.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from compare import workloads
from compare.contract import NO_OPTIMIZER
from compare.numerics.tolerance import TRIALS, compute_tolerance
from compare.pipeline import reference
from compare.pipeline.check.evidence import keep_evidence
from compare.pipeline.context import PROOF
from compare.runs.record import BreakFacts, DerivativeFacts, Examined, SizeFacts
from compare.runs.words import Check
from compare.workers import messages
from compare.workloads.target import Size, TargetWorkload, further_lengths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.agreement.examine import Examination
    from compare.contract import Dtype, GraphBreak
    from compare.pipeline.context import RunContext
    from compare.runs.record import Cell
    from compare.workers.process import Worker

SIZES_S = 20.0  # XLA and Inductor may capture each size for half a minute
DIRECTIONS = 4  # in which derivatives are checked


def further_sizes(workload: TargetWorkload) -> list[Size]:
    """Return three further sizes: of batches, and of sequences if there are any."""
    batch, length = workload.size.batch, workload.size.length
    half, wide = max(1, batch // 2), 3 * batch + 1
    if not length:
        return [Size(batch=each) for each in (half, 2 * batch, wide)]
    longer, shorter = further_lengths(length)
    return [
        Size(batch=half, length=length),
        Size(batch=batch, length=longer),
        Size(batch=wide, length=shorter),
    ]


def judge_sizes(context: RunContext, cell: Cell, *, worker: Worker) -> list[SizeFacts]:
    """Run a session of a user's model on other sizes, and compare its losses.

    Returns nothing for other workloads.
    """
    if (workload := find_target(context, cell.workload)) is None:
        return []
    sizes = further_sizes(workload)
    request = messages.TrySizes(sizes=sizes, dtype=cell.dtype, seconds=SIZES_S)
    tried = worker.request(request, messages.SizesTried).found
    known = context.expected_sizes[cell.workload, cell.dtype]
    expected = context.pool.wait_for(known)
    return [
        judge_size(one, other, size=size, dtype=cell.dtype)
        for size, one, other in zip(sizes, tried, expected, strict=True)
    ]


def keep_examined(
    context: RunContext,
    cell: Cell,
    *,
    breaks: Sequence[GraphBreak],
    sizes: Sequence[SizeFacts] = (),
) -> None:
    """Keep what was examined of a user's model in a cell, for its card."""
    if find_target(context, cell.workload) is None:
        return
    examined = Examined(
        workload=cell.workload,
        framework=cell.framework,
        mode=cell.mode,
        breaks=[BreakFacts(**asdict(each)) for each in breaks],
        sizes=list(sizes),
    )
    with context.lock:
        context.record.examined.append(examined)


def keep_difference(
    context: RunContext, cell: Cell, examined: Examination, *, dtype: Dtype
) -> None:
    """Keep a script that shows the first difference of a user's model in float64."""
    workload, first = find_target(context, cell.workload), examined.first
    if workload is None or first is None or dtype != PROOF:
        return
    if first.expected.check is Check.STEP:
        keep_evidence(
            context,
            cell,
            workload,
            step=first.expected.step,
            state=first.expected.state,
        )


def find_target(context: RunContext, label: str) -> TargetWorkload | None:
    """Return the workload of this label if it is a user's model."""
    staged = context.staged[label]
    workload: Any = workloads.build(staged.name, staged.config)
    return workload if isinstance(workload, TargetWorkload) else None


def judge_size(
    tried: messages.SizeTried,
    expected: messages.SizeTried,
    *,
    size: Size,
    dtype: Dtype,
) -> SizeFacts:
    """Compare the loss of a session at another size with the reference's."""
    facts = SizeFacts(
        size=size.batch,
        length=size.length,
        reason=tried.reason,
        captures=tried.captures,
        first_s=tried.first_s,
        step_s=tried.step_s,
    )
    if tried.reason or expected.reason:
        return facts
    facts.error = abs(tried.loss - expected.loss)
    facts.tolerance = compute_tolerance(
        [expected.deviation], largest=abs(expected.loss), dtype=dtype, check="step"
    )
    facts.agrees = facts.error <= facts.tolerance
    return facts


def compute_sizes(
    context: RunContext, label: str, dtype: Dtype
) -> list[messages.SizeTried]:
    """Return the reference's losses at other sizes, and check its gradients."""
    workload = find_target(context, label)
    if workload is None:
        return []
    with reference.open_session(context, label, log=f"sizes-{dtype}") as worker:
        request = messages.TrySizes(
            sizes=further_sizes(workload), dtype=dtype, trials=len(TRIALS)
        )
        found = worker.request(request, messages.SizesTried).found
        if (
            workload.optimizer.name != NO_OPTIMIZER
            and label not in context.record.derivatives
        ):
            check = messages.CheckGradient(
                directions=DIRECTIONS, seed=workload.seed, dtype=dtype
            )
            derivatives = worker.request(check, messages.Derivatives).found
            context.record.derivatives[label] = [
                DerivativeFacts(**msgspec.structs.asdict(each)) for each in derivatives
            ]
    return found
