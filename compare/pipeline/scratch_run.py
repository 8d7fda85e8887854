"""A run whose folder is temporary: for commands that need no finished run."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import TYPE_CHECKING

import pandas as pd

from compare.pipeline import run
from compare.pipeline.context import RunContext
from compare.pipeline.interim import reporting_launches
from compare.runs.folder import LOGS
from compare.scratch import open_scratch
from compare.workers.starting import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.runs.progress import Reporter
    from compare.runs.record import RunRecord


@contextmanager
def open_scratch_run(record: RunRecord, *, reporter: Reporter) -> Iterator[RunContext]:
    """Yield a run with its data read and its compile cache chosen.

    Raises:
        CompareError: the data or the model cannot be read.
    """
    with ExitStack() as stack:
        scratch = stack.enter_context(open_scratch())
        (scratch / LOGS).mkdir()
        interim = stack.enter_context(reporting_launches(None, reporter=reporter))
        pool = stack.enter_context(
            run.open_pool(record, logs=scratch / LOGS, command=COMMAND)
        )
        context = RunContext(
            folder=scratch,
            scratch=scratch,
            record=record,
            pool=pool,
            reporter=reporter,
            staged={},
            probes={},
            samples=pd.DataFrame(),
            lock=Lock(),
            interim=interim,
        )
        run.stage_data(context)
        run.choose_compile_cache(context)
        yield context
