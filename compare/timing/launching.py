"""Collect samples: start the workers of a launch, and measure them in rounds.

Every variant has its own worker. All workers of a launch are in steady state, and one
at a time is active. A round measures one block of each, in a random order that is
balanced (`compare.timing.order`): over a square of rounds, every variant is at each
position, and follows each other variant, equally often.

Each launch starts new processes, because the step times of processes of the same
program differ by about 1%. A second worker of the baseline, the *control*, is measured
under its own name.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from math import ceil, nan
from time import sleep
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from compare.contract import LIMITS
from compare.errors import CompareError
from compare.frameworks import find_variant
from compare.runs.record import CONTROL, Cell, Start
from compare.runs.rows import SampleRow
from compare.timing import limits, voiding
from compare.timing.checking import check_block, choose_kept_rounds
from compare.timing.element_kernel import measure_element_ns
from compare.timing.order import balanced_orders
from compare.workers import messages
from compare.workers.failures import naming_bugs
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from compare.contract import Dtype, Limit
    from compare.runs.progress import Reporter
    from compare.runs.record import Request, WorkloadRequest
    from compare.timing.checking import CheckedBlock
    from compare.timing.limits import Peak
    from compare.workers.pool import WorkerPool
    from compare.workers.process import Worker

# The first steps after another worker's block are slow. The lead-in has this many, or
# fewer if these take this long: of steps of 50 ms, eight would take most of a run.
LEAD_IN_STEPS, LEAST_LEAD_IN_STEPS, LEAD_IN_S = 8, 2, 0.06
WARM_UP_STEPS = 10  # TorchScript reaches its steady state after six
WARM_UP_S = 0.1
# Expected durations, for the time left: a start, a block with lead-in.
START_S, BLOCK_S = 0.6, 0.035
# Threads of an intra-op pool keep spinning for about this long after their work. They
# would take processor time from the next worker.
SETTLE_S = 0.015


@dataclass(frozen=True, kw_only=True)
class Launch:
    """One launch of a workload: what to start, and with what.

    Attributes:
        cells: of one workload; each gets a worker.
        baseline: the variant that also gets a control.
        workload: with its data in one file.
        request: of the run.
        number: of the launch, from 0.
        first_round: number of the first round; above 0 in a further part of a launch,
            whose baseline is not checked again.
        pool: starts the workers.
        cache_of: returns the folder for compiled code of a cell and an arm's name. A
            folder that does not exist makes a start cold.
        reporter: shows what is running.
        results: folder for the results of timed steps.
        before_rounds: called when all workers are started. It waits for other work in
            this process, so that nothing else runs while blocks are timed.
    """

    cells: list[Cell]
    baseline: str
    workload: WorkloadRequest
    request: Request
    number: int
    first_round: int = 0
    pool: WorkerPool
    cache_of: Callable[[Cell, str], Path]
    reporter: Reporter
    results: Path
    before_rounds: Callable[[], None] = lambda: None


@dataclass(frozen=True, kw_only=True)
class PlannedStart:
    """A worker to start: its cell, and what is stored with its costs."""

    cell: Cell
    mode: str  # the cell's, or a name of its own, such as "control"
    launch: int
    is_cold: bool  # the compile cache is empty


@dataclass(frozen=True, kw_only=True)
class Arm:
    """A started worker of a launch, with the mode that its samples are stored under."""

    cell: Cell
    mode: str  # the cell's, or "control"
    worker: Worker
    start: Start
    step_ns: float  # approximate
    cycle: int = 1  # steps after which the structures of batches repeat
    steps: int = 1  # in a block, a multiple of `cycle`

    @property
    def name(self) -> str:
        """Key of the arm's description and failures."""
        return arm_name(self.cell, mode=self.mode)


@dataclass(frozen=True, kw_only=True)
class RoundPlan:
    """The order of the arms in one round of a launch."""

    launch: int
    number: int
    order: list[int]  # positions in the list of arms
    kept: frozenset[int] = frozenset()  # those whose block is kept


