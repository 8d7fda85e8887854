"""Check a failed cell once more without compiled code from earlier runs.

An entry of the shared compile cache may be damaged: cut by a full disk, or written by a
process that was killed. The cells that load it would fail in every run.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from compare.errors import CompareError
from compare.pipeline import compile_cache
from compare.pipeline.plan import needs_compiler
from compare.runs.record import Note
from compare.runs.words import NoteKind, Status
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from compare.pipeline.context import RunContext
    from compare.runs.record import Cell
    from compare.workers.process import Worker


def may_retry(context: RunContext, cell: Cell, *, cache: Path) -> bool:
    """Return whether a cell that failed may have loaded damaged compiled code."""
    return context.shared_cache in cache.parents and needs_compiler(cell)


def check_again(
    context: RunContext,
    cell: Cell,
    *,
    failure: str,
    cores: list[int],
    check: Callable[[Worker], str],
) -> None:
    """Check a failed cell in a new worker with an empty cache; end it if it fails too.

    If it passes, the shared compiled code is regarded as damaged.

    Args:
        context: of the run.
        cell: which failed.
        failure: why.
        cores: processors of the worker.
        check: checks the cell; returns why that failed, or an empty text.
    """
    name = f"agree-{cell.framework}-{cell.mode}-{cell.device}-again"
    with ExitStack() as stack:
        try:
            worker, _ = stack.enter_context(
                context.pool_of(cell).start_ready(
                    cell.framework,
                    cores=cores,
                    cache=context.scratch / name / cell.workload / cell.dtype,
                    log=name,
                    device=cell.device,
                )
            )
        except (CannotRunError, CompareError) as error:
            failed_again = str(error)
        else:
            failed_again = check(worker)
    if failed_again:
        context.end_cell(cell, status=Status.FAILED, reason=failed_again)
    elif cell.status is Status.PENDING:
        _note_damage(context, cell, failure=failure)


def remove_damaged_caches(context: RunContext) -> None:
    """Remove shared compiled code that made a cell fail, when no worker uses it."""
    for framework in context.damaged_caches:
        if context.shared_cache is not None:
            compile_cache.remove_entry(context.shared_cache / framework)


def _note_damage(context: RunContext, cell: Cell, *, failure: str) -> None:
    context.damaged_caches.add(cell.framework)
    note = Note(
        kind=NoteKind.CACHE_DAMAGED,
        framework=cell.framework,
        workload=cell.workload,
        variant=cell.variant,
        reason=failure,
    )
    context.add_note(note)
