"""Store the results of a run so that a process may end at any time.

How rows are stored. ``run.json`` counts the rows of every table (``row_counts``). To
store a result, rows are appended to one or more tables, then ``run.json`` is written;
each file is replaced atomically, by one process at a time (`compare.runs.lock`). A row
belongs to the run only if ``run.json`` counts it:

- A table with fewer rows than counted, or a missing one, was cut. That is an error.
  Nothing repairs it, because the missing rows are unknown.
- Rows beyond the count are an append that did not finish. Readers ignore them; a
  resumed run removes them before it appends and obtains the result again. A finished
  run has no unfinished append: there they are an error too.
- `DERIVED` tables are computed from the others, and ``graph-compare report`` computes
  them again. They are replaced after each launch, so during a run any count is allowed.
"""

from __future__ import annotations

from dataclasses import fields
from shlex import quote
from typing import TYPE_CHECKING, Any

import msgspec

from compare.errors import RunError
from compare.render.visible import make_all_visible
from compare.runs import tables
from compare.runs.record import KEY
from compare.runs.rows import CellRow
from compare.runs.tables import (
    PARTIAL,
    append_frame,
    read_table,
    replace_file,
    write_table,
)
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from compare.runs.record import Key, RunRecord
    from compare.runs.tables import TableSpec

RUN_FILE = "run.json"
# Computed from the record or from other tables, and replaced as a whole.
DERIVED = (tables.CELLS, tables.TIMING, tables.RANKING)


def save_record(folder: Path, record: RunRecord) -> None:
    """Write ``run.json`` and ``cells.csv``, each atomically.

    Raises:
        StorageError: a file cannot be written.
    """
    frame = frame_cells(record)
    record.row_counts[tables.CELLS.file] = len(frame)
    content = make_all_visible(msgspec.to_builtins(record))
    text = msgspec.json.format(msgspec.json.encode(content), indent=1)
    replace_file(folder / RUN_FILE, text)
    write_table(folder, tables.CELLS, frame)


def store_rows(
    folder: Path, record: RunRecord, found: Mapping[TableSpec[Any], Sequence[Any]]
) -> None:
    """Append rows to tables, then write the record that counts them.

    All of these rows, and the changes of the record, are stored or none.

    Raises:
        StorageError: a file cannot be written.
    """
    frames = {table: table.frame(rows) for table, rows in found.items()}
    store_frames(folder, record, frames)


def store_frames(
    folder: Path, record: RunRecord, frames: Mapping[TableSpec[Any], pd.DataFrame]
) -> None:
    """Append the rows of DataFrames, as `store_rows` does.

    Raises:
        StorageError: a file cannot be written.
    """
    for table, frame in frames.items():
        append_frame(folder, table, frame)
    for table, frame in frames.items():
        record.row_counts[table.file] = _count(record, table) + len(frame)
    save_record(folder, record)


def store_tables(
    folder: Path, record: RunRecord, frames: Mapping[TableSpec[Any], pd.DataFrame]
) -> None:
    """Write whole tables, then the record that counts their rows.

    Raises:
        StorageError: a file cannot be written.
    """
    for table, frame in frames.items():
        write_table(folder, table, frame)
        record.row_counts[table.file] = len(frame)
    save_record(folder, record)


def read_stored(folder: Path, record: RunRecord, table: TableSpec[Any]) -> pd.DataFrame:
    """Return the rows of a table that the record counts.

    Raises:
        RunError: the table has fewer of them, or cannot be read.
    """
    frame = read_table(folder, table)
    _require_count(folder, record, table, received=len(frame))
    return frame.iloc[: _count(record, table)]


def read_keys(
    folder: Path,
    record: RunRecord,
    table: TableSpec[Any],
    *,
    columns: Sequence[str] = KEY,
) -> set[Key]:
    """Return the cell keys, or values of other columns, that a table has rows of."""
    frame = read_stored(folder, record, table)
    return set(zip(*(frame[name] for name in columns), strict=True))


def drop_unfinished_rows(folder: Path, record: RunRecord) -> pd.DataFrame:
    """Drop the rows that a killed run appended without counting them.

    Every table is read before one is changed.

    Returns:
        The samples of finished launches.

    Raises:
        RunError: a table has fewer rows than the record counts. Nothing is changed.
    """
    stored = [each for each in tables.TABLES if each not in DERIVED]
    frames = {table: read_table(folder, table) for table in stored}
    for table, frame in frames.items():
        _require_count(folder, record, table, received=len(frame))
    for table, frame in frames.items():
        frames[table] = frame.iloc[: _count(record, table)]
        if len(frames[table]) < len(frame):
            write_table(folder, table, frames[table])
    for partial in folder.glob(f"*{PARTIAL}"):
        partial.unlink(missing_ok=True)
    return frames[tables.SAMPLES]


def frame_cells(record: RunRecord) -> pd.DataFrame:
    """Return the cells of a record as the table ``cells.csv``."""
    names = {field.name for field in fields(CellRow)}  # a table has no lists
    rows = [
        CellRow(**{n: v for n, v in msgspec.structs.asdict(cell).items() if n in names})
        for cell in record.cells
    ]
    return tables.CELLS.frame(rows)


def _count(record: RunRecord, table: TableSpec[Any]) -> int:
    return record.row_counts.get(table.file, 0)


def _require_count(
    folder: Path, record: RunRecord, table: TableSpec[Any], *, received: int
) -> None:
    """Raise if a table was cut, or if it has rows that no unfinished append explains.

    Raises:
        RunError: it was; the message names the file and what to do.
    """
    expected = _count(record, table)
    is_unfinished = received > expected or table in DERIVED
    if received == expected or (is_unfinished and not record.finished):
        return
    path = folder / table.file
    found = format_count(received, "row") if path.exists() else "no file"
    remedy = (
        f"Compute it again with: graph-compare report {quote(str(folder))}"
        if table in DERIVED
        else "Restore the file from a copy; without a copy, repeat the run with: "
        "graph-compare run"
    )
    raise RunError(
        f"{path}: expected {format_count(expected, 'row')}, as counted in {RUN_FILE}; "
        f"received {found}. The file was cut or changed. {remedy}"
    )
