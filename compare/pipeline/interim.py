"""Report a run after each launch, while the workers of the next launch start."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import get_native_id
from typing import TYPE_CHECKING

import msgspec

from compare.pipeline.finish import compute_timing
from compare.runs.folder import load_run
from compare.runs.record import RunRecord
from compare.runs.store import store_tables
from compare.runs.tables import RANKING, SAMPLES, TIMING
from compare.workers.failures import naming_bugs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    import pandas as pd

    from compare.pipeline.context import RunContext
    from compare.runs.folder import Run
    from compare.runs.progress import Reporter

# Low enough that starting workers get the processors first. With the lowest one, 19, a
# busy machine would delay the next launch by many seconds.
NICENESS = 10


@dataclass(kw_only=True)
class InterimReports:
    """Writes the timing tables and a report after each launch, in a thread.

    The thread has a low priority, because the costs of starting the next workers
    are measured at the same time. No block is timed before it is done. A failure costs
    only this report: it is printed once, and the run goes on.

    Args:
        write: writes the report of an unfinished run; ``None`` for no reports.
        reporter: prints failures.
    """

    write: Callable[[Run], None] | None
    reporter: Reporter
    _executor: ThreadPoolExecutor
    _pending: Future[None] | None = None
    _printed: str = ""

    def begin(self, context: RunContext) -> None:
        """Begin the report of what is stored now."""
        if self.write is None:
            return
        self.wait()
        with context.lock:
            record = _copy(context.record)
        self._pending = self._executor.submit(
            _report, context, record=record, samples=context.samples, write=self.write
        )

    def wait(self) -> None:
        """Wait for the report that was begun, and print why it failed if it did."""
        if self._pending is None:
            return
        error, self._pending = self._pending.exception(), None
        if error is None:
            return
        text = f"The report so far was not written; the run continues. {error}"
        if text != self._printed:
            self._printed = text
            self.reporter.warn(text)


@contextmanager
def reporting_launches(
    write: Callable[[Run], None] | None, *, reporter: Reporter
) -> Iterator[InterimReports]:
    """Yield what reports each launch. In the end, it waits for the last report."""
    with ThreadPoolExecutor(1, initializer=_lower_priority) as executor:
        reports = InterimReports(write=write, reporter=reporter, _executor=executor)
        yield reports
        reports.wait()


def _report(
    context: RunContext,
    *,
    record: RunRecord,
    samples: pd.DataFrame,
    write: Callable[[Run], None],
) -> None:
    """Store the timing tables, then write the report.

    Args:
        context: of the run. Its record may change meanwhile.
        record: a copy from when the report was begun.
        samples: of all launches until then.
        write: writes the report.
    """
    with naming_bugs():
        run = load_run(
            context.folder,
            record=record,
            known={SAMPLES: samples, TIMING: TIMING.frame(), RANKING: RANKING.frame()},
        )
        run = compute_timing(run)
        with context.lock:
            store_tables(
                context.folder,
                context.record,
                {TIMING: run.timing, RANKING: run.ranking},
            )
        write(run)


def _copy(record: RunRecord) -> RunRecord:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=RunRecord)


def _lower_priority() -> None:
    """Give this thread a low priority; only Linux has priorities of threads."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)
