"""Take the graphs of a few variants without a run: no check, no timing, no folder."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING

import pandas as pd

from compare.contract import CapturedGraph, GraphStage
from compare.errors import CompareError
from compare.pipeline import run
from compare.pipeline.context import RunContext
from compare.pipeline.graphs import take_graphs
from compare.pipeline.interim import reporting_launches
from compare.runs.folder import LOGS
from compare.runs.words import Status
from compare.scratch import open_scratch
from compare.workers.failures import naming_bugs
from compare.workers.process import CannotRunError
from compare.workers.starting import COMMAND

if TYPE_CHECKING:
    from compare.runs.progress import Reporter
    from compare.runs.record import Cell, RunRecord

SECONDS = 20.0  # expected for one variant, for the time left


def take_variant_graphs(
    record: RunRecord, *, reporter: Reporter
) -> dict[str, list[CapturedGraph]]:
    """Return variant -> its graphs, in the order of the request.

    A variant that cannot run has one graph with the reason.

    Args:
        record: of one workload, one device and one dtype; nothing is written for it.
        reporter: shows the progress.

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
        reporter.phase("graphs")
        run.stage_data(context)
        run.choose_compile_cache(context)
        return {cell.variant: _take_or_explain(context, cell) for cell in record.cells}


def _take_or_explain(context: RunContext, cell: Cell) -> list[CapturedGraph]:
    if cell.status is Status.NOT_RUN:
        return [_explain(cell.reason)]
    context.reporter.advance(f"{cell.variant}: graphs", expected_s=SECONDS)
    try:
        with naming_bugs():
            return list(take_graphs(context, cell))
    except (CannotRunError, CompareError) as reason:
        return [_explain(str(reason))]


def _explain(reason: str) -> CapturedGraph:
    return CapturedGraph(
        stage=GraphStage.CAPTURED, view="no graph was taken", reason=reason
    )
