"""The state that the stages of one run share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

from compare.pipeline.live import LiveResults, show_end
from compare.pipeline.plan import needs_compiler
from compare.runs.store import save_record
from compare.runs.words import Inputs
from compare.wording import shorten
from compare.workers.process import REASON_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path
    from threading import Lock

    import pandas as pd

    from compare.agreement.training import LastStep
    from compare.contract import Dtype
    from compare.pipeline.interim import InterimReports
    from compare.pipeline.reuse import Reuse
    from compare.reference.expectation import Expected
    from compare.runs.progress import Reporter
    from compare.runs.record import Cell, Key, Note, RunRecord, WorkloadRequest
    from compare.runs.words import Status
    from compare.workers.messages import SizeTried
    from compare.workers.pool import WorkerPool

    # (workload label, part) -> its reference results, computed in the background.
    Expectations = dict[tuple[str, "CheckPart"], Future[list[Expected]]]


T = TypeVar("T")
PROOF: Dtype = "float64"  # in which any real difference is far larger than rounding


@dataclass(frozen=True, kw_only=True)
class CheckPart:
    """One part of a cell's agreement check: on which inputs and in which dtype."""

    inputs: Inputs
    dtype: Dtype

    def __str__(self) -> str:
        """Return the part for the progress display."""
        return f"{self.dtype} probe" if self.inputs is Inputs.PROBE else self.dtype

    def key_of(self, cell: Cell) -> Key:
        """Return what identifies the part's rows: the cell, its dtype, the inputs."""
        *where, _ = cell.key_values
        return (*where, self.dtype, self.inputs)


def own_part(cell: Cell) -> CheckPart:
    """Return the part of a cell's check on its own data in its own dtype."""
    return CheckPart(inputs=Inputs.WORKLOAD, dtype=cell.dtype)


@dataclass(kw_only=True)
class RunContext:
    """A run in progress: its record, folder, workers and progress display."""

    folder: Path
    scratch: Path
    record: RunRecord
    pool: WorkerPool
    reporter: Reporter
    staged: dict[str, WorkloadRequest]  # by label, with data in one file
    probes: dict[str, WorkloadRequest]  # by label, of workloads that have one
    samples: pd.DataFrame  # all blocks timed so far
    lock: Lock
    interim: InterimReports
    shared_cache: Path | None = None  # of compiled code; None if it cannot be used
    reuse: Reuse | None = None  # of stored results; None if all are computed
    # Frameworks with a damaged entry in the shared cache.
    damaged_caches: set[str] = field(default_factory=set)
    last_steps: dict[str, LastStep] = field(default_factory=dict)  # by label
    expected: Expectations = field(default_factory=dict)
    # (label, dtype) -> the reference's results at other batch sizes
    expected_sizes: dict[tuple[str, Dtype], Future[list[SizeTried]]] = field(
        default_factory=dict
    )
    # Of each part of a check that is stored: `CheckPart.key_of`.
    checked: set[Key] = field(default_factory=set)
    live: LiveResults = field(default_factory=LiveResults)

    def pool_of(self, cell: Cell) -> WorkerPool:
        """Return the pool whose workers have as many replicas as a cell needs."""
        return self.pool.with_replicas(self.staged[cell.workload].replicas)

    def in_parallel(
        self,
        work: Callable[[T, list[int]], None],
        items: Sequence[T],
        *,
        of: Callable[[T], Cell],
    ) -> None:
        """Call `work` on items, each with as many processors as its cell needs.

        Args:
            work: takes an item and its processors.
            items: in the order of work.
            of: returns the cell of an item.
        """
        by_pool: dict[int, list[T]] = {}
        for item in items:
            by_pool.setdefault(self.pool_of(of(item)).replicas, []).append(item)
        for replicas, group in by_pool.items():
            self.pool.with_replicas(replicas).in_parallel(work, group)

    def request_of(self, label: str, *, inputs: Inputs) -> WorkloadRequest:
        """Return the workload of a label, or its probe, with its configuration."""
        return (self.probes if inputs is Inputs.PROBE else self.staged)[label]

    def expected_folder(self, label: str, part: CheckPart) -> Path:
        """Return the folder of a NumPy reference during the run."""
        return self.scratch / "expected" / label / part.inputs / part.dtype

    def received_folder(self, cell: Cell, *, dtype: Dtype) -> Path:
        """Return the folder of a session's arrays during the run."""
        where = (cell.workload, cell.variant, cell.device, dtype)
        return self.scratch.joinpath("received", *where)

    def compile_cache(self, framework: str) -> Path:
        """Return the compile cache of agreement checks, which later runs share."""
        if self.shared_cache is None or framework in self.damaged_caches:
            return self.scratch / "agree" / framework
        return self.shared_cache / framework

    def launch_cache(self, cell: Cell, name: str) -> Path:
        """Return the compile cache of a cell's launches.

        A mode that calls a compiler reads what its agreement check compiled, and its
        cold start is measured separately. The others have a cache per name.
        """
        if needs_compiler(cell):
            return self.compile_cache(cell.framework)
        return self.scratch / "cache" / cell.workload / name

    def add_note(self, note: Note) -> None:
        """Add a note to the record once, and store it."""
        with self.lock:
            if note not in self.record.notes:
                self.record.notes.append(note)
                save_record(self.folder, self.record)

    def end_cell(
        self,
        cell: Cell,
        *,
        status: Literal[Status.FAILED, Status.NOT_RUN],
        reason: str,
    ) -> None:
        """Set the status of a cell without a result, and store the reason."""
        with self.lock:
            cell.status = status
            cell.reason = shorten(reason, limit=REASON_CHARACTERS)
            save_record(self.folder, self.record)
        show_end(self, cell)
