"""Check repeatability: is the first step bit-identical in other processes and threads?

The first training step of each variant is repeated from the same state in another
process, with the same and with other numbers of threads. Differing bits are reported as
a spread, not as a disagreement. One worker per framework, device and number of threads
repeats the steps of all variants.
"""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.agreement.examine import request_snapshot
from compare.agreement.judge import judge_repetition
from compare.errors import CompareError
from compare.machine import available_cores
from compare.numerics.arrays import load_arrays
from compare.pipeline.context import CheckPart
from compare.runs.record import Note
from compare.runs.rows import AgreementRow
from compare.runs.tables import AGREEMENT, append_rows
from compare.runs.words import Against, Inputs, NoteKind
from compare.timing import launching
from compare.workers.failures import naming_bugs
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from compare.contract import Arrays
    from compare.pipeline.context import Expectations, RunContext
    from compare.runs.record import Cell
    from compare.workers.process import Worker

THREAD_COUNTS = (1, 2)  # used in addition to the run's own


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


def check_repeatability(
    context: RunContext, cells: list[Cell], *, expected: Expectations
) -> None:
    """Repeat each cell's first step in other workers and store the findings."""
    own = context.record.request.threads
    thread_counts = [own, *(count for count in THREAD_COUNTS if count != own)]
    places = [
        RepeatPlace(
            framework=framework,
            device=device,
            threads=threads,
            cells=tuple(
                c for c in cells if (c.framework, c.device) == (framework, device)
            ),
        )
        for framework, device in dict.fromkeys((c.framework, c.device) for c in cells)
        for threads in thread_counts
        if threads <= len(available_cores())
    ]

    def rerun(place: RepeatPlace, cores: list[int]) -> None:
        if place.threads > len(cores):
            cores = available_cores()[: place.threads]
        rerun_in(context, place, cores=cores, expected=expected)

    context.pool.in_parallel(rerun, places)


def rerun_in(
    context: RunContext, place: RepeatPlace, *, cores: list[int], expected: Expectations
) -> None:
    """Repeat every cell's first step in one worker; a failure becomes a note."""
    name = f"again-{place.framework}-{place.device}-{place.threads}"
    with ExitStack() as stack:
        cell = place.cells[0]
        try:
            with naming_bugs():
                worker = stack.enter_context(
                    context.pool.with_threads(place.threads).start(
                        place.framework,
                        cores=cores,
                        cache=context.compile_cache(place.framework),
                        log=name,
                        device=place.device,
                    )
                )
                worker.hello()
            for cell in place.cells:
                context.reporter.advance(f"{cell.workload} {cell.variant} {name}")
                # A mode that cannot run here could not run in its own check either, and
                # has a reason already.
                found: list[AgreementRow] = []
                with suppress(CannotRunError), naming_bugs():
                    found = _rerun_cell(
                        context, cell, place=place, worker=worker, expected=expected
                    )
                with context.lock:
                    append_rows(context.folder, AGREEMENT, found)
        except (CannotRunError, CompareError) as error:
            note = Note(
                kind=NoteKind.NOT_REPEATED,
                framework=place.framework,
                device=place.device,
                threads=place.threads,
                workload=cell.workload,
                variant=cell.variant,
                reason=str(error),
            )
            with context.lock:
                context.record.notes.append(note)


def _rerun_cell(
    context: RunContext,
    cell: Cell,
    *,
    place: RepeatPlace,
    worker: Worker,
    expected: Expectations,
) -> list[AgreementRow]:
    """Repeat one cell's first step; return the differences from its own check."""
    folder = context.received_folder(cell, dtype=cell.dtype)
    again = folder / f"again-{place.threads}"
    again.mkdir()
    launching.prepare_session(
        worker, cell, dtype=cell.dtype, workload=context.staged[cell.workload]
    )
    part = CheckPart(inputs=Inputs.WORKLOAD, dtype=cell.dtype)
    first = context.pool.wait_for(expected[cell.workload, part])[0]
    once = load_arrays(folder / part.inputs / "repeated.npz")
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
