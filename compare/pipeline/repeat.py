"""Check repeatability: is the first step bit-identical in other processes and threads?

The first training step of each variant is repeated from the same state in another
process, with the same and with other numbers of threads. Differing bits are reported as
a spread, not as a disagreement. One worker per framework, device and number of threads
repeats the steps of all variants.
"""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.agreement.examine import request_snapshot
from compare.agreement.judge import judge_repetition
from compare.errors import CompareError
from compare.machine import available_cores
from compare.numerics.arrays import load_arrays, save_arrays
from compare.pipeline.agree import computing_references
from compare.pipeline.context import own_part
from compare.runs.record import Note
from compare.runs.rows import AgreementRow
from compare.runs.store import read_stored, store_rows
from compare.runs.tables import AGREEMENT, keys_of
from compare.runs.words import Against, Inputs, NoteKind, Status
from compare.timing import launching
from compare.wording import shorten
from compare.workers.failures import naming_bugs
from compare.workers.process import REASON_CHARACTERS, CannotRunError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from compare.contract import Arrays
    from compare.pipeline.context import RunContext
    from compare.runs.record import Cell, Key
    from compare.workers.messages import Ready
    from compare.workers.process import Worker

THREAD_COUNTS = (1, 2)  # used in addition to the run's own
# Steps are repeated in forks of other processes than those that were checked.
ANOTHER_GENERATION = 1
IN_ANOTHER_PROCESS = (
    Against.ANOTHER_PROCESS,
    Against.OTHER_THREADS,
    Against.ITSELF_WITH_THREADS,
)


@dataclass(frozen=True, kw_only=True)
class RepeatPlace:
    """A worker that repeats the first steps of several cells, with its threads."""

    framework: str
    device: str
    threads: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Repetition:
    """Two evaluations of one step that should be identical."""

    against: Against
    once: Arrays
    again: Arrays
    threads: int | None = None  # if not the run's own number


def plan_places(context: RunContext, cells: list[Cell]) -> list[RepeatPlace]:
    """Return the workers that repeat first steps, each with the cells that need it.

    A cell needs none if ``agreement.csv`` has rows of that repetition. A place that
    failed has a note and is not tried again when the run is resumed.
    """
    own = context.record.request.threads
    thread_counts = [own, *(count for count in THREAD_COUNTS if count != own)]
    repeated, failed = _find_repeated(context), _find_failed(context)
    places = [
        RepeatPlace(
            framework=framework,
            device=device,
            threads=threads,
            cells=tuple(
                cell
                for cell in cells
                if (cell.framework, cell.device) == (framework, device)
                and context.staged[cell.workload].replicas == replicas
                and (cell.key_values, threads) not in repeated
            ),
        )
        for framework, device, replicas in dict.fromkeys(
            (c.framework, c.device, context.staged[c.workload].replicas) for c in cells
        )
        for threads in thread_counts
        if threads * replicas <= len(available_cores())
        and (framework, device, threads) not in failed
    ]
    return [place for place in places if place.cells]


def _find_repeated(context: RunContext) -> set[tuple[Key, int]]:
    """Return the cells that are repeated already, each with a number of threads."""
    frame = read_stored(context.folder, context.record, AGREEMENT)
    rows = frame[frame["against"].isin(IN_ANOTHER_PROCESS)]
    threads = rows["threads"].fillna(context.record.request.threads)
    return set(zip(keys_of(rows), map(int, threads), strict=True))


def _find_failed(context: RunContext) -> set[tuple[str, str, int | None]]:
    return {
        (note.framework, note.device, note.threads)
        for note in context.record.notes
        if note.kind is NoteKind.NOT_REPEATED
    }


def check_repeatability(context: RunContext) -> None:
    """Repeat each checked cell's first step in other workers; store the findings."""
    pending = [c for c in context.record.cells if c.status is Status.PENDING]
    places = plan_places(context, pending)
    keys = [(cell.workload, own_part(cell)) for each in places for cell in each.cells]

    def rerun(place: RepeatPlace, cores: list[int]) -> None:
        rerun_in(context, place, cores=cores)

    with computing_references(context, keys):
        context.in_parallel(rerun, places, of=lambda place: place.cells[0])


