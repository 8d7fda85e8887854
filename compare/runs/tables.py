"""Read and write the tables of a run as typed DataFrames."""

from __future__ import annotations

import gzip
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_type_hints

import numpy as np
import pandas as pd

from compare.errors import RunError, StorageError
from compare.render.visible import make_visible
from compare.runs import rows
from compare.runs.columns import (
    NOT_A_NUMBER,
    REAL,
    TEXT,
    WHOLE,
    ColumnSpec,
    WrongValueError,
    convert_column,
    convert_scalar,
    derive_column,
)
from compare.runs.parsing import DAMAGED, describe_damage, find_line, parse_table
from compare.runs.record import KEY, Key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

Row = TypeVar("Row")

WIDE = {"duration_ns", "started_ns"}  # do not fit into 32 bits
PARTIAL = ".partial"  # added to the name of a file that is being written


@dataclass(frozen=True)
class TableSpec(Generic[Row]):
    """A file of a run folder and the type of its rows."""

    file: str
    row: type[Row]

    @property
    def name(self) -> str:
        """The table's name as an attribute of a run."""
        return self.file.partition(".")[0]

    @cached_property
    def columns(self) -> Mapping[str, ColumnSpec]:
        """Name -> column, in the order in which they are written."""
        hints = get_type_hints(self.row, include_extras=True)
        return {f.name: derive_column(f, hints[f.name]) for f in fields(self.row)}  # type: ignore[arg-type]  # every row type is a dataclass

    @property
    def added(self) -> list[str]:
        """The names of the columns that older files do not have."""
        return [name for name, column in self.columns.items() if column.is_added]

    @property
    def dtypes(self) -> dict[str, Any]:
        """Name -> pandas dtype. Compressed tables are large and use small dtypes."""
        return {
            name: _compact_dtype(name, column.dtype)
            if self.is_compressed
            else column.dtype
            for name, column in self.columns.items()
        }

    @property
    def is_compressed(self) -> bool:
        """Whether the file is compressed by gzip."""
        return self.file.endswith(".gz")

    def frame(self, found: Iterable[Row] = ()) -> pd.DataFrame:
        """Return rows as a DataFrame with all columns, each in its dtype."""
        made = pd.DataFrame(
            [asdict(row) for row in found],  # type: ignore[call-overload]
            columns=list(self.columns),
        )
        return made.astype(self.dtypes)

    def extend(self, frame: pd.DataFrame, found: Iterable[Row]) -> pd.DataFrame:
        """Return a DataFrame of this table with rows added."""
        return self.join([frame, self.frame(found)])

    def join(self, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
        """Return the rows of several DataFrames of this table."""
        return pd.concat(frames, ignore_index=True).astype(self.dtypes)

    def row_of(self, series: pd.Series[Any]) -> Row:
        """Return one row of a DataFrame as its row type."""
        return row_of(self.row, series)


CELLS = TableSpec("cells.csv", rows.CellRow)
AGREEMENT = TableSpec("agreement.csv", rows.AgreementRow)
DIFFERENCES = TableSpec("differences.csv", rows.DifferenceRow)
PRECISION = TableSpec("precision.csv", rows.PrecisionRow)
BREAKS = TableSpec("breaks.csv", rows.BreakRow)
TIMING = TableSpec("timing.csv", rows.TimingRow)
RANKING = TableSpec("ranking.csv", rows.RankingRow)
PROFILE = TableSpec("profile.csv", rows.ProfileRow)
SAMPLES = TableSpec("samples.csv.gz", rows.SampleRow)
LEARNING = TableSpec("learning.csv", rows.LearningRow)
TABLES: tuple[TableSpec[Any], ...] = (
    CELLS,
    AGREEMENT,
    DIFFERENCES,
    PRECISION,
    BREAKS,
    TIMING,
    RANKING,
    PROFILE,
    SAMPLES,
    LEARNING,
)


LARGE: tuple[TableSpec[Any], ...] = (AGREEMENT, SAMPLES)


# Reading the annotations of a class takes longer than filling one of its objects.
_hints_of: Callable[[Any], dict[str, Any]] = cache(get_type_hints)


def row_of(kind: type[Row], series: pd.Series[Any]) -> Row:
    """Return a dataclass filled from the columns that its fields name.

    A missing whole number becomes ``None``; a text becomes a member of its enumeration.
    """
    hints = _hints_of(kind)
    values = {
        f.name: convert_scalar(series[f.name], hints[f.name])
        for f in fields(kind)  # type: ignore[arg-type]  # a dataclass
        if f.name in series
    }
    return kind(**values)


def read_table(folder: Path, table: TableSpec[Any]) -> pd.DataFrame:
    """Read one table of a run folder; if there is no file, return an empty table.

    Raises:
        RunError: the file is damaged. The message names the file, the line and the
            column.
    """
    path = folder / table.file
    if not os.path.lexists(path):
        return table.frame()
    if table in LARGE and (read := _read_compact(path, table)) is not None:
        return read
    try:
        frame = parse_table(
            path, columns=dict.fromkeys(table.columns, TEXT), optional=table.added
        )
    except DAMAGED as error:
        raise describe_damage(path, error) from error
    for name, column in table.columns.items():
        try:
            frame[name] = convert_column(frame[name], column)
        except WrongValueError as error:
            where = f"line {find_line(path, row=error.row)}, column {name}"
            raise RunError(f"{path}, {where}: {error}") from error
    return frame


def write_table(folder: Path, table: TableSpec[Any], frame: pd.DataFrame) -> None:
    """Write one table atomically."""
    replace_file(folder / table.file, _encode_table(frame, table))


def append_rows(folder: Path, table: TableSpec[Row], found: Sequence[Row]) -> None:
    """Append rows to one table atomically; create the file even without rows.

    In a run folder, `store.store_rows` also counts them. A ``.gz`` file gets one
    compressed member per call, which readers concatenate.
    """
    append_frame(folder, table, table.frame(found))


def append_frame(folder: Path, table: TableSpec[Any], added: pd.DataFrame) -> None:
    """Append the rows of a DataFrame to one table, as `append_rows` does."""
    path = folder / table.file
    if added.empty and path.exists():
        return
    if table.added:  # an older file has another header
        write_table(folder, table, table.join([read_table(folder, table), added]))
        return
    before = path.read_bytes() if path.exists() else b""
    replace_file(path, before + _encode_table(added, table, header=not before))


def keys_of(frame: pd.DataFrame) -> list[Key]:
    """Return the cell key of every row."""
    return list(zip(*(frame[name] for name in KEY), strict=True))


def replace_file(path: Path, content: bytes) -> None:
    """Write a file atomically: readers see the old content or the new one.

    Raises:
        StorageError: it cannot be written; the old content is kept.
    """
    partial = path.with_name(path.name + PARTIAL)
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise StorageError(f"{path}: cannot be written: {error.strerror}") from error


def _read_compact(path: Path, table: TableSpec[Any]) -> pd.DataFrame | None:
    """Read a large table directly in its dtypes, which takes less time and memory.

    Enumerations are categories as well. Returns ``None`` if the table is damaged.
    Reading it column by column as text then names the damaged value.
    """
    kinds = {
        name: rows.CATEGORY if table.columns[name].words else kind
        for name, kind in table.dtypes.items()
    }
    # NaN is a blank where that is allowed, and a word elsewhere.
    missing = {
        name: ["" if column.may_be_blank else NOT_A_NUMBER]
        for name, column in table.columns.items()
        if kinds[name] == REAL or (kinds[name] == WHOLE and column.may_be_blank)
    }
    try:
        frame = parse_table(path, columns=kinds, missing=missing)
    except (RunError, *DAMAGED):
        return None
    return frame if _is_valid(frame, table) else None


def _is_valid(frame: pd.DataFrame, table: TableSpec[Any]) -> bool:
    """Return whether texts are allowed and no number is infinite."""
    return all(
        _has_valid_texts(frame[name], column)
        if frame[name].dtype == rows.CATEGORY
        else frame[name].dtype != REAL or not np.isinf(frame[name]).any()
        for name, column in table.columns.items()
    )


def _has_valid_texts(values: pd.Series, column: ColumnSpec) -> bool:
    texts = {*values.cat.categories}
    if values.hasnans or (column.words and not texts <= {*column.words}):
        return False
    return column.may_be_blank or "" not in texts


def _compact_dtype(name: str, dtype: str) -> str:
    """Return the smallest dtype of a column that has no missing values."""
    if dtype != WHOLE:
        return dtype
    return "int64" if name in WIDE else "int32"


def _encode_table(
    frame: pd.DataFrame, table: TableSpec[Any], *, header: bool = True
) -> bytes:
    written = _write_missing_numbers(_make_texts_visible(frame, table), table)
    text = written.to_csv(index=False, header=header, lineterminator="\n")
    return gzip.compress(text.encode()) if table.is_compressed else text.encode()


def _make_texts_visible(frame: pd.DataFrame, table: TableSpec[Any]) -> pd.DataFrame:
    """Return the columns of a table without control characters in free texts."""
    shown = {
        name: frame[name].astype(object).map(make_visible, na_action="ignore")
        for name, column in table.columns.items()
        if column.dtype == TEXT and not column.words
    }
    return frame[list(table.columns)].assign(**shown)


def _write_missing_numbers(frame: pd.DataFrame, table: TableSpec[Any]) -> pd.DataFrame:
    """Return a table with NaN as a word in the columns that may not be blank."""
    words = {
        name: frame[name].astype(object).where(frame[name].notna(), NOT_A_NUMBER)
        for name, column in table.columns.items()
        if column.dtype == REAL and not column.may_be_blank and frame[name].isna().any()
    }
    return frame.assign(**words)
