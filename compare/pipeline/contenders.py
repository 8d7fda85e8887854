"""Time several workloads in the same rounds: copies of a model, or two versions of it.

Every contender has its own worker. Blocks are interleaved in balanced random order, as
in `compare.timing.launching`.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from compare.errors import CompareError
from compare.timing.launching import (
    BLOCK_S,
    START_S,
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
    from compare.runs.record import Cell, Start, WorkloadRequest
    from compare.runs.rows import SampleRow
    from compare.timing.launching import Arm


@dataclass(frozen=True, kw_only=True)
class Contender:
    """What is timed: a workload, in the mode of a cell.

    Attributes:
        name: under which its samples are stored, as their mode.
        cell: whose framework and mode it runs in.
        workload: with its data in one file.
        context: of the run whose workers it uses.
    """

    name: str
    cell: Cell
    workload: WorkloadRequest
    context: RunContext


@dataclass(kw_only=True)
class ContenderLaunch:
    """The results of one launch; failures by the contender's name."""

    samples: list[SampleRow] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


def time_contenders(
    contenders: Sequence[Contender], *, number: int, title: str
) -> ContenderLaunch:
    """Start every contender again, and measure all rounds of a launch.

    A contender that fails has no samples.

    Args:
        contenders: with different names. The first one's run defines rounds and blocks.
        number: of the launch, from 0.
        title: of the launch, for the progress display.
    """
    context, result = contenders[0].context, ContenderLaunch()
    with ExitStack() as stack:

        def start(contender: Contender, cores: list[int]) -> Arm | None:
            context.reporter.advance(
                f"{title}: starting {contender.name}", expected_s=START_S
            )
            try:
                with naming_bugs():
                    return start_contender(
                        contender, number=number, cores=cores, stack=stack
                    )
            except (CannotRunError, CompareError) as error:
                result.failures[contender.name] = str(error)
            return None

        started = context.pool.in_parallel(start, list(contenders))
        arms = [arm for arm in started if arm is not None]
        result.starts += [arm.start for arm in arms]
        time_rounds(context, arms, number=number, title=title, result=result)
    return result


def start_contender(
    contender: Contender, *, number: int, cores: list[int], stack: ExitStack
) -> Arm:
    """Start the worker of a contender, and bring it into steady state.

    Raises:
        CannotRunError: the mode cannot run the workload.
        WorkerError: the worker failed.
    """
    cell, context = contender.cell, contender.context
    worker = stack.enter_context(
        context.pool.with_generation(number).start(
            cell.framework,
            cores=cores,
            cache=context.compile_cache(cell.framework),
            log=f"timed-{contender.name}",
        )
    )
    planned = PlannedStart(cell=cell, mode=contender.name, launch=number, is_cold=False)
    return start_arm(planned, worker=worker, workload=contender.workload)


def time_rounds(
    context: RunContext,
    arms: list[Arm],
    *,
    number: int,
    title: str,
    result: ContenderLaunch,
) -> None:
    """Measure the rounds of started workers. One that fails is left out."""
    request = context.record.request
    for arm in arms:
        with storing_failure(arm, result.failures):
            arm.worker.pin(context.pool.measured_cores)
    arms = [
        choose_block_steps(arm, block_s=request.block_s, failures=result.failures)
        for arm in arms
        if arm.name not in result.failures
    ]
    arms = [arm for arm in arms if arm.name not in result.failures]
    if not arms:
        return
    rng = np.random.default_rng([request.seed, number])
    orders = islice(balanced_orders(len(arms), rng=rng), request.rounds)
    for round_, order in enumerate(orders):
        context.reporter.advance(
            f"{title}: round {round_ + 1} of {request.rounds}",
            expected_s=BLOCK_S * len(arms),
        )
        plan = RoundPlan(launch=number, number=round_, order=order)
        result.samples += measure_round(
            arms, plan=plan, threads=request.threads, failures=result.failures
        )
