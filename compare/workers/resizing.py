"""Run a session on batches of other sizes: is it captured again, and still correct?"""

from __future__ import annotations

from contextlib import nullcontext
from time import perf_counter
from typing import TYPE_CHECKING

from compare.targets.loading import Stage, describe_failure
from compare.workers import messages
from compare.workers.evaluating import simulate

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from compare.contract import (
        Arrays,
        Batch,
        PlacedBatch,
        RoundingModule,
        Session,
    )
    from compare.workloads.target import TargetWorkload

REPEATS = 3  # of a step whose shortest time counts


def try_sizes(
    session: Session,
    workload: TargetWorkload,
    request: messages.TrySizes,
    *,
    rounding: RoundingModule,
) -> list[messages.SizeTried]:
    """Return the results for each size; afterwards the session is as at first."""
    initial = workload.parameters(request.dtype)
    found: list[messages.SizeTried] = []
    start = perf_counter()
    for size in request.sizes:
        if found and (spent_s := perf_counter() - start) > request.seconds:
            reason = f"not tried: the sizes before it took {spent_s:.0f} s"
            found.append(messages.SizeTried(reason=reason))
            continue
        try:
            batch = next(workload.resized(size).batches(request.dtype))
            tried = _try_size(session, initial, batch, request, rounding=rounding)
        except Exception as error:  # noqa: BLE001 - the user's code
            reason = describe_failure(Stage.FORWARD, error).sentence
            tried = messages.SizeTried(reason=reason)
        found.append(tried)
    session.load(initial)
    return found


def _try_size(
    session: Session,
    initial: Arrays,
    batch: Batch,
    request: messages.TrySizes,
    *,
    rounding: RoundingModule,
) -> messages.SizeTried:
    """Return the results for one batch, each from the initial parameters."""
    session.load(initial)
    # Trials are made of the reference only, which draws as the variants do.
    drawn = rounding.drawing(dtype=request.dtype)
    placed = session.place(batch)
    tried = _time_steps(session, placed, drawn if request.trials else nullcontext())
    for seed in range(request.trials):
        session.load(initial)
        moved = _run(
            session, placed, simulate(rounding, dtype=request.dtype, seed=seed)
        )
        tried.deviation = max(tried.deviation, abs(moved - tried.loss))
    return tried


def _time_steps(
    session: Session,
    batch: PlacedBatch,
    arithmetic: AbstractContextManager[None],
) -> messages.SizeTried:
    captures, start = session.captures_count(), perf_counter()
    loss = _run(session, batch, arithmetic)
    first_s = perf_counter() - start
    return messages.SizeTried(
        loss=loss,
        captures=max(0, session.captures_count() - captures),
        first_s=first_s,
        step_s=min(_time_step(session, batch) for _ in range(REPEATS)),
    )


def _time_step(session: Session, batch: PlacedBatch) -> float:
    start = perf_counter()
    session.step(batch)
    session.synchronize()
    return perf_counter() - start


def _run(
    session: Session, batch: PlacedBatch, arithmetic: AbstractContextManager[None]
) -> float:
    with arithmetic:
        return float(session.read_loss(session.step(batch)))
