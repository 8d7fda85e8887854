"""Compute the timing tables of a run from its samples, and return the finished run."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from compare.runs.folder import load_run
from compare.runs.tables import RANKING, TIMING, write_table
from compare.timing.tables import compute_tables

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from compare.runs.folder import Run


def finish(folder: Path, *, samples: pd.DataFrame | None = None) -> Run:
    """Compute and write the timing tables of a run, and return the whole run.

    Args:
        folder: the run folder.
        samples: its samples, if they are in memory already; read otherwise.

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    run = load_run(folder, samples=samples)
    timing, ranking = compute_tables(run.record, run.samples)
    timing_frame, ranking_frame = TIMING.frame(timing), RANKING.frame(ranking)
    write_table(folder, TIMING, timing_frame)
    write_table(folder, RANKING, ranking_frame)
    return dataclasses.replace(run, timing=timing_frame, ranking=ranking_frame)