@dataclass(kw_only=True)
class LaunchResult:
    """The results of a launch, by `arm_name`. They are added as they are measured."""

    samples: list[SampleRow] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    described: dict[str, messages.Description] = field(default_factory=dict)
    checked: dict[str, CheckedBlock] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)  # reasons
    missing: dict[str, str] = field(default_factory=dict)  # reasons
    peaks: dict[Limit, Peak] = field(default_factory=dict)
    element_ns: float | None = None  # of an element-wise operation without dispatch


def run_launch(launch: Launch) -> LaunchResult:
    """Start one worker per cell and a control, measure all rounds, stop the workers.

    If a worker fails, its cell has no result in this launch. The other cells are still
    measured.
    """
    result = LaunchResult()
    modes = [(cell, cell.mode) for cell in launch.cells]
    modes += [
        (cell, CONTROL) for cell in launch.cells if cell.variant == launch.baseline
    ]
    with ExitStack() as stack:

        def start(planned: tuple[Cell, str], cores: list[int]) -> Arm | None:
            cell, mode = planned
            name = arm_name(cell, mode=mode)
            launch.reporter.advance(
                f"{describe_launch(launch)}: starting {name}",
                expected_s=START_S,
            )
            file_name = f"{cell.framework}-{mode}"
            cache = launch.cache_of(cell, file_name)
            is_cold = not cache.exists()  # before the pool creates it
            planned_start = PlannedStart(
                cell=cell, mode=mode, launch=launch.number, is_cold=is_cold
            )
            try:
                with naming_bugs():
                    worker = stack.enter_context(
                        launch.pool.start(
                            cell.framework,
                            cores=cores,
                            cache=cache,
                            log=f"{cell.workload}-{file_name}",
                        )
                    )
                    return start_arm(
                        planned_start, worker=worker, workload=launch.workload
                    )
            except CannotRunError as reason:
                result.missing[name] = str(reason)
            except CompareError as error:
                result.failures[name] = str(error)
            return None

        # The longest starts first: at the end they would leave a processor idle.
        in_order = sorted(modes, key=lambda each: not _compiles(*each))
        started = launch.pool.in_parallel(start, in_order)
        arms = [arm for arm in started if arm is not None]
        launch.before_rounds()
        if arms:
            launch.reporter.phase("measure")
            measure_rounds(arms, launch=launch, result=result)
    return result


def measure_rounds(arms: list[Arm], *, launch: Launch, result: LaunchResult) -> None:
    """Measure every round on the same processors, then describe each arm."""
    request = launch.request
    for arm in arms:
        with storing_failure(arm, result.failures):
            arm.worker.pin(launch.pool.measured_cores)
    arms = [
        choose_block_steps(arm, block_s=request.block_s, failures=result.failures)
        for arm in arms
    ]
    rng = np.random.default_rng([request.seed, launch.number, launch.first_round])
    kept_rounds = choose_kept_rounds(len(arms), rounds=request.rounds, rng=rng)
    orders = islice(balanced_orders(len(arms), rng=rng), request.rounds)
    for number, order in enumerate(orders):
        launch.reporter.advance(
            f"{describe_launch(launch)}: round {number + 1} of {request.rounds}",
            expected_s=BLOCK_S * len(arms),
        )
        result.samples += measure_round(
            arms,
            plan=RoundPlan(
                launch=launch.number,
                number=launch.first_round + number,
                order=order,
                kept=frozenset(
                    arm for arm, kept in enumerate(kept_rounds) if kept == number
                ),
            ),
            threads=request.threads,
            failures=result.failures,
        )
    for arm in arms:
        describe_arm(arm, result=result)
        check_arm(arm, launch=launch, result=result)
    working = [arm for arm in arms if arm.name not in result.failures]
    is_first = not launch.number and not launch.first_round
    # The machine's limits are the same in every launch. Those of one worker are not
    # the limits of several replicas.
    if is_first and launch.workload.replicas == 1:
        result.peaks = measure_peaks(working, request=request)
        result.element_ns = measure_element_ns(
            _choose_workers(working), device=request.device, dtype=request.dtype
        )