def rerun_in(context: RunContext, place: RepeatPlace, *, cores: list[int]) -> None:
    """Repeat every cell's first step in one worker; a failure becomes a note."""
    name = f"again-{place.framework}-{place.device}-{place.threads}"
    own, cell = context.record.request.threads, place.cells[0]
    try:
        lacking = [
            c for c in place.cells if not _first_step(context, c, place).exists()
        ]
        if lacking:
            with _start(context, place, cores=cores, threads=own, name=name) as (
                worker,
                _,
            ):
                for cell in lacking:
                    _evaluate_first_step(context, cell, place=place, worker=worker)
        needed = place.threads * context.pool_of(cell).replicas
        if needed > len(cores):
            cores = available_cores()[:needed]
        with _start(context, place, cores=cores, threads=place.threads, name=name) as (
            worker,
            _,
        ):
            for cell in place.cells:
                context.reporter.advance(f"{cell.workload} {cell.variant} {name}")
                _rerun_and_store(context, cell, place=place, worker=worker)
    except (CannotRunError, CompareError) as error:
        note = Note(
            kind=NoteKind.NOT_REPEATED,
            framework=place.framework,
            device=place.device,
            threads=place.threads,
            workload=cell.workload,
            variant=cell.variant,
            reason=shorten(str(error), limit=REASON_CHARACTERS),
        )
        context.add_note(note)


def _start(
    context: RunContext,
    place: RepeatPlace,
    *,
    cores: list[int],
    threads: int,
    name: str,
) -> AbstractContextManager[tuple[Worker, Ready]]:
    """Return a worker of the place's framework, to be entered."""
    pool = context.pool_of(place.cells[0]).with_threads(threads)
    pool = pool.with_generation(ANOTHER_GENERATION)
    return pool.start_ready(
        place.framework,
        cores=cores,
        cache=context.compile_cache(place.framework),
        log=name,
        device=place.device,
    )


def _first_step(context: RunContext, cell: Cell, place: RepeatPlace) -> Path:
    """Return the file with the tensors that a repetition is compared with.

    The cell's own check wrote it; in a resumed run, `_evaluate_first_step` writes it.
    """
    folder = context.received_folder(cell, dtype=cell.dtype)
    checked = folder / Inputs.WORKLOAD / "repeated.npz"
    return checked if checked.exists() else folder / f"first-{place.threads}.npz"


@naming_bugs()
def _evaluate_first_step(
    context: RunContext,
    cell: Cell,
    *,
    place: RepeatPlace,
    worker: Worker,
) -> None:
    """Run the first step of a cell that an earlier process of the run checked."""
    path = _first_step(context, cell, place)
    folder = path.with_suffix("")  # places of one cell run in parallel
    folder.mkdir(parents=True)
    staged = context.staged[cell.workload]
    launching.prepare_session(worker, cell, dtype=cell.dtype, workload=staged)
    first = context.pool.wait_for(context.expected[cell.workload, own_part(cell)])[0]
    save_arrays(path, request_snapshot(worker, expected=first, folder=folder))


def _rerun_and_store(
    context: RunContext,
    cell: Cell,
    *,
    place: RepeatPlace,
    worker: Worker,
) -> None:
    # A mode that cannot run here could not run in its own check either, and has a
    # reason already.
    found: list[AgreementRow] = []
    with suppress(CannotRunError), naming_bugs():
        found = _rerun_cell(context, cell, place=place, worker=worker)
    with context.lock:
        store_rows(context.folder, context.record, {AGREEMENT: found})


def _rerun_cell(
    context: RunContext,
    cell: Cell,
    *,
    place: RepeatPlace,
    worker: Worker,
) -> list[AgreementRow]:
    """Repeat one cell's first step; return the differences from its own check."""
    folder = context.received_folder(cell, dtype=cell.dtype)
    again = folder / f"again-{place.threads}"
    again.mkdir(parents=True)
    launching.prepare_session(
        worker, cell, dtype=cell.dtype, workload=context.staged[cell.workload]
    )
    first = context.pool.wait_for(context.expected[cell.workload, own_part(cell)])[0]
    once = load_arrays(_first_step(context, cell, place))
    repeated = request_snapshot(worker, expected=first, folder=again)
    if place.threads == context.record.request.threads:
        repetitions = [
            Repetition(against=Against.ANOTHER_PROCESS, once=once, again=repeated)
        ]
    else:
        twice = request_snapshot(worker, expected=first, folder=again)
        repetitions = [
            Repetition(
                against=Against.OTHER_THREADS,
                threads=place.threads,
                once=once,
                again=repeated,
            ),
            Repetition(
                against=Against.ITSELF_WITH_THREADS,
                threads=place.threads,
                once=repeated,
                again=twice,
            ),
        ]
    return [
        AgreementRow(**cell.key, **dataclasses.asdict(finding))
        for repetition in repetitions
        for finding in judge_repetition(
            repetition.once,
            repetition.again,
            against=repetition.against,
            threads=repetition.threads,
            dtype=cell.dtype,
        )
    ]
