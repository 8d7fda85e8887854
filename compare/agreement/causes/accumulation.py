"""Mistakes in gradients over several calls, uneven batches and micro-batches."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from compare import workloads
from compare.agreement.causes.simulation import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.agreement.causes.evidence import Evidence
    from compare.agreement.causes.simulation import Step
    from compare.contract import Snapshot

MOST_PARTS = 8  # into which a batch may have been split
MOST_BATCHES = 64  # of an epoch, in which an uneven one is searched for


def accumulation_mistakes(evidence: Evidence) -> Iterator[Mistake]:
    """Return the steps with gradients of other calls, or of parts of a batch."""
    yield from _list_kept()
    yield from _list_uneven(evidence)
    yield from _list_split(evidence)


def _list_kept() -> Iterator[Mistake]:
    """Yield gradients that are kept from one call to the next."""
    yield Mistake(
        name="gradients_not_zeroed",
        explanation="gradients are not set to zero: they accumulate from call to call",
        run=_run_accumulated,
        remembers=True,
    )
    yield Mistake(
        name="stale_gradient",
        explanation="the update uses the gradients of the step before",
        run=_run_stale,
        remembers=True,
    )
    yield Mistake(
        name="update_before_backward",
        explanation="the gradients of the step before update the parameters before "
        "the forward pass",
        run=_run_updated_before,
        remembers=True,
    )


def _run_accumulated(step: Step) -> Snapshot:
    now = step.differentiate()
    before = step.kept.get("sums")
    sums = {n: g + before[n] if before else g for n, g in now.gradients.items()}
    step.kept["sums"] = sums
    return step.end(now, seen=sums)


def _run_stale(step: Step) -> Snapshot:
    now = step.differentiate()
    before = step.kept.get("before", now.gradients)
    step.kept["before"] = now.gradients
    return step.end(now, applied=before)


def _run_updated_before(step: Step) -> Snapshot:
    before = step.kept.get("before")
    state = step.state if before is None else step.end_state(before)
    now = step.differentiate(state=state)
    step.kept["before"] = now.gradients
    return step.end(now, parameters=state)


def _list_uneven(evidence: Evidence) -> Iterator[Mistake]:
    """Yield a mean that is divided by the size of a whole batch, in an uneven one."""
    first_epoch = evidence.workload.batches(evidence.dtype)
    sizes = {len(batch["targets"]) for batch in islice(first_epoch, MOST_BATCHES)}
    if len(sizes) < 2:  # noqa: PLR2004 - all batches have the same size
        return
    for is_loss, words in ((True, "the loss and its gradients"), (False, "gradients")):
        for power, how in ((1, "too small"), (-1, "too large")):
            yield Mistake(
                name="last_batch_scaled",
                explanation=f"{words} of an uneven batch are {how} by the ratio of "
                "its size to that of a whole batch",
                run=partial(
                    _run_uneven, whole=max(sizes), power=power, is_loss=is_loss
                ),
            )


def _run_uneven(step: Step, *, whole: int, power: int, is_loss: bool) -> Snapshot:
    now = step.differentiate()
    factor = (len(step.batch["targets"]) / whole) ** power
    scaled = {name: factor * g for name, g in now.gradients.items()}
    return step.end(now, loss=factor * now.loss if is_loss else None, seen=scaled)


def _list_split(evidence: Evidence) -> Iterator[Mistake]:
    """Yield the mean over micro-batches of unequal size, all with the same weight."""
    if evidence.workload.loss == "sum_of_squares" or evidence.first is None:
        return
    samples = len(evidence.batch(evidence.first.expected.step)["targets"])
    sizes = {-(-samples // parts) for parts in range(2, MOST_PARTS + 1)}
    sizes |= {samples // parts + 1 for parts in range(2, MOST_PARTS + 1)}
    sizes |= {2**power for power in range(samples.bit_length())}
    for size in sorted(s for s in sizes if 1 < s < samples and samples % s):
        for is_loss in (True, False):
            yield Mistake(
                name="micro_batches",
                explanation=f"micro-batches of {size} samples, the last one smaller, "
                "are averaged with equal weights",
                run=partial(_run_split, size=size, is_loss=is_loss),
            )


def _run_split(step: Step, *, size: int, is_loss: bool) -> Snapshot:
    samples = len(step.batch["targets"])
    parts = [
        step.differentiate(
            batch=workloads.take_samples(step.batch, slice(start, start + size))
        )
        for start in range(0, samples, size)
    ]
    gradients = {
        name: np.asarray(sum(part.gradients[name] for part in parts) / len(parts))
        for name in parts[0].gradients
    }
    loss = np.asarray(sum(part.loss for part in parts) / len(parts))
    now = parts[0] if is_loss else step.differentiate()
    return step.end(now, loss=loss if is_loss else None, seen=gradients)
