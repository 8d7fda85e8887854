"""Launches, rounds, blocks and their order: how samples are collected.

Every variant has a worker of its own, all of them warm, one active at a time. A round
measures each once, in an order that is random and balanced: over a square of rounds
every variant stands in every position, and follows every other, equally often. Fresh
processes at each launch, because processes of the same program differ by about 1%.
A second worker of the baseline variant, the *control*, runs along under its own name.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from math import nan
from time import sleep
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from compare.contract import LIMITS
from compare.errors import WorkerError
from compare.runs.record import CONTROL, Cell, Start
from compare.runs.rows import SampleRow
from compare.timing import limits, voiding
from compare.timing.order import balanced_orders
from compare.workers import messages
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compare.contract import Dtype, Limit
    from compare.runs.progress import Reporter
    from compare.runs.record import Request, WorkloadRequest
    from compare.timing.limits import Peak
    from compare.workers.pool import WorkerPool
    from compare.workers.process import Worker

LEAD_IN_STEPS = 8  # after another worker's turn the first steps are slow
WARM_UP_STEPS = 10  # TorchScript settles after six
WARM_UP_S = 0.1
# Expected, only to tell the time left: of a start, a cold one, a block with lead-in.
START_S, COLD_START_S, BLOCK_S = 1.3, 2.8, 0.035
SETTLE_S = 0.015  # several threads spin on for so long after their work


@dataclass(frozen=True, kw_only=True)
class Arm:
    """A started worker in a launch, under the name that its samples get."""

    cell: Cell
    mode: str  # the cell's, or "control"
    worker: Worker
    start: Start
    step_ns: float  # about
    steps: int = 1  # in a block


@dataclass(kw_only=True)
class LaunchResult:
    """What a launch leaves; filled while it goes on."""

    samples: list[SampleRow] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    captures: dict[str, str] = field(default_factory=dict)  # variant -> as measured
    failures: dict[str, str] = field(default_factory=dict)  # name -> reason
    missing: dict[str, str] = field(default_factory=dict)  # name -> reason
    peaks: dict[Limit, Peak] = field(default_factory=dict)


def run_launch(  # noqa: PLR0913 - a launch and its circumstances
    cells: list[Cell],
    *,
    baseline: str,
    workload: WorkloadRequest,
    request: Request,
    launch: int,
    launcher: WorkerPool,
    caches: Path,
    reporter: Reporter,
) -> LaunchResult:
    """Start a worker per cell and one control, measure rounds, end them all.

    A worker that fails loses its own cell only: the rest of the launch goes on.
    The folder `caches` holds compiled code, none at the first launch.
    """
    result = LaunchResult()
    names = [(cell, cell.mode) for cell in cells]
    names += [(cell, CONTROL) for cell in cells if cell.variant == baseline]
    with ExitStack() as stack:

        def start(named: tuple[Cell, str], cores: list[int]) -> Arm | None:
            cell, mode = named
            name = label(cell, mode=mode)
            cost = START_S if launch else COLD_START_S
            where = numbered(cell, launch=launch, request=request)
            reporter.advance(f"{where}: starting {name}", expected_s=cost)
            file_name = f"{cell.framework}-{mode}"
            cold = not (caches / file_name).exists()
            worker = stack.enter_context(
                launcher.start(
                    cell.framework,
                    cores=cores,
                    cache=caches / file_name,
                    log=f"{cell.workload}-{file_name}",
                )
            )
            try:
                return warm_arm(
                    cell,
                    mode=mode,
                    worker=worker,
                    workload=workload,
                    launch=launch,
                    cold=cold,
                )
            except CannotRunError as reason:
                result.missing[name] = str(reason)
            except WorkerError as error:
                result.failures[name] = str(error)
            return None

        started = launcher.in_parallel(start, names)
        arms = [arm for arm in started if arm is not None]
        if arms:
            reporter.phase("measure")
            measure_rounds(
                arms,
                request=request,
                launch=launch,
                launcher=launcher,
                reporter=reporter,
                result=result,
            )
    return result


def measure_rounds(  # noqa: PLR0913 - a launch and its circumstances
    arms: list[Arm],
    *,
    request: Request,
    launch: int,
    launcher: WorkerPool,
    reporter: Reporter,
    result: LaunchResult,
) -> None:
    """Every round of a launch on the same processors, then what each arm used."""
    for arm in arms:
        arm.worker.pin(launcher.measured_cores)
    arms = [sized(arm, block_s=request.block_s) for arm in arms]
    rng = np.random.default_rng([request.seed, launch])
    orders = islice(balanced_orders(len(arms), rng=rng), request.rounds)
    for number, order in enumerate(orders):
        where = numbered(arms[0].cell, launch=launch, request=request)
        reporter.advance(
            f"{where}: round {number + 1} of {request.rounds}",
            expected_s=BLOCK_S * len(arms),
        )
        result.samples += measure_round(
            arms,
            order=order,
            number=number,
            launch=launch,
            threads=request.threads,
            failures=result.failures,
        )
    for arm in arms:
        describe(arm, result=result)
    well = [a for a in arms if label(a.cell, mode=a.mode) not in result.failures]
    if not launch:  # the machine's limits stay what they are
        result.peaks = peaks(well, request=request)


def numbered(cell: Cell, *, launch: int, request: Request) -> str:
    """Which launch of a workload it is, and of how many where that is known."""
    known = request.budget_s is None and request.precision is None
    of = f" of {request.launches}" if known else ""
    return f"{cell.workload} launch {launch + 1}{of}"


def label(cell: Cell, *, mode: str) -> str:
    """The name that a cell's worker, or its control, fails under."""
    return CONTROL if mode == CONTROL else cell.variant


