"""Tables of formatted text, the same for the terminal, Markdown and HTML."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from compare.render.format import DASH
from compare.render.visible import make_visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Tone = Literal["", "good", "worse", "bad", "caution", "quiet"]
Kind = Literal["number", "word", "prose"]  # prose may take several lines
Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Value:
    """One cell of a table: its text, and a tone that repeats what the text means."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True, kw_only=True)
class Column:
    """The heading of a column, and what kind of text it contains."""

    title: str
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows and columns; the first column names the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Field(Generic[Item]):
    """A column and how to fill it from an item; empty text becomes a dash."""

    title: str
    show: Callable[[Item], Value | str]
    kind: Kind = "number"
    optional: bool = False  # the column is left out if no item has a value

    def value(self, item: Item) -> Value:
        """Return the cell of one item."""
        shown = self.show(item)
        value = Value(text=shown) if isinstance(shown, str) else shown
        value = replace(value, text=make_visible(value.text))
        return value if value.text not in ("", DASH) else Value(text=DASH, tone="quiet")


def tabulate(
    caption: str,
    *,
    fields: Iterable[Field[Item]],
    items: Iterable[Item],
    note: str = "",
) -> Table:
    """Return a table with one row per item and one column per field."""
    items = tuple(items)
    kept = [f for f in fields if not f.optional or _is_filled(f, items)]
    return Table(
        caption=caption,
        columns=tuple(Column(title=f.title, kind=f.kind) for f in kept),
        rows=tuple(tuple(field.value(item) for field in kept) for item in items),
        note=note,
    )


def keep_columns(table: Table, *, to: int) -> Table:
    """Return a table with only its first columns."""
    rows = tuple(row[:to] for row in table.rows)
    return replace(table, columns=table.columns[:to], rows=rows)


def _is_filled(field: Field[Item], items: Iterable[Item]) -> bool:
    return any(field.value(item).text != DASH for item in items)
