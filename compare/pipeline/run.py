"""Execute a run: prepare the data, check agreement, time steps, profile them."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack, contextmanager
from threading import Lock
from time import time_ns
from typing import TYPE_CHECKING

from compare import machine, workloads
from compare.errors import CompareError, DataError, RunError, UsageError
from compare.frameworks import find_variant, frameworks
from compare.machine import available_cores
from compare.pipeline import (
    agree,
    cold_starts,
    compile_cache,
    graphs,
    launches,
    live,
    plan,
    profile,
    repeat,
    result_cache,
    reuse,
)
from compare.pipeline.check.folder import stage_folder
from compare.pipeline.check.target import stage_target
from compare.pipeline.context import RunContext
from compare.pipeline.installations import (
    expand_variants,
    installed_frameworks,
    link_packages,
    require_same_installations,
)
from compare.pipeline.interim import reporting_launches
from compare.runs.folder import LOGS, discard_empty_run
from compare.runs.record import Note, WorkloadRequest
from compare.runs.store import RUN_FILE, drop_unfinished_rows, save_record, store_rows
from compare.runs.tables import PROFILE
from compare.runs.words import NoteKind, Status
from compare.scratch import ScratchFolder, open_scratch
from compare.workers.forking import CAN_FORK, ForkServers
from compare.workers.pool import WorkerPool
from compare.workers.starting import COMMAND
from compare.workloads.folder import FolderWorkload
from compare.workloads.target import TargetWorkload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from compare.contract import Framework, Workload
    from compare.runs.folder import Run
    from compare.runs.progress import Reporter
    from compare.runs.record import RunRecord


def execute(
    folder: Path,
    record: RunRecord,
    *,
    reporter: Reporter,
    command: Sequence[str] = COMMAND,
    after_launch: Callable[[Run], None] | None = None,
) -> pd.DataFrame:
    """Execute every stage of a run that is not done yet, and store each result.

    Args:
        folder: of the run.
        record: of the run; it is updated and written to the folder.
        reporter: shows the progress.
        command: starts a worker.
        after_launch: called in a thread with the results so far.

    Returns:
        The samples of all launches.

    Raises:
        CompareError: a workload's data cannot be read, or the run was started on
            another machine. Earlier results are kept.
    """
    request, began_ns = record.request, time_ns()
    with ExitStack() as stack:
        scratch = stack.enter_context(open_scratch())
        interim = stack.enter_context(
            reporting_launches(after_launch, reporter=reporter)
        )
        pool = stack.enter_context(
            open_pool(record, logs=folder / LOGS, command=command)
        )
        reporter.phase("prepare")
        require_known_names(record, file=folder / RUN_FILE)
        facts = machine.machine()
        require_same_machine(record, facts=facts)
        require_same_installations(request.installations)
        context = RunContext(
            folder=folder,
            scratch=scratch,
            record=record,
            pool=pool,
            reporter=reporter,
            staged={},
            probes={},
            samples=drop_unfinished_rows(folder, record),
            lock=Lock(),
            interim=interim,
        )
        record.environment.update(facts)
        try:
            stage_data(context)
        except CompareError:
            discard_empty_run(folder)
            raise
        choose_compile_cache(context)
        live.show_stored(context)
        reuse.choose_results(context, began_ns=began_ns)
        check_and_measure(context)
        store_rows(folder, record, {PROFILE: []})
        if request.profile:
            reporter.phase("profile")
            profile.profile_cells(context)
        if request.graphs:
            reporter.phase("graphs")
            graphs.take_missing_graphs(context)
    if context.shared_cache is not None:
        result_cache.trim_results(context.shared_cache)
        compile_cache.trim_cache(context.shared_cache)
    for cell in record.cells:
        if cell.status is Status.PENDING:
            cell.status = Status.OK
    record.finished = True
    save_record(folder, record)
    return context.samples


def check_and_measure(context: RunContext) -> None:
    """Check and time every cell, in the order in which results are wanted.

    First come all variants that need no compiler, one workload after another, each with
    one launch directly after its check; then those that need one. Further launches,
    repetitions in other processes and cold starts follow.
    """
    record = context.record
    agree.read_checked(context)
    if not record.request.launches:
        context.reporter.phase("agree")
        agree.check_agreement(context, record.cells)
    else:
        for cells in plan.group_by_urgency(record):
            context.reporter.phase("agree")
            agree.check_agreement(context, cells)
            launches.measure_first(context, cells)
    launches.measure_further(context)
    if record.request.repeats_steps:
        context.reporter.phase("repeat")
        repeat.check_repeatability(context)
    context.interim.wait()
    cold_starts.measure_cold_starts(context)
    if record.request.fixes:
        # Only these runs need a parser of Python: 0.1 s.
        from compare.pipeline.fixes.stage import fix_breaks  # noqa: PLC0415

        context.reporter.phase("fixes")
        fix_breaks(context)


@contextmanager
def open_pool(
    record: RunRecord, *, logs: Path, command: Sequence[str]
) -> Iterator[WorkerPool]:
    """Yield the pool that starts the workers of a run, as forks where possible."""
    request = record.request
    with ExitStack() as stack:
        servers = None
        known = frameworks()
        if request.installations:
            packages = link_packages(stack.enter_context(ScratchFolder()))
            known = installed_frameworks(request, packages=packages)
        if CAN_FORK and command is COMMAND:
            servers = stack.enter_context(
                ForkServers(
                    list_needed_frameworks(record, known),
                    threads=request.threads,
                    logs=logs,
                    time_limit_s=request.time_limit_s,
                )
            )
        yield WorkerPool(
            frameworks=known,
            threads=request.threads,
            device=request.device,
            logs=logs,
            time_limit_s=request.time_limit_s,
            command=command,
            servers=servers,
        )


def list_needed_frameworks(
    record: RunRecord, known: Mapping[str, Framework]
) -> list[Framework]:
    """Return the frameworks of the cells that still have to run on the processor."""
    names = {
        cell.framework
        for cell in record.cells
        if cell.status is Status.PENDING and cell.device == "cpu"
    }
    return [each for name, each in known.items() if name in names]


def require_known_names(record: RunRecord, *, file: Path) -> None:
    """Raise if the request of a resumed run names what does not exist here.

    Raises:
        RunError: it does; the message names the file, the field and the name.
    """
    request, field = record.request, "request"
    try:
        for number, variant in enumerate(request.variants):
            field = f"request.variants[{number}]"
            find_variant(variant)
            expand_variants([variant], request.installations)
        for number, each in enumerate(request.workloads):
            field = f"request.workloads[{number}]"
            workloads.build(each.name, each.config)
    except UsageError as error:
        raise RunError(f"{file}: {field}: {error}") from error


def choose_compile_cache(context: RunContext) -> None:
    """Share compiled code with other runs, or note why that is not possible."""
    try:
        context.shared_cache = compile_cache.find_cache_folder()
    except RunError as reason:
        note = Note(kind=NoteKind.CACHE_NOT_USED, reason=str(reason))
        context.add_note(note)


def require_same_machine(record: RunRecord, *, facts: Mapping[str, str]) -> None:
    """Raise if a run was started on another machine, because times would not compare.

    Raises:
        RunError: this machine or its versions differ from those of the run's start.
    """
    changed = [
        f"{name}: started on {began}, here {facts[name]}"
        for name, began in record.environment.items()
        if name in machine.IDENTITY and facts.get(name) != began
    ]
    if changed:
        raise RunError(
            f"expected the machine that the run was started on; this one differs "
            f"({'; '.join(changed)}). Start a new run here"
        )
    if record.request.threads > len(available_cores()):
        raise RunError(
            f"this run uses {record.request.threads} threads; "
            f"{len(available_cores())} processors are usable here"
        )


def stage_data(context: RunContext) -> None:
    """Read the data of each workload once, into one file for all workers.

    A point of a sweep whose data cannot be read is not run; the others are.

    Raises:
        CompareError: the data of a workload cannot be read.
    """
    for request in context.record.request.workloads:
        context.reporter.advance(f"reading the data of {request.label}")
        try:
            stage_workload(context, request)
        except CompareError as error:
            if not request.swept:
                raise
            for cell in plan.select_runnable_cells(
                context.record, workload=request.label
            ):
                context.end_cell(cell, status=Status.NOT_RUN, reason=str(error))


def stage_workload(context: RunContext, request: WorkloadRequest) -> None:
    """Read the data of one workload into a file, and describe the workload.

    Raises:
        CompareError: the data cannot be read, or memory is too small for them.
    """
    folder = context.scratch / "data" / request.label
    folder.mkdir(parents=True)
    built = workloads.build(request.name, request.config)
    try:
        if isinstance(built, FolderWorkload):
            workload: Workload = stage_folder(context, request, built, folder=folder)
        elif isinstance(built, TargetWorkload):
            workload = stage_target(context, request, built, folder=folder)
        else:
            workload = workloads.stage(built, folder=folder)
    except MemoryError as error:
        raise DataError(
            f"{request.label}: not enough memory: {error}. Choose smaller sizes"
        ) from error
    context.record.flops_per_step[request.label] = workload.flops_per_step
    if workloads.counts_elements(workload):
        context.record.elements_per_step[request.label] = workload.elements_per_step
    context.staged[request.label] = describe_workload(request, workload)
    probe = built.probe() if workloads.has_reference(built) else None
    if probe is not None:
        context.probes[request.label] = describe_workload(request, probe)


def describe_workload(request: WorkloadRequest, built: Workload) -> WorkloadRequest:
    """Return the fields of a workload, from which a worker builds it again."""
    config = dataclasses.asdict(built)  # type: ignore[call-overload]
    is_target = isinstance(built, TargetWorkload)
    name = TargetWorkload.model if is_target else request.name
    return WorkloadRequest(
        label=request.label, name=name, config=config, replicas=request.replicas
    )