def prepare(
    worker: Worker, cell: Cell, *, dtype: Dtype, workload: WorkloadRequest
) -> messages.Prepared:
    """Have a worker build the session of a cell."""
    return worker.request(
        messages.Prepare(
            workload=workload.name,
            config=workload.config,
            mode=cell.mode,
            device=cell.device,
            dtype=dtype,
        ),
        messages.Prepared,
    )


def warm_arm(  # noqa: PLR0913 - a cell and its circumstances
    cell: Cell,
    *,
    mode: str,
    worker: Worker,
    workload: WorkloadRequest,
    launch: int,
    cold: bool,
) -> Arm:
    """Bring a fresh worker into steady state, each cost on the way measured apart."""
    ready = worker.hello()
    prepared = prepare(worker, cell, dtype=cell.dtype, workload=workload)
    first = worker.request(messages.FirstCall(), messages.Elapsed)
    warm = worker.request(
        messages.WarmUp(steps=WARM_UP_STEPS, seconds=WARM_UP_S), messages.Warm
    )
    start = Start(
        workload=cell.workload,
        framework=cell.framework,
        mode=mode,
        launch=launch,
        import_s=ready.import_s,
        prepare_s=prepared.prepare_s,
        first_call_s=first.seconds,
        cold=cold,
        import_rss_bytes=ready.peak_rss_bytes,
        start_rss_bytes=warm.peak_rss_bytes,
        steady_rss_bytes=0,
        start_device_bytes=warm.peak_device_bytes,
        steady_device_bytes=None,
        reserved_device_bytes=None,
        captures_count=warm.captures_count,
        recaptures=0,
        graph_breaks=None,
        nodes=None,
        nodes_optimized=None,
        kernels=None,
    )
    return Arm(
        cell=cell,
        mode=mode,
        worker=worker,
        start=start,
        step_ns=warm.step_ns,
    )


def sized(arm: Arm, *, block_s: float) -> Arm:
    """The arm with as many steps to a block as last so long where it is measured."""
    brief = messages.WarmUp(steps=WARM_UP_STEPS, seconds=0.0)
    try:
        warm = arm.worker.request(brief, messages.Warm)
    except WorkerError:  # the first round will tell
        return arm
    steps = max(1, round(block_s * 1e9 / warm.step_ns))
    return replace(arm, steps=steps, step_ns=warm.step_ns)


def measure_round(  # noqa: PLR0913 - a round and where it stands
    arms: list[Arm],
    *,
    order: list[int],
    number: int,
    launch: int,
    threads: int,
    failures: dict[str, str],
) -> Iterator[SampleRow]:
    """One block of every arm, in this order; a failing arm drops out."""
    for position, index in enumerate(order):
        arm = arms[index]
        name = label(arm.cell, mode=arm.mode)
        if name in failures:
            continue
        if threads > 1:
            sleep(SETTLE_S)
        block = messages.Block(lead_in=LEAD_IN_STEPS, steps=arm.steps)
        try:
            sample = arm.worker.request(block, messages.Sample)
        except WorkerError as error:
            failures[name] = str(error)
            continue
        device_ns = sample.device_ns
        yield SampleRow(
            **{**arm.cell.key, "mode": arm.mode},
            launch=launch,
            round=number,
            position=position,
            steps=arm.steps,
            duration_ns=sample.duration_ns,
            started_ns=sample.started_ns,
            device_ns=nan if device_ns is None else device_ns,
            void=voiding.find_void_reason(sample, expected_ns=arm.steps * arm.step_ns)
            or "",
        )


def describe(arm: Arm, *, result: LaunchResult) -> None:
    """Ask a worker what it captured and used, and note it."""
    name = label(arm.cell, mode=arm.mode)
    if name in result.failures:
        return
    try:
        told = arm.worker.request(messages.Describe(), messages.Description)
    except WorkerError as error:
        result.failures[name] = str(error)
        return
    result.captures[name] = told.captures
    result.starts.append(
        msgspec.structs.replace(
            arm.start,
            steady_rss_bytes=told.peak_rss_bytes,
            steady_device_bytes=told.peak_device_bytes,
            reserved_device_bytes=told.reserved_device_bytes,
            captures_count=told.captures_count,
            recaptures=told.captures_count - arm.start.captures_count,
            graph_breaks=told.graph_breaks,
            nodes=told.nodes,
            nodes_optimized=told.nodes_optimized,
            kernels=told.kernels,
        )
    )


def peaks(arms: list[Arm], *, request: Request) -> dict[Limit, Peak]:
    """The machine's limits, by one worker of each framework."""
    workers = {arm.cell.framework: arm.worker for arm in reversed(arms)}
    best = {
        limit: limits.measure_peak(
            workers, limit=limit, device=request.device, dtype=request.dtype
        )
        for limit in LIMITS
    }
    return {limit: peak for limit, peak in best.items() if peak}