def _compiles(cell: Cell, mode: str) -> bool:
    return mode != CONTROL and find_variant(cell.variant)[1].compiles


def describe_launch(launch: Launch) -> str:
    """Return the workload and the number of a launch, for the progress display."""
    request, label = launch.request, launch.workload.label
    is_count_known = request.budget_s is None and request.precision is None
    if launch.number >= request.launches:
        return f"{label} launch {launch.number + 1}, for a disturbed one"
    total = f" of {request.launches}" if is_count_known else ""
    return f"{label} launch {launch.number + 1}{total}"


def arm_name(cell: Cell, *, mode: str) -> str:
    """Return the variant; of a worker with a mode of its own, such as control, that."""
    return cell.variant if mode == cell.mode else mode


def prepare_session(
    worker: Worker, cell: Cell, *, dtype: Dtype, workload: WorkloadRequest
) -> messages.Prepared:
    """Build the session of a cell in a worker, and return the cost."""
    return worker.request(
        messages.Prepare(
            workload=workload.name,
            config=workload.config,
            mode=cell.mode,
            device=cell.device,
            dtype=dtype,
            replicas=workload.replicas,
        ),
        messages.Prepared,
    )


def start_arm(
    planned: PlannedStart, *, worker: Worker, workload: WorkloadRequest
) -> Arm:
    """Bring a new worker into steady state, and measure the cost of each part.

    Raises:
        CannotRunError: the mode cannot run the workload.
        WorkerError: the worker failed.
    """
    cell = planned.cell
    ready = worker.hello()
    prepared = prepare_session(worker, cell, dtype=cell.dtype, workload=workload)
    cycle = prepared.cycle
    # Every shape or structure of batches may be captured and compiled on its own.
    first = worker.request(messages.FirstCall(steps=cycle), messages.Elapsed)
    warm_up = messages.WarmUp(
        steps=fill_cycles(WARM_UP_STEPS, cycle=cycle), seconds=WARM_UP_S
    )
    warm = worker.request(warm_up, messages.Warm)
    start = Start(
        workload=cell.workload,
        framework=cell.framework,
        mode=planned.mode,
        launch=planned.launch,
        import_s=ready.import_s,
        prepare_s=prepared.prepare_s,
        first_call_s=first.seconds,
        first_call_steps=cycle,
        cold=planned.is_cold,
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
        mode=planned.mode,
        worker=worker,
        start=start,
        step_ns=warm.step_ns,
        cycle=cycle,
    )


def fill_cycles(steps: int, *, cycle: int) -> int:
    """Return the number of steps, rounded up to whole cycles of batches.

    Steps on batches of different shapes differ in their time. A mean over whole cycles
    is the same wherever it starts.
    """
    return ceil(steps / cycle) * cycle


@contextmanager
def storing_failure(arm: Arm, failures: dict[str, str]) -> Iterator[None]:
    """Store the reason of a failure under the name of an arm."""
    try:
        with naming_bugs():
            yield
    except (CannotRunError, CompareError) as error:
        failures[arm.name] = str(error)


def choose_block_steps(arm: Arm, *, block_s: float, failures: dict[str, str]) -> Arm:
    """Return the arm with as many steps per block as take about `block_s`.

    The step time is measured again, because the worker now runs on the processors that
    it is timed on.
    """
    steps = fill_cycles(WARM_UP_STEPS, cycle=arm.cycle)
    brief = messages.WarmUp(steps=steps, seconds=0.0)
    step_ns = arm.step_ns
    with storing_failure(arm, failures):
        step_ns = arm.worker.request(brief, messages.Warm).step_ns
    cycles = max(1, round(block_s * 1e9 / (step_ns * arm.cycle)))
    return replace(arm, steps=cycles * arm.cycle, step_ns=step_ns)


