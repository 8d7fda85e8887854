"""Read and write the tables of a run as typed DataFrames."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import cache, cached_property
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Generic,
    Literal,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from compare.errors import RunError
from compare.render.visible import make_visible
from compare.runs import rows
from compare.runs.record import KEY, Key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

Row = TypeVar("Row")

# The dtype of a column, by the type of its field.
TEXT, WHOLE, REAL, FLAG = "string", "Int64", "float64", "boolean"
DTYPES: dict[object, str] = {str: TEXT, int: WHOLE, float: REAL, bool: FLAG}
WIDE = {"duration_ns", "started_ns"}  # do not fit into 32 bits
FLAGS = {"True": True, "False": False}


@dataclass(frozen=True, kw_only=True)
class ColumnSpec:
    """One column of a table, derived from a field of its row type."""

    dtype: Any  # the name of a pandas dtype
    words: tuple[str, ...] = ()  # the allowed values; empty: any


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
        return {f.name: _derive_column(hints[f.name]) for f in fields(self.row)}  # type: ignore[arg-type]  # every row type is a dataclass

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
        both = pd.concat([frame, self.frame(found)], ignore_index=True)
        return both.astype(self.dtypes)

    def row_of(self, series: pd.Series[Any]) -> Row:
        """Return one row of a DataFrame as its row type."""
        return row_of(self.row, series)


CELLS = TableSpec("cells.csv", rows.CellRow)
AGREEMENT = TableSpec("agreement.csv", rows.AgreementRow)
DIFFERENCES = TableSpec("differences.csv", rows.DifferenceRow)
PRECISION = TableSpec("precision.csv", rows.PrecisionRow)
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
    TIMING,
    RANKING,
    PROFILE,
    SAMPLES,
    LEARNING,
)


LARGE: tuple[TableSpec[Any], ...] = (AGREEMENT, SAMPLES)
CHUNK_ROWS = 200_000  # of a large table that are converted at a time


# Reading the annotations of a class takes longer than filling one of its objects.
_hints_of: Callable[[Any], dict[str, Any]] = cache(get_type_hints)


def row_of(kind: type[Row], series: pd.Series[Any]) -> Row:
    """Return a dataclass filled from the columns that its fields name.

    A missing whole number becomes ``None``; a text becomes a member of its enumeration.
    """
    hints = _hints_of(kind)
    values = {
        f.name: _convert_scalar(series[f.name], hints[f.name])
        for f in fields(kind)  # type: ignore[arg-type]  # a dataclass
        if f.name in series
    }
    return kind(**values)


def read_table(folder: Path, table: TableSpec[Any]) -> pd.DataFrame:
    """Read one table of a run folder; if there is no file, return an empty table.

    Raises:
        RunError: a column is missing or contains a value that its type does not allow.
    """
    path = folder / table.file
    if not path.exists():
        return table.frame()
    if table in LARGE and (read := _read_compact(path, table)) is not None:
        return read
    try:
        frame = pd.read_csv(path, dtype="string", keep_default_na=False)
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise RunError(f"{path}: cannot be read as a table: {error}") from error
    if missing := [name for name in table.columns if name not in frame]:
        raise RunError(
            f"{path}: expected the columns {', '.join(table.columns)}; "
            f"missing: {', '.join(missing)}"
        )
    for name, column in table.columns.items():
        frame[name] = _convert_column(frame[name], column, where=f"{path}: {name}")
    return frame[list(table.columns)]


def write_table(folder: Path, table: TableSpec[Any], frame: pd.DataFrame) -> None:
    """Write one table atomically."""
    replace_file(folder / table.file, _encode_table(frame, table))


def append_rows(folder: Path, table: TableSpec[Row], found: Sequence[Row]) -> None:
    """Append rows to one table atomically; create the file even without rows.

    A ``.gz`` file gets one compressed member per call, which readers concatenate.
    """
    path = folder / table.file
    if not found and path.exists():
        return
    before = path.read_bytes() if path.exists() else b""
    added = _encode_table(table.frame(found), table, header=not before)
    replace_file(path, before + added)


def keys_of(frame: pd.DataFrame) -> list[Key]:
    """Return the cell key of every row."""
    return list(zip(*(frame[name] for name in KEY), strict=True))


def replace_file(path: Path, content: bytes) -> None:
    """Write a file atomically: readers see the old content or the new one."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def _derive_column(hint: Any) -> ColumnSpec:  # noqa: ANN401 - any annotation
    """Return the column for a field with this annotation."""
    if get_origin(hint) is Annotated:
        return ColumnSpec(dtype=get_args(hint)[1])
    kind = _drop_none(hint)
    if get_origin(kind) is Literal:
        return ColumnSpec(dtype=TEXT, words=get_args(kind))
    if issubclass(kind, StrEnum):
        return ColumnSpec(dtype=TEXT, words=tuple(kind))
    return ColumnSpec(dtype=DTYPES[kind])


