"""Compute the timing tables of a run from its samples, and return the finished run."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from compare.runs.folder import load_run, read_record
from compare.runs.store import frame_cells, store_tables
from compare.runs.tables import CELLS, RANKING, SAMPLES, TIMING
from compare.timing.tables import compute_tables

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from compare.runs.folder import Run
    from compare.runs.record import RunRecord
    from compare.runs.tables import TableSpec


def finish(
    folder: Path,
    *,
    record: RunRecord | None = None,
    samples: pd.DataFrame | None = None,
) -> Run:
    """Compute and write the timing tables of a run, and return the whole run.

    Args:
        folder: the run folder.
        record: of the run, if it is in memory already; read otherwise.
        samples: its samples, if they are in memory already; read otherwise.

    Raises:
        RunError: a file of the run is missing, cut or damaged.
        StorageError: a table cannot be written.
    """
    record = record or read_record(folder)
    # Not read, because they are replaced: a damaged one does not matter.
    known: dict[TableSpec[Any], pd.DataFrame] = {
        CELLS: frame_cells(record),
        TIMING: TIMING.frame(),
        RANKING: RANKING.frame(),
    }
    if samples is not None:
        known[SAMPLES] = samples
    run = compute_timing(load_run(folder, record=record, known=known))
    store_tables(folder, run.record, {TIMING: run.timing, RANKING: run.ranking})
    return run


def compute_timing(run: Run) -> Run:
    """Return a run with timing tables that are computed from its samples."""
    timing, ranking = compute_tables(run.record, run.samples)
    return dataclasses.replace(
        run, timing=TIMING.frame(timing), ranking=RANKING.frame(ranking)
    )
