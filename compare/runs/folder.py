"""Create, save, resume and load a run folder.

A run folder contains ``run.json`` (the request, the environment, the cells, the costs
of starting) and tidy tables with one row per observation. Results are written as soon
as they are known, so a killed run keeps them. The files contain data only: reading them
executes no code.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from compare.errors import RunError
from compare.files import read_file
from compare.runs import tables
from compare.runs.record import SCHEMA_VERSION, RunRecord
from compare.runs.rows import CellRow
from compare.runs.tables import keys_of, read_table, replace_file, write_table
from compare.runs.words import Check

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from compare.runs.record import Key
    from compare.runs.tables import TableSpec

RUN_FILE = "run.json"


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


def create_folder(folder: Path, record: RunRecord) -> None:
    """Create the run folder and write its first ``run.json``.

    Raises:
        RunError: the folder exists (nothing is overwritten) or cannot be created.
    """
    create_new_folder(folder)
    save_record(folder, record)


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
    if {path.name for path in folder.iterdir()} <= {RUN_FILE, tables.CELLS.file}:
        shutil.rmtree(folder)


def save_record(folder: Path, record: RunRecord) -> None:
    """Write ``run.json`` and ``cells.csv``, each atomically."""
    text = msgspec.json.format(msgspec.json.encode(record), indent=1)
    replace_file(folder / RUN_FILE, text)
    cells = [CellRow(**msgspec.structs.asdict(cell)) for cell in record.cells]
    write_table(folder, tables.CELLS, tables.CELLS.frame(cells))


def read_keys(folder: Path, table: TableSpec[Any]) -> set[Key]:
    """Return the cell keys that a table has rows of."""
    return set(keys_of(read_table(folder, table)))


def drop_unfinished_rows(folder: Path, record: RunRecord) -> pd.DataFrame:
    """Drop the rows of cells and launches that a killed run did not finish.

    A cell is finished if ``agreement.csv`` has rows of it, because these are written
    last. A launch is finished if the record counts it.

    Returns:
        The samples of finished launches.
    """
    done = read_keys(folder, tables.AGREEMENT)
    for table in (tables.DIFFERENCES, tables.PRECISION):
        frame = read_table(folder, table)
        _keep_rows(folder, table, frame, rows=[key in done for key in keys_of(frame)])
    # Only cells of the timed device and dtype are trained.
    timed = (record.request.device, record.request.dtype)
    trained = {
        (workload, f"{framework}/{mode}")
        for workload, framework, mode, *where in done
        if tuple(where) == timed
    }
    learning = read_table(folder, tables.LEARNING)
    pairs = zip(learning["workload"], learning["variant"], strict=True)
    _keep_rows(
        folder, tables.LEARNING, learning, rows=[pair in trained for pair in pairs]
    )
    _drop_unfinished_timed(folder, record)
    samples = read_table(folder, tables.SAMPLES)
    finished = (samples["launch"] < _count_launches(samples, record)).tolist()
    return _keep_rows(folder, tables.SAMPLES, samples, rows=finished)


def _drop_unfinished_timed(folder: Path, record: RunRecord) -> None:
    """Drop what checked the timed steps of a launch that the record does not count."""
    for table in (tables.AGREEMENT, tables.DIFFERENCES):
        frame = read_table(folder, table)
        uncounted = (frame["check"] == Check.TIMED) & (
            frame["step"].fillna(0) >= _count_launches(frame, record)
        )
        _keep_rows(folder, table, frame, rows=(~uncounted).tolist())


def _count_launches(frame: pd.DataFrame, record: RunRecord) -> pd.Series[int]:
    """Return the number of finished launches of each row's workload."""
    labels = frame["workload"].astype("string")
    return labels.map(record.launches_done).fillna(0)


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


def load_run(folder: str | Path, *, samples: pd.DataFrame | None = None) -> Run:
    """Read a run.

    Args:
        folder: of the run.
        samples: of the run, if they are in memory already; read otherwise.

    Raises:
        RunError: a file is missing, damaged, or of another schema version.
    """
    folder = Path(folder)
    record = read_record(folder)
    frames = {
        table.name: read_table(folder, table)
        for table in tables.TABLES
        if table is not tables.SAMPLES or samples is None
    }
    if samples is not None:
        frames[tables.SAMPLES.name] = samples
    return Run(folder=folder, record=record, **frames)


def _keep_rows(
    folder: Path, table: TableSpec[Any], frame: pd.DataFrame, *, rows: Sequence[bool]
) -> pd.DataFrame:
    """Return the selected rows of a table; rewrite the file if any row was dropped."""
    if all(rows):
        return frame
    kept = frame[list(rows)]
    write_table(folder, table, kept)
    return kept
