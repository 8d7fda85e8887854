"""Measure what fixes gain: copies and the original, in the same rounds.

Every copy has its own worker. Blocks in which a graph is captured again count, because
that is a price of the break. Blocks are interleaved in balanced random order, as in
`compare.timing.launching`. A ratio is estimated per launch (Hodges-Lehmann, of the log
ratios of its rounds); its interval is that of the mean over launches.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from compare.errors import CompareError
from compare.frameworks import find_variant
from compare.stats.estimates import Interval, hodges_lehmann, ratio_interval
from compare.timing.launching import (
    PlannedStart,
    RoundPlan,
    choose_block_steps,
    measure_round,
    start_arm,
    storing_failure,
)
from compare.timing.order import balanced_orders
from compare.workers.failures import naming_bugs
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.pipeline.context import RunContext
    from compare.runs.record import Cell, WorkloadRequest
    from compare.timing.launching import Arm

ORIGINAL = "original"
LAUNCHES = 4  # with fewer, a t interval is wider than any gain


@dataclass(frozen=True, kw_only=True)
class Contender:
    """What is timed: a workload, in the mode of a cell."""

    name: str
    cell: Cell
    workload: WorkloadRequest


def change_mode(cell: Cell, variant: str) -> Cell:
    """Return a cell in another mode."""
    return msgspec.structs.replace(cell, mode=find_variant(variant)[1].name)


def measure_ratios(
    context: RunContext, contenders: Sequence[Contender], *, launches: int = LAUNCHES
) -> dict[str, Interval]:
    """Return the ratio of each step time to that of the first contender.

    A contender that fails has no ratio. Without the first one there is none at all.

    Args:
        context: of the run.
        contenders: the first one is what the others are compared with.
        launches: how often all workers are started again.
    """
    logs: dict[str, list[float]] = {}
    for number in range(launches):
        steps = time_contenders(context, contenders, number=number)
        first = steps.pop(contenders[0].name, None)
        if first is None:
            continue
        for name, seconds in steps.items():
            rounds = np.log(seconds) - np.log(first)
            logs.setdefault(name, []).append(hodges_lehmann(rounds))
    return {name: ratio_interval(found) for name, found in logs.items()}


def time_contenders(
    context: RunContext, contenders: Sequence[Contender], *, number: int
) -> dict[str, np.ndarray]:
    """Return the step times of each contender, one per round, in nanoseconds."""
    request = context.record.request
    pool = context.pool.with_generation(number)
    with ExitStack() as stack:

        def start(contender: Contender, cores: list[int]) -> Arm | None:
            cell = contender.cell
            context.reporter.advance(
                f"launch {number + 1} of the fixes: starting {contender.name}"
            )
            try:
                with naming_bugs():
                    worker = stack.enter_context(
                        pool.start(
                            cell.framework,
                            cores=cores,
                            cache=context.compile_cache(cell.framework),
                            log=f"fix-timed-{contender.name}",
                        )
                    )
                    planned = PlannedStart(
                        cell=cell, mode=contender.name, launch=number, is_cold=False
                    )
                    return start_arm(
                        planned, worker=worker, workload=contender.workload
                    )
            except (CannotRunError, CompareError):
                return None

        started = pool.in_parallel(start, list(contenders))
        arms = [arm for arm in started if arm is not None]
        rng = np.random.default_rng([request.seed, number])
        return time_rounds(context, arms, number=number, rng=rng)


def time_rounds(
    context: RunContext, arms: list[Arm], *, number: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return the step times of started workers. One that fails is left out."""
    request = context.record.request
    failures: dict[str, str] = {}
    for arm in arms:
        with storing_failure(arm, failures):
            arm.worker.pin(context.pool.measured_cores)
    arms = [
        choose_block_steps(arm, block_s=request.block_s, failures=failures)
        for arm in arms
        if arm.name not in failures
    ]
    arms = [arm for arm in arms if arm.name not in failures]
    if not arms:
        return {}
    times: dict[str, list[float]] = {arm.mode: [] for arm in arms}
    orders = islice(balanced_orders(len(arms), rng=rng), request.rounds)
    for round_, order in enumerate(orders):
        context.reporter.advance(
            f"launch {number + 1} of the fixes: round {round_ + 1} of {request.rounds}"
        )
        plan = RoundPlan(launch=number, number=round_, order=order)
        for block in measure_round(
            arms, plan=plan, threads=request.threads, failures=failures
        ):
            times[block.mode].append(block.duration_ns / block.steps)
    return {
        arm.mode: np.array(times[arm.mode]) for arm in arms if arm.name not in failures
    }
