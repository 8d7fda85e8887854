"""The state that the stages of one run share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from compare.runs.folder import save_record
from compare.runs.words import Inputs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future
    from threading import Lock

    import pandas as pd

    from compare.agreement.expectation import Expected
    from compare.contract import Dtype
    from compare.runs.progress import Reporter
    from compare.runs.record import Cell, RunRecord, WorkloadRequest
    from compare.runs.words import Status
    from compare.workers.pool import WorkerPool

    # (workload label, part) -> its reference results, computed in the background.
    Expectations = Mapping[tuple[str, "CheckPart"], Future[list[Expected]]]


@dataclass(frozen=True, kw_only=True)
class CheckPart:
    """One part of a cell's agreement check: on which inputs and in which dtype."""

    inputs: Inputs
    dtype: Dtype

    def __str__(self) -> str:
        """Return the part for the progress display."""
        return f"{self.dtype} probe" if self.inputs is Inputs.PROBE else self.dtype


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

    def request_of(self, label: str, *, inputs: Inputs) -> WorkloadRequest:
        """Return the workload of a label, or its probe, with its configuration."""
        return (self.probes if inputs is Inputs.PROBE else self.staged)[label]

    def received_folder(self, cell: Cell, *, dtype: Dtype) -> Path:
        """Return the folder of a session's arrays during the run."""
        where = (cell.workload, cell.variant, cell.device, dtype)
        return self.scratch.joinpath("received", *where)

    def compile_cache(self, framework: str) -> Path:
        """Return the compile cache of agreement checks, which later runs share."""
        return find_cache_folder(fallback=self.scratch / "agree") / framework

    def end_cell(
        self,
        cell: Cell,
        *,
        status: Literal[Status.FAILED, Status.NOT_RUN],
        reason: str,
    ) -> None:
        """Set the status of a cell without a result, and store the reason."""
        with self.lock:
            cell.status, cell.reason = status, reason
            save_record(self.folder, self.record)


def find_cache_folder(*, fallback: Path) -> Path:
    """Return the user's cache folder, or `fallback` if it is not writable."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "graph-compare"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a read-only home
        return fallback
    return folder if os.access(folder, os.W_OK) else fallback