def _drop_none(hint: Any) -> Any:  # noqa: ANN401 - any annotation
    if isinstance(hint, UnionType):
        return next(kind for kind in get_args(hint) if kind is not NoneType)
    return hint


def _convert_scalar(value: Any, hint: Any) -> Any:  # noqa: ANN401 - a cell of a DataFrame
    """Return a pandas scalar as the Python value of an annotation."""
    if value is pd.NA:
        return None
    kind = _drop_none(hint)
    if isinstance(value, np.generic):
        value = value.item()
    is_word = isinstance(kind, type) and issubclass(kind, StrEnum)
    return kind(value) if is_word else value


def _read_compact(path: Path, table: TableSpec[Any]) -> pd.DataFrame | None:
    """Read a large table directly in its dtypes, which takes less time and memory.

    Enumerations are categories as well. Returns ``None`` if the table is damaged.
    Reading it column by column as text then names the damaged value.
    """
    kinds = {
        name: rows.CATEGORY if table.columns[name].words else kind
        for name, kind in table.dtypes.items()
    }
    missing = {name: [""] for name, kind in kinds.items() if kind in (REAL, WHOLE)}
    try:
        with pd.read_csv(
            path,
            dtype=kinds,
            keep_default_na=False,
            na_values=missing,
            chunksize=CHUNK_ROWS,
        ) as reader:
            chunks = [chunk[list(table.columns)] for chunk in reader]
    except (OSError, ValueError, TypeError, EOFError, KeyError, zlib.error):
        return None
    frame = _join_chunks(chunks)
    return frame if _has_valid_texts(frame, table) else None


def _join_chunks(chunks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all chunks; a category has the texts of every chunk."""
    if len(chunks) == 1:
        return chunks[0]
    joined: dict[str, Any] = {
        name: union_categoricals([chunk[name] for chunk in chunks])
        if chunks[0][name].dtype == rows.CATEGORY
        else pd.concat([chunk[name] for chunk in chunks], ignore_index=True)
        for name in map(str, chunks[0].columns)
    }
    return pd.DataFrame(joined, copy=False)


def _has_valid_texts(frame: pd.DataFrame, table: TableSpec[Any]) -> bool:
    """Return whether no text is missing, and every enumeration has allowed values."""
    return all(
        not frame[name].hasnans
        and (not column.words or set(frame[name].cat.categories) <= {*column.words})
        for name, column in table.columns.items()
        if frame[name].dtype == rows.CATEGORY
    )


def _compact_dtype(name: str, dtype: str) -> str:
    """Return the smallest dtype of a column that has no missing values."""
    if dtype != WHOLE:
        return dtype
    return "int64" if name in WIDE else "int32"


def _convert_column(values: pd.Series, column: ColumnSpec, *, where: str) -> pd.Series:
    """Convert a column that was read as text to its dtype.

    Raises:
        RunError: a value does not have that type.
    """
    if column.words:
        wrong = ~values.isin([str(word) for word in column.words])
        what = f"one of {', '.join(column.words)}"
        _require_none(values, wrong, where=where, what=what)
        return values
    if column.dtype == TEXT:
        return values
    if column.dtype == rows.CATEGORY:
        return values.astype(column.dtype)
    if column.dtype == FLAG:
        _require_none(
            values, ~values.isin(list(FLAGS)), where=where, what="True or False"
        )
        return values.map(FLAGS).astype(column.dtype)
    numbers = pd.to_numeric(values.where(values != ""), errors="coerce")
    wrong = numbers.isna() & (values != "") & (values.str.lower() != "nan")
    what = "a number"
    if column.dtype == WHOLE:
        wrong |= numbers.notna() & (numbers % 1 != 0)
        what = "a whole number"
    _require_none(values, wrong, where=where, what=what)
    return numbers.astype(column.dtype)


def _require_none(
    values: pd.Series, wrong: pd.Series, *, where: str, what: str
) -> None:
    """Raise if any value is wrong.

    Raises:
        RunError: with the file, the column, the row and the value of the first one.
    """
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise RunError(
            f'{where}: expected {what}; received "{values.iloc[row]}" in row {row + 1}'
        )


def _encode_table(
    frame: pd.DataFrame, table: TableSpec[Any], *, header: bool = True
) -> bytes:
    text = frame[list(table.columns)].to_csv(
        index=False, header=header, lineterminator="\n"
    )
    content = make_visible(text).encode()
    return gzip.compress(content) if table.is_compressed else content
