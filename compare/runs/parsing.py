"""Parse the text of a table, and find the line in which it is damaged."""

from __future__ import annotations

import csv
import zlib
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from compare.errors import RunError
from compare.runs.columns import SHOWN_CHARACTERS
from compare.runs.stream import DamagedTableError, open_bytes, open_table
from compare.wording import shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

CHUNK_ROWS = 200_000  # that are converted at a time, which takes less memory
EXTRA = ""  # name of a column for fields beyond the last one
# Exceptions that pandas, csv and gzip raise for damaged files.
DAMAGED = (
    *(OSError, ValueError, TypeError, ArithmeticError),
    *(EOFError, zlib.error, csv.Error),
)


def parse_table(
    path: Path,
    *,
    columns: Mapping[str, Any],
    missing: Mapping[str, Sequence[str]] = {},
    optional: Collection[str] = (),
) -> pd.DataFrame:
    """Return the columns of a file in this order.

    Args:
        path: the file.
        columns: name -> pandas dtype of every column.
        missing: name -> texts that are read as a missing value.
        optional: names of columns that are blank if the file does not have them.

    Raises:
        RunError: the header is wrong, or a line has too many fields.
        OSError, ValueError, ...: one of `DAMAGED`.
    """
    # A number that is too large for an integer would become another one.
    with open_table(path) as text, np.errstate(invalid="raise"):
        header = _read_header(text, columns, optional=optional, path=path)
        with pd.read_csv(
            text,
            header=None,
            names=[*header, EXTRA],
            dtype={**columns, EXTRA: "string"},
            keep_default_na=False,
            na_values=dict(missing),
            skip_blank_lines=False,
            chunksize=CHUNK_ROWS,
        ) as reader:
            frame = _join_chunks(list(reader))
    if not isinstance(frame.index, pd.RangeIndex):
        raise pd.errors.ParserError("too many fields")  # the first ones are the index
    more = frame[EXTRA] != ""
    if more.any():
        line = find_line(path, row=int(more.to_numpy().argmax()))
        raise RunError(
            f"{path}, line {line}: expected {len(header)} fields; received more"
        )
    return frame.reindex(columns=list(columns), fill_value="")


def _join_chunks(chunks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all chunks; a category has the texts of every chunk."""
    if len(chunks) == 1:
        return chunks[0]
    joined: dict[str, Any] = {
        name: union_categoricals([chunk[name] for chunk in chunks])
        if chunks[0][name].dtype == "category"
        else pd.concat([chunk[name] for chunk in chunks], ignore_index=True)
        for name in map(str, chunks[0].columns)
    }
    return pd.DataFrame(joined, copy=False)


def _read_header(
    text: TextIO, columns: Collection[str], *, optional: Collection[str], path: Path
) -> list[str]:
    """Return the names of the columns in the order of the file.

    Raises:
        RunError: they are not the expected ones.
    """
    names = next(csv.reader([text.readline()]), [])
    found = {
        "missing": [n for n in columns if n not in names and n not in optional],
        "unknown": [name for name in names if name not in columns],
        "repeated": [name for name, count in Counter(names).items() if count > 1],
    }
    listed = [
        f"{problem}: {shorten(', '.join(which), limit=SHOWN_CHARACTERS)}"
        for problem, which in found.items()
        if which
    ]
    if listed:
        raise RunError(
            f"{path}, line 1: expected the columns {', '.join(columns)}; "
            f"{'; '.join(listed)}"
        )
    return names


def describe_damage(path: Path, error: Exception) -> RunError:
    """Return the error for a file that could not be parsed."""
    if isinstance(error, OSError):
        return RunError(f"{path}: cannot be read: {error.strerror or error}")
    try:
        if isinstance(error, UnicodeDecodeError):
            _check_characters(path)
        elif isinstance(error, pd.errors.ParserError):
            _check_fields(path)
    except DamagedTableError as found:
        error = found
    line = getattr(error, "line", None)
    where = f", line {line}" if line else ""
    return RunError(f"{path}{where}: not readable as a table: {error}".rstrip())


def find_line(path: Path, *, row: int) -> int:
    """Return the line in which a row starts; a quoted field may have several lines."""
    with open_table(path) as text:
        reader = csv.reader(text)
        for _ in islice(reader, row + 1):  # the header and the rows before
            pass
        return reader.line_num + 1


def _check_characters(path: Path) -> None:
    """Raise for the first line that is not UTF-8.

    Raises:
        DamagedTableError: there is one.
    """
    with open_bytes(path) as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                raise DamagedTableError("expected UTF-8 text", line=number) from None


def _check_fields(path: Path) -> None:
    """Raise for the first line that has another number of fields than the header.

    Raises:
        DamagedTableError: there is one, or a quote is not closed.
    """
    with open_table(path) as text:
        reader, line, expected = csv.reader(text, strict=True), 1, 0
        try:
            for row in reader:
                expected = expected or len(row)
                if len(row) != expected:
                    message = f"expected {expected} fields; received {len(row)}"
                    raise DamagedTableError(message, line=line)
                line = reader.line_num + 1
        except csv.Error as error:
            raise DamagedTableError(str(error), line=line) from error
