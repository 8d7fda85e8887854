"""Find where modes left their graphs, captured again or refused the code."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from compare.contract import Captures
from compare.pipeline.check import own_model
from compare.runs.rows import BreakRow
from compare.runs.store import store_rows
from compare.runs.tables import BREAKS
from compare.workers import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import GraphBreak
    from compare.pipeline.context import RunContext
    from compare.runs.record import Cell
    from compare.workers.messages import Description
    from compare.workers.process import CannotRunError, Worker


def find_breaks(cell: Cell, described: Description, worker: Worker) -> list[GraphBreak]:
    """Return the breaks of a session that has run its steps.

    A session is searched only if its report shows something to find, because a search
    captures the step again.
    """
    if cell.declared is Captures.NONE or not _has_breaks(described):
        return []
    return worker.request(messages.FindBreaks(), messages.Breaks).found


def _has_breaks(described: Description) -> bool:
    return (
        described.captures is Captures.NONE
        or described.captures_count > 1
        or described.graph_breaks != 0  # None: the framework does not count them
    )


def describe_rows(cell: Cell, found: Sequence[GraphBreak]) -> list[BreakRow]:
    """Return the rows of ``breaks.csv`` for the breaks of a cell."""
    return [BreakRow(**cell.key, **asdict(each)) for each in found]


def keep_refusal(context: RunContext, cell: Cell, reason: CannotRunError) -> None:
    """Keep the user's line that a mode refused, in the table and on the model's card.

    Raises:
        StorageError: the row cannot be written.
    """
    if (refusal := reason.refusal) is None:
        return
    own_model.keep_examined(context, cell, breaks=[refusal])
    with context.lock:
        rows = {BREAKS: describe_rows(cell, [refusal])}
        store_rows(context.folder, context.record, rows)
