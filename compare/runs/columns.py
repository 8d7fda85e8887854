"""Columns of tables: derived from row types, and converted from text."""

from __future__ import annotations

import re
from dataclasses import MISSING, Field, dataclass
from enum import StrEnum
from math import isnan
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import numpy as np
import pandas as pd

from compare.wording import shorten

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The dtype of a column, by the type of its field.
TEXT, WHOLE, REAL, FLAG = "string", "Int64", "float64", "boolean"
DTYPES: dict[object, str] = {str: TEXT, int: WHOLE, float: REAL, bool: FLAG}
FLAGS = {"True": True, "False": False}
INFINITE = ("inf", "-inf")
NOT_A_NUMBER = "nan"  # as written where a blank is not allowed
INTEGER = re.compile(r"[+-]?[0-9]{1,19}(\.0)?")
INTEGERS = np.iinfo(np.int64)
# Metadata of a text field that older files do not have: it is blank for them.
ADDED = {"is_added": True}
SHOWN_CHARACTERS = 60  # of a wrong value


@dataclass(frozen=True, kw_only=True)
class ColumnSpec:
    """One column of a table, derived from a field of its row type."""

    dtype: Any  # the name of a pandas dtype; its stubs know only literal names
    words: tuple[str, ...] = ()  # the allowed values; empty: any
    may_be_blank: bool = False
    is_added: bool = False  # files that were written before it are read without it


class WrongValueError(ValueError):
    """A value of a column is wrong."""

    def __init__(self, row: int, received: str, *, expected: str) -> None:
        self.row = row
        shown = shorten(received, limit=SHOWN_CHARACTERS)
        super().__init__(f"expected {expected}; received {shown!r}")


def derive_column(field: Field[Any], hint: Any) -> ColumnSpec:  # noqa: ANN401 - any annotation
    """Return the column of a field with this annotation."""
    if get_origin(hint) is Annotated:
        return ColumnSpec(dtype=get_args(hint)[1], may_be_blank=_is_blank(field))
    kind = drop_none(hint)
    if get_origin(kind) is Literal:
        return ColumnSpec(dtype=TEXT, words=get_args(kind))
    may_be_blank = kind is not hint or _is_blank(field)
    if issubclass(kind, StrEnum):
        words = tuple(word for word in kind if word)
        return ColumnSpec(dtype=TEXT, words=words, may_be_blank=may_be_blank)
    return ColumnSpec(
        dtype=DTYPES[kind],
        may_be_blank=may_be_blank,
        is_added="is_added" in field.metadata,
    )


def _is_blank(field: Field[Any]) -> bool:
    """Return whether a field's default is written as a blank."""
    default = field.default
    is_nan = isinstance(default, float) and isnan(default)
    return default is not MISSING and (default == "" or is_nan)


def drop_none(hint: Any) -> Any:  # noqa: ANN401 - any annotation
    """Return the other type of an optional one."""
    if isinstance(hint, UnionType):
        return next(kind for kind in get_args(hint) if kind is not NoneType)
    return hint


def convert_scalar(value: Any, hint: Any) -> Any:  # noqa: ANN401 - a cell of a DataFrame
    """Return a pandas scalar as the Python value of an annotation."""
    if value is pd.NA:
        return None
    kind = drop_none(hint)
    if isinstance(value, np.generic):
        value = value.item()
    is_word = isinstance(kind, type) and issubclass(kind, StrEnum)
    return kind(value) if is_word else value


def convert_column(values: pd.Series, column: ColumnSpec) -> pd.Series:
    """Convert a column that was read as text to its dtype.

    Raises:
        WrongValueError: a value does not have that type.
    """
    if column.dtype == REAL:
        return _convert_floats(values, column)
    # Such columns have few distinct values: each is checked once.
    codes, distinct = pd.factorize(values)
    texts = [str(text) for text in distinct]
    expected = _describe_expected(column)
    wrong = np.array([not _is_valid(text, column) for text in texts], dtype=bool)
    _require_none(values, wrong[codes], expected=expected)
    if column.dtype == WHOLE:
        blank = np.array([not text for text in texts], dtype=bool)
        numbers = np.array([_parse_integer(text) for text in texts], dtype=np.int64)
        whole = pd.arrays.IntegerArray(numbers[codes], blank[codes])
        return pd.Series(whole, index=values.index)
    if column.dtype == FLAG:
        return values.map(FLAGS).astype("boolean")
    return values.astype(column.dtype)


def _is_valid(text: str, column: ColumnSpec) -> bool:
    """Return whether a column that has no fractions may contain a text."""
    if not text:
        return column.may_be_blank
    if column.words:
        return text in column.words
    if column.dtype == FLAG:
        return text in FLAGS
    if column.dtype == WHOLE:
        is_number = INTEGER.fullmatch(text) is not None
        return is_number and INTEGERS.min <= _parse_integer(text) <= INTEGERS.max
    return True


def _describe_expected(column: ColumnSpec) -> str:
    if column.words:
        return f"one of {', '.join(column.words)}"
    if column.dtype == WHOLE:
        return "a whole number of at most 64 bits"
    return "True or False" if column.dtype == FLAG else "a text"


def _parse_integer(text: str) -> int:
    return int(text.removesuffix(".0") or 0)


def _convert_floats(values: pd.Series, column: ColumnSpec) -> pd.Series:
    blank = values == ""
    numbers: pd.Series = pd.to_numeric(values.where(~blank), errors="coerce")
    numbers = numbers.astype("float64")
    wrong = numbers.isna() & (values.str.lower() != NOT_A_NUMBER)
    if column.may_be_blank:
        wrong &= ~blank
    _require_none(values, wrong.to_numpy(bool), expected="a number")
    outside = np.isinf(numbers.to_numpy()) & ~values.isin(INFINITE).to_numpy(bool)
    _require_none(values, outside, expected="a number that fits into 64 bits")
    return numbers


def _require_none(
    values: pd.Series, wrong: NDArray[np.bool_], *, expected: str
) -> None:
    """Raise if any value is wrong.

    Raises:
        WrongValueError: with the first wrong value.
    """
    if wrong.any():
        row = int(wrong.argmax())
        raise WrongValueError(row, str(values.iloc[row]), expected=expected)
