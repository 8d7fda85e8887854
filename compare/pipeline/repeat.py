"""Does a variant repeat itself in another process, and with other threads?

Its first training step, from the state that it was checked in, taken again elsewhere:
identical bits or a spread. A spread is no disagreement. One worker a framework serves
all of its variants, in each of the places.
"""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.agreement import judge
from compare.errors import CompareError
from compare.machine import available_cores
from compare.numerics.arrays import load_arrays
from compare.runs import results
from compare.timing import launching
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from compare.pipeline.context import Expectations, Going
    from compare.runs.results import Cell
    from compare.workers.process import Worker

OTHER_THREADS = (1, 2)  # the numbers of threads that are tried


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where steps are taken again."""

    framework: str
    device: str
    threads: int
    cells: tuple[Cell, ...]


def elsewhere(going: Going, cells: list[Cell], *, expected: Expectations) -> None:
    """Take each cell's first step again in other places, and write the findings."""
    of = dict.fromkeys((cell.framework, cell.device) for cell in cells)
    mine = going.record.request.threads
    counts = [mine, *(n for n in OTHER_THREADS if n != mine)]
    places = [
        Place(
            framework=framework,
            device=device,
            threads=threads,
            cells=tuple(
                c for c in cells if (c.framework, c.device) == (framework, device)
            ),
        )
        for framework, device in of
        for threads in counts
        if threads <= len(available_cores())
    ]

    def work(place: Place, cores: list[int]) -> None:
        if place.threads > len(cores):
            cores = available_cores()[: place.threads]
        take_again(going, place, cores=cores, expected=expected)

    going.launcher.in_parallel(work, places)


def take_again(
    going: Going, place: Place, *, cores: list[int], expected: Expectations
) -> None:
    """Every cell's first step in one place; a failure there is a note of the run."""
    name = f"again-{place.framework}-{place.device}-{place.threads}"
    with going.launcher.with_threads(place.threads).start(
        place.framework,
        cores=cores,
        cache=going.compiled(place.framework),
        log=name,
        device=place.device,
    ) as worker:
        cell = place.cells[0]
        try:
            worker.hello()
            for cell in place.cells:
                going.reporter.advance(f"{cell.workload} {cell.variant} {name}")
                with suppress(CannotRunError):  # nor could it where it was checked
                    _compare(going, cell, place=place, worker=worker, expected=expected)
        except CompareError as error:
            with going.lock:
                going.record.notes.append(
                    f"{name}: not repeated from {cell.workload} {cell.variant} on: "
                    f"{error}"
                )


def _compare(
    going: Going,
    cell: Cell,
    *,
    place: Place,
    worker: Worker,
    expected: Expectations,
) -> None:
    folder = going.received(cell, dtype=cell.dtype)
    again = folder / f"again-{place.threads}"
    again.mkdir()
    launching.prepare(
        worker, cell, dtype=cell.dtype, workload=going.staged[cell.workload]
    )
    first = going.launcher.wait_for(expected[cell.workload, cell.dtype])[0]
    once = load_arrays(folder / "repeated.npz")
    there = judge.snapshot(worker, expected=first, folder=again)
    mine = going.record.request.threads
    if place.threads == mine:
        against = {"another process": (once, there)}
    else:
        repeated = judge.snapshot(worker, expected=first, folder=again)
        against = {
            f"{place.threads} threads for {mine}": (once, there),
            f"itself with {place.threads} threads": (there, repeated),
        }
    rows = [
        {**cell.key, **dataclasses.asdict(finding)}
        for name, (one, other) in against.items()
        for finding in judge.determinism(one, other, against=name, dtype=cell.dtype)
    ]
    with going.lock:
        results.append(going.folder, "agreement.csv", rows)
