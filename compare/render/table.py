"""A table ready to be shown: the same cells in the terminal, Markdown and HTML."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from compare.render.format import DASH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Tone = Literal["", "good", "worse", "bad", "caution", "quiet"]
Kind = Literal["number", "word", "prose"]  # prose may take several lines
Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Value:
    """One cell: its words, and their tone, which never says more than the words."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A heading, and what kind of thing stands under it."""

    title: str
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under columns; the first column names the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Field(Generic[Item]):
    """A column and how to fill it from an item; an empty text shows as a dash."""

    title: str
    show: Callable[[Item], Value | str]
    kind: Kind = "number"
    optional: bool = False  # left out of a table in which no item has it

    def value(self, item: Item) -> Value:
        """This field of one item."""
        shown = self.show(item)
        value = Value(text=shown) if isinstance(shown, str) else shown
        return value if value.text not in ("", DASH) else Value(text=DASH, tone="quiet")


def tabulate(
    caption: str,
    *,
    fields: Iterable[Field[Item]],
    items: Iterable[Item],
    note: str = "",
) -> Table:
    """A table with one row an item and one column a field."""
    items = tuple(items)
    kept = [f for f in fields if not f.optional or _is_filled(f, items)]
    return Table(
        caption=caption,
        columns=tuple(Column(title=f.title, kind=f.kind) for f in kept),
        rows=tuple(tuple(field.value(item) for field in kept) for item in items),
        note=note,
    )


def narrowed(table: Table, *, to: int) -> Table:
    """Its first columns alone."""
    rows = tuple(row[:to] for row in table.rows)
    return replace(table, columns=table.columns[:to], rows=rows)


def _is_filled(field: Field[Item], items: Iterable[Item]) -> bool:
    return any(field.value(item).text != DASH for item in items)
