"""Create and load a run folder.

A run folder contains ``run.json`` (the request, the environment, the cells, the costs
of starting) and tidy tables with one row per observation. Results are written as soon
as they are known, so a killed run keeps them. The files contain data only: reading them
executes no code. How rows are stored: `compare.runs.store`.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from compare.errors import RunError, StorageError
from compare.files import read_file
from compare.runs import tables
from compare.runs.lock import LOCK_FILE
from compare.runs.record import SCHEMA_VERSION, RunRecord
from compare.runs.store import RUN_FILE, frame_cells, read_stored, save_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from compare.runs.tables import TableSpec


LOGS = "logs"  # folder of what workers print


class _Versioned(msgspec.Struct):
    """The part of ``run.json`` that every version has."""

    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as read from its folder: its record, and each table as a DataFrame."""

    folder: Path
    record: RunRecord
    cells: pd.DataFrame
    agreement: pd.DataFrame
    differences: pd.DataFrame
    precision: pd.DataFrame
    breaks: pd.DataFrame
    timing: pd.DataFrame
    ranking: pd.DataFrame
    profile: pd.DataFrame
    samples: pd.DataFrame
    learning: pd.DataFrame

    def __repr__(self) -> str:
        """Return one line per table, not the tables."""
        return "\n".join([self._title(), *map(self._table_line, tables.TABLES)])

    def _repr_html_(self) -> str:
        """Return a short summary for a notebook."""
        from compare.runs.summary import summarize  # noqa: PLC0415 - notebooks only

        return summarize(self)

    def _title(self) -> str:
        workloads = ", ".join(each.label for each in self.record.request.workloads)
        return f"Run {self.record.run_id}: {workloads} ({self.folder})"

    def _table_line(self, table: TableSpec[Any]) -> str:
        frame: pd.DataFrame = getattr(self, table.name)
        return f"  .{table.name}: {len(frame):,} rows, {len(frame.columns)} columns"


def unused_folder(folder: Path) -> Path:
    """Return this folder, or its first numbered variant that does not exist."""
    found, number = folder, 1
    while found.exists():
        number += 1
        found = folder.with_name(f"{folder.name}-{number}")
    return found


def choose_folder(record: RunRecord, *, out: Path | None) -> Path:
    """Return the requested folder of a run, or a new one in ``reports``."""
    return out or unused_folder(Path("reports") / record.run_id)


def create_folder(folder: Path, record: RunRecord) -> None:
    """Create the run folder and write its first ``run.json``.

    Raises:
        RunError: the folder exists (nothing is overwritten) or cannot be created.
    """
    create_new_folder(folder)
    try:
        save_record(folder, record)
    except StorageError:  # the folder can then be used again
        shutil.rmtree(folder, ignore_errors=True)
        raise


def create_new_folder(folder: Path) -> None:
    """Create a folder for results, and its parents.

    Raises:
        RunError: the folder exists (nothing is overwritten) or cannot be created.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        is_run = (folder / RUN_FILE).exists()
        resume = f", or continue that run with: graph-compare run --resume {folder}"
        raise RunError(
            f'--out: expected a folder that does not exist yet; received "{folder}", '
            f"which exists. Nothing was overwritten: name another{resume * is_run}"
        ) from error
    except OSError as error:
        raise RunError(
            f'--out: expected a folder that can be created; received "{folder}": '
            f"{error.strerror}"
        ) from error


def discard_empty_run(folder: Path) -> None:
    """Remove the folder of a run without results, so that it can be used again."""
    without_results = {RUN_FILE, tables.CELLS.file, LOCK_FILE, LOGS}
    if {path.name for path in folder.iterdir()} <= without_results:
        shutil.rmtree(folder)


def read_record(folder: Path) -> RunRecord:
    """Read ``run.json``.

    Raises:
        RunError: the file is missing, has another schema version, or a field of it is
            invalid.
    """
    path = folder / RUN_FILE
    try:
        content = read_file(path)
        version = msgspec.json.decode(content, type=_Versioned).schema_version
        if version != SCHEMA_VERSION:
            raise RunError(
                f"{path}: schema_version: expected {SCHEMA_VERSION}; "
                f"received {version}. Another version of graph-compare wrote this run. "
                "Repeat it with this version: graph-compare run"
            )
        record = msgspec.json.decode(content, type=RunRecord)
    except FileNotFoundError as error:
        raise RunError(
            f'expected a run folder with a {RUN_FILE}; received "{folder}", which '
            "has none. Run folders are created by: graph-compare run"
        ) from error
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RunError(
            f"{path}: damaged or no run of graph-compare: {error}"
        ) from error
    return record


def load_run(
    folder: str | Path,
    *,
    record: RunRecord | None = None,
    known: Mapping[TableSpec[Any], pd.DataFrame] | None = None,
) -> Run:
    """Read a run.

    Args:
        folder: of the run.
        record: of the run, if it is in memory already; read otherwise.
        known: the tables that are in memory already; the others are read.

    Raises:
        RunError: a file is missing, cut, damaged, or of another schema version.
    """
    folder, known = Path(folder), known or {}
    record = record or read_record(folder)
    # A run that is being written has newer cells in its record than in ``cells.csv``.
    known = known if record.finished else {tables.CELLS: frame_cells(record), **known}
    frames = {
        table.name: known[table]
        if table in known
        else read_stored(folder, record, table)
        for table in tables.TABLES
    }
    return Run(folder=folder, record=record, **frames)