def measure_round(
    arms: list[Arm], *, plan: RoundPlan, threads: int, failures: dict[str, str]
) -> list[SampleRow]:
    """Return one block of every arm that has not failed, in the order of the round.

    Args:
        arms: of the launch.
        plan: of the round.
        threads: of each worker.
        failures: arm name -> reason. Failures of this round are added.
    """
    samples: list[SampleRow] = []
    for position, index in enumerate(plan.order):
        arm = arms[index]
        if arm.name in failures:
            continue
        if threads > 1:
            sleep(SETTLE_S)
        with storing_failure(arm, failures):
            is_kept = index in plan.kept
            samples.append(
                measure_block(arm, plan=plan, position=position, is_kept=is_kept)
            )
    return samples


def count_lead_in(step_ns: float) -> int:
    """Return the number of untimed steps before a block."""
    enough = ceil(LEAD_IN_S * 1e9 / step_ns)
    return min(LEAD_IN_STEPS, max(LEAST_LEAD_IN_STEPS, enough))


def measure_block(
    arm: Arm, *, plan: RoundPlan, position: int, is_kept: bool
) -> SampleRow:
    """Measure one block of an arm."""
    lead_in = count_lead_in(arm.step_ns)
    block = messages.Block(lead_in=lead_in, steps=arm.steps, keep=is_kept)
    sample = arm.worker.request(block, messages.Sample)
    device_ns = sample.device_ns
    void = voiding.find_void_reason(sample, expected_ns=arm.steps * arm.step_ns)
    return SampleRow(
        **{**arm.cell.key, "mode": arm.mode},
        launch=plan.launch,
        round=plan.number,
        position=position,
        steps=arm.steps,
        duration_ns=sample.duration_ns,
        started_ns=sample.started_ns,
        device_ns=nan if device_ns is None else device_ns,
        sentinel_ns=sample.sentinel_ns,
        void=void or "",
    )


def describe_arm(arm: Arm, *, result: LaunchResult) -> None:
    """Request what a worker captured and used, and add it to the result."""
    if arm.name in result.failures:
        return
    with storing_failure(arm, result.failures):
        described = arm.worker.request(messages.Describe(), messages.Description)
        result.described[arm.name] = described
        result.starts.append(complete_start(arm.start, described))


def complete_start(start: Start, described: messages.Description) -> Start:
    """Return the costs of a start with what the session captured and used."""
    return msgspec.structs.replace(
        start,
        steady_rss_bytes=described.peak_rss_bytes,
        steady_device_bytes=described.peak_device_bytes,
        reserved_device_bytes=described.reserved_device_bytes,
        captures_count=described.captures_count,
        recaptures=described.captures_count - start.captures_count,
        graph_breaks=described.graph_breaks,
        nodes=described.nodes,
        nodes_optimized=described.nodes_optimized,
        kernels=described.kernels,
    )


def check_arm(arm: Arm, *, launch: Launch, result: LaunchResult) -> None:
    """Check the kept block of an arm, and add its results.

    The control is not checked: it runs the same code as the baseline. In a further part
    of a launch, the baseline has been checked already.
    """
    is_repeated = launch.first_round > 0 and arm.cell.variant == launch.baseline
    if arm.name in result.failures or arm.mode == CONTROL or is_repeated:
        return
    with storing_failure(arm, result.failures):
        result.checked[arm.name] = check_block(
            arm.worker,
            folder=launch.results / f"{arm.cell.framework}-{arm.mode}",
            is_first=not launch.number,
        )


def _choose_workers(arms: list[Arm]) -> dict[str, Worker]:
    """Return one worker of each framework."""
    return {arm.cell.framework: arm.worker for arm in reversed(arms)}


def measure_peaks(arms: list[Arm], *, request: Request) -> dict[Limit, Peak]:
    """Measure the machine's limits with one worker of each framework."""
    workers = _choose_workers(arms)
    best = {
        limit: limits.measure_peak(
            workers, limit=limit, device=request.device, dtype=request.dtype
        )
        for limit in LIMITS
    }
    return {limit: peak for limit, peak in best.items() if peak}
