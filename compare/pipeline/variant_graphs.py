"""Take the graphs of a few variants without a run: no check, no timing, no folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.contract import CapturedGraph, GraphStage
from compare.errors import CompareError
from compare.pipeline.graphs import take_graphs
from compare.pipeline.scratch_run import open_scratch_run
from compare.runs.words import Status
from compare.workers.failures import naming_bugs
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from compare.pipeline.context import RunContext
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
    reporter.phase("graphs")
    with open_scratch_run(record, reporter=reporter) as context:
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
