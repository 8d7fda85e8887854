"""The agreement stage of a run: check every cell, with one worker per variant."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from threadpoolctl import threadpool_limits

from compare import workloads
from compare.agreement import examine, locate, precision, training
from compare.contract import base_name
from compare.errors import CompareError, OutOfRangeError
from compare.frameworks import find_framework
from compare.machine import available_cores
from compare.numerics.dtypes import is_16_bit
from compare.pipeline import breaks, live, plan, reference, retry, reuse
from compare.pipeline.capture import store_capture
from compare.pipeline.check import own_model
from compare.pipeline.context import PROOF, CheckPart, own_part
from compare.reference.expectation import expectations
from compare.runs.record import KEY
from compare.runs.rows import (
    AgreementRow,
    BreakRow,
    DifferenceRow,
    LearningRow,
    PrecisionRow,
)
from compare.runs.store import read_keys, store_rows
from compare.runs.tables import (
    AGREEMENT,
    BREAKS,
    DIFFERENCES,
    LEARNING,
    PRECISION,
)
from compare.runs.words import Inputs, Status
from compare.timing import launching
from compare.workers import messages
from compare.workers.failures import UnexpectedError, naming_bugs
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from compare.agreement.examine import Examination
    from compare.agreement.locate import FirstDifference
    from compare.pipeline.context import RunContext
    from compare.reference.expectation import Expected
    from compare.runs.record import Cell, RunRecord
    from compare.runs.rows import Finding
    from compare.runs.tables import TableSpec
    from compare.workers.process import Worker


# Longer than the usual trajectory: what first happens later is found as well.
PROBE_STEPS = 24
CHECK_S = 2.4  # expected duration of checking a cell, for the time left


def check_agreement(context: RunContext, cells: Sequence[Cell]) -> None:
    """Check pending cells against the reference, unless earlier processes have."""
    todo = [
        cell
        for cell in cells
        if cell.status is Status.PENDING and list_parts(context, cell)
    ]
    by_variant: dict[tuple[str, str, int], list[Cell]] = {}
    for cell in todo:
        replicas = context.staged[cell.workload].replicas
        where = (cell.variant, cell.device, replicas)
        by_variant.setdefault(where, []).append(cell)
    keys = [
        (cell.workload, part) for cell in todo for part in list_parts(context, cell)
    ]

    def check(cells: list[Cell], cores: list[int]) -> None:
        check_variant(context, cells, cores=cores)

    with computing_references(context, keys):
        try:
            context.in_parallel(
                check, list(by_variant.values()), of=lambda cells: cells[0]
            )
        finally:
            retry.remove_damaged_caches(context)


def read_checked(context: RunContext) -> None:
    """Find out what earlier processes of this run have checked: from the rows."""
    columns = (*KEY, "inputs")
    context.checked |= read_keys(
        context.folder, context.record, AGREEMENT, columns=columns
    )


@contextmanager
def computing_references(
    context: RunContext, keys: Iterable[tuple[str, CheckPart]]
) -> Iterator[None]:
    """Compute references in the background, unless they are known already.

    They run in this process, next to the workers: one per processor, each with one
    thread for matrix products. Nothing runs any more when the block ends, because steps
    may be timed after it.
    """
    count = len(available_cores())
    with threadpool_limits(1), ThreadPoolExecutor(count) as executor:
        for key in dict.fromkeys(keys):
            if _is_unknown(context.expected.get(key)):
                context.expected[key] = executor.submit(
                    _compute_expectations, context, *key
                )
        for label, part in dict.fromkeys(keys):
            where = (label, part.dtype)
            is_of_model = label in context.record.targets
            if is_of_model and _is_unknown(context.expected_sizes.get(where)):
                context.expected_sizes[where] = executor.submit(
                    own_model.compute_sizes, context, *where
                )
        try:
            yield
        finally:
            executor.shutdown(wait=False, cancel_futures=True)


def _is_unknown(known: Future[Any] | None) -> bool:
    """Return whether a result is neither known nor being computed."""
    return known is None or known.cancelled()


def note_versions(
    record: RunRecord, framework: str, versions: Mapping[str, str]
) -> None:
    """Add the versions that a worker reported to the environment of a run.

    Those of a labelled installation have the label: others have the same libraries.
    """
    label = f"{framework} " if base_name(framework) != framework else ""
    record.environment.update({f"{label}{n}": each for n, each in versions.items()})


def check_variant(context: RunContext, cells: list[Cell], *, cores: list[int]) -> None:
    """Check one variant on each workload. A failed worker is replaced by a new one."""
    name = f"{cells[0].variant.replace('/', '-')}-{cells[0].device}"
    left = list(cells)
    while left:
        cache = context.compile_cache(cells[0].framework)
        with ExitStack() as stack:
            try:
                worker, ready = stack.enter_context(
                    context.pool_of(cells[0]).start_ready(
                        cells[0].framework,
                        cores=cores,
                        cache=cache,
                        log=f"agree-{name}",
                        device=cells[0].device,
                    )
                )
            except (CannotRunError, CompareError) as error:
                for cell in left:
                    context.end_cell(cell, status=Status.FAILED, reason=str(error))
                return
            with context.lock:
                context.record.settings[cells[0].framework] = ready.settings
                note_versions(context.record, cells[0].framework, ready.versions)
            reuse.note_worker(context, cells[0], ready)
            while left:
                cell = left.pop(0)
                if failure := check_cell(context, cell, worker):
                    break
            else:
                return
        if not retry.may_retry(context, cell, cache=cache):
            context.end_cell(cell, status=Status.FAILED, reason=failure)
            continue
        check = partial(check_cell, context, cell)
        retry.check_again(context, cell, failure=failure, cores=cores, check=check)


def check_cell(context: RunContext, cell: Cell, worker: Worker) -> str:
    """Check one cell in float64 and in its own dtype, train it and store the findings.

    Returns:
        Why the check failed, and with it the worker; empty if the worker can be used
        for another cell.

    Raises:
        StorageError: the findings cannot be written.
    """
    try:
        for part in list_parts(context, cell):
            context.reporter.advance(f"{cell.workload} {cell.variant} {part}")
            found = CellFindings(cell=cell, part=part)
            steps = count_steps(context, part)
            with naming_bugs():
                if not reuse.add_stored_findings(context, found, steps=steps):
                    expected = context.expected[cell.workload, part]
                    reference = context.pool.wait_for(expected)
                    check_part(context, found, worker=worker, expected=reference)
            # Stored at once: the float64 result is kept if the cell's dtype fails.
            store_findings(context, found)
            reuse.keep_findings(context, found, steps=steps)
    except CannotRunError as reason:
        breaks.keep_refusal(context, cell, reason)
        context.end_cell(cell, status=Status.NOT_RUN, reason=str(reason))
    except OutOfRangeError as reason:
        context.end_cell(cell, status=Status.NOT_RUN, reason=str(reason))
    except CompareError as error:
        return str(error) or type(error).__name__
    finally:
        context.reporter.advance(
            f"{cell.workload} {cell.variant} checked", expected_s=CHECK_S
        )
    return ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class CellFindings:
    """The rows that checking one part of a cell adds to the tables."""

    cell: Cell
    part: CheckPart
    agreement: list[AgreementRow] = dataclasses.field(default_factory=list)
    differences: list[DifferenceRow] = dataclasses.field(default_factory=list)
    learning: list[LearningRow] = dataclasses.field(default_factory=list)
    precision: list[PrecisionRow] = dataclasses.field(default_factory=list)
    breaks: list[BreakRow] = dataclasses.field(default_factory=list)

    @property
    def key(self) -> dict[str, Any]:
        """The columns that identify the cell, in the dtype of the part."""
        return {**self.cell.key, "dtype": self.part.dtype}

    def add_findings(self, findings: list[Finding]) -> None:
        """Add findings of the part."""
        self.agreement.extend(
            AgreementRow(**self.key, **dataclasses.asdict(finding))
            for finding in findings
        )

    def add_difference(self, difference: FirstDifference) -> None:
        """Add the first difference of the part, and describe it in the cell."""
        self.add_findings(difference.activations)
        finding, cause = difference.finding, difference.cause
        self.differences.append(
            DifferenceRow(
                **self.key,
                inputs=finding.inputs,
                check=finding.check,
                step=finding.step,
                quantity=finding.quantity,
                worst_index=finding.worst_index,
                expected=finding.expected,
                received=finding.received,
                max_abs_error=finding.max_abs_error,
                floors=finding.floors,
                tolerance=finding.tolerance,
                cause=cause.name if cause else "",
                explanation=cause.explanation if cause else "",
                candidates=difference.candidates,
                activations=difference.activations_mode,
            )
        )
        self.cell.disagreement = self.cell.disagreement or difference.sentence


def check_part(
    context: RunContext,
    found: CellFindings,
    *,
    worker: Worker,
    expected: list[Expected],
) -> None:
    """Check one part of a cell, and look for the cause of a difference."""
    cell, part = found.cell, found.part
    request = context.request_of(cell.workload, inputs=part.inputs)
    folder = context.received_folder(cell, dtype=part.dtype) / part.inputs
    launching.prepare_session(worker, cell, dtype=part.dtype, workload=request)
    examined = examine.examine_session(
        worker, expected=expected, dtype=part.dtype, folder=folder
    )
    found.add_findings(examined.findings)
    is_own = part == own_part(cell)
    trained: list[Finding] = []
    if is_own:
        trained = check_training(context, found, worker=worker, folder=folder)
        found.add_findings(trained)
        described = worker.request(messages.Describe(), messages.Description)
        forward_only = plan.is_forward_only(request)
        store_capture(
            cell, described, forward_only=forward_only, replicas=request.replicas
        )
        sizes = own_model.judge_sizes(context, cell, worker=worker)
        # After the sizes: a search forgets what was captured for the first one.
        places = breaks.find_breaks(cell, described, worker)
        found.breaks.extend(breaks.describe_rows(cell, places))
        own_model.keep_examined(context, cell, breaks=places, sizes=sizes)
    workload = workloads.build(request.name, request.config)
    session = locate.CheckedSession(
        worker=worker,
        prepare=lambda mode: launching.prepare_session(
            worker,
            msgspec.structs.replace(cell, mode=mode),
            dtype=part.dtype,
            workload=request,
        ),
        mode=cell.mode,
        fallback_mode=find_framework(cell.framework).modes[0].name,
        workload=workload if workloads.has_reference(workload) else None,
        dtype=part.dtype,
        folder=folder,
    )
    difference = find_difference(examined, session=session)
    difference = difference or locate.first_unexplained(trained)
    if difference is not None:
        found.add_difference(difference)
        own_model.keep_difference(context, cell, examined, dtype=part.dtype)
    if is_own and is_16_bit(part.dtype):
        shares = precision.measure_rounded_once(worker, dtype=part.dtype, folder=folder)
        found.precision.extend(
            PrecisionRow(**cell.key, operation=operation, rounded_once=share)
            for operation, share in shares.items()
        )


def find_difference(
    examined: Examination, *, session: locate.CheckedSession
) -> FirstDifference | None:
    """Return the first difference of an examined session; None if it agrees.

    The search for a cause may contain a bug. It then costs the cause, not the findings.
    """
    try:
        with naming_bugs():
            return locate.locate_first_difference(examined, session=session)
    except UnexpectedError as error:
        return locate.first_unexplained(examined.findings, failure=str(error))


def check_training(
    context: RunContext, found: CellFindings, *, worker: Worker, folder: Path
) -> list[Finding]:
    """Train the session for all epochs of its workload, and check the last of them.

    Only cells of the timed device and dtype are trained.
    """
    cell, request = found.cell, context.record.request
    staged = context.staged[cell.workload]
    workload = workloads.build(staged.name, staged.config)
    is_timed = (cell.device, cell.dtype) == (request.device, request.dtype)
    if not is_timed or not workloads.is_trainable(workload) or not workload.epochs:
        return []
    for epoch in range(workload.epochs):
        context.reporter.advance(f"{cell.workload} {cell.variant} epoch {epoch + 1}")
        learned = worker.request(
            messages.Epoch(epoch=epoch, save_in=str(folder)), messages.EpochDone
        )
        found.learning.append(
            LearningRow(
                workload=cell.workload,
                variant=cell.variant,
                epoch=epoch + 1,
                **msgspec.structs.asdict(learned),
            )
        )
    with context.lock:  # all variants have the same last step
        if cell.workload not in context.last_steps:
            last = training.find_last_step(workload, dtype=cell.dtype)
            context.last_steps[cell.workload] = last
    return training.examine_training(
        workload,
        last=context.last_steps[cell.workload],
        dtype=cell.dtype,
        folder=folder,
    )


def store_findings(context: RunContext, found: CellFindings) -> None:
    """Store the findings of one part of a cell: all of them or none.

    A resumed run regards a part as checked if ``agreement.csv`` has rows of it. Rows
    that the record does not count are dropped (`compare.runs.store`).
    """
    with context.lock:
        rows: dict[TableSpec[Any], Sequence[Any]] = {
            LEARNING: found.learning,
            PRECISION: found.precision,
            BREAKS: found.breaks,
            DIFFERENCES: found.differences,
            AGREEMENT: found.agreement,
        }
        store_rows(context.folder, context.record, rows)
        context.checked.add(found.part.key_of(found.cell))
    live.show_findings(context, found)


def list_parts(context: RunContext, cell: Cell) -> list[CheckPart]:
    """Return the parts of a cell's check that are left, in the order in which they run.

    The float64 checks are made once per workload, variant and device.
    """
    same_session = [
        other.dtype
        for other in context.record.cells
        if (other.workload, other.variant, other.device)
        == (cell.workload, cell.variant, cell.device)
    ]
    parts = []
    if cell.dtype == same_session[0]:
        if PROOF not in same_session:
            parts.append(CheckPart(inputs=Inputs.WORKLOAD, dtype=PROOF))
        if cell.workload in context.probes:
            parts.append(CheckPart(inputs=Inputs.PROBE, dtype=PROOF))
    parts.append(own_part(cell))
    return [part for part in parts if part.key_of(cell) not in context.checked]


def count_steps(context: RunContext, part: CheckPart) -> int:
    """Return the length of the trajectory of a part of a check."""
    is_probe = part.inputs is Inputs.PROBE
    return PROBE_STEPS if is_probe else context.record.request.trajectory_steps


def _compute_expectations(
    context: RunContext, label: str, part: CheckPart
) -> list[Expected]:
    request = context.request_of(label, inputs=part.inputs)
    workload, steps = (
        workloads.build(request.name, request.config),
        count_steps(context, part),
    )
    if not workloads.has_reference(workload):
        return reference.compute_in_worker(
            context, label, dtype=part.dtype, steps=steps
        )
    compute = partial(
        expectations,
        workload,
        dtype=part.dtype,
        steps=steps,
        folder=context.expected_folder(label, part),
        inputs=part.inputs,
    )
    return reuse.find_reference(context, label, part, steps=steps, compute=compute)
