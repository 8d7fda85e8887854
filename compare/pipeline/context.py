"""A run under way: what its stages share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from compare.runs import results

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future
    from threading import Lock

    from compare.agreement.expectation import Expected
    from compare.contract import Dtype
    from compare.runs.progress import Reporter
    from compare.runs.results import Cell, RunRecord, WorkloadRequest
    from compare.workers.pool import WorkerPool

    # What each workload should compute in each dtype, worked out meanwhile.
    Expectations = Mapping[tuple[str, Dtype], Future[list[Expected]]]


@dataclass(frozen=True, kw_only=True)
class Going:
    """Its record, where it is written, and what drives it."""

    folder: Path
    scratch: Path
    record: RunRecord
    launcher: WorkerPool
    reporter: Reporter
    staged: dict[str, WorkloadRequest]  # by label, data in one file
    lock: Lock

    def received(self, cell: Cell, *, dtype: Dtype) -> Path:
        """Where what a session computed is kept while the run goes on."""
        where = (cell.workload, cell.variant, cell.device, dtype)
        return self.scratch.joinpath("received", *where)

    def compiled(self, framework: str) -> Path:
        """Where code that sessions compile to be checked outlives a run."""
        return cache_home(otherwise=self.scratch / "agree") / framework

    def settle(
        self, cell: Cell, *, status: Literal["failed", "not run"], reason: str
    ) -> None:
        """Write down why a cell has no result."""
        with self.lock:
            cell.status, cell.reason = status, reason
            results.save(self.folder, self.record)


def cache_home(*, otherwise: Path) -> Path:
    """Where compiled code outlives a run, for sessions that check agreement."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "graph-compare"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a home that cannot be written to
        return otherwise
    return folder if os.access(folder, os.W_OK) else otherwise
