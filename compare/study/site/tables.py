"""The tables of a lesson's page: what was computed, what differs, what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.render.format import nanoseconds, significant
from compare.render.table import Field, Table, Value, tabulate
from compare.study.agreement import NUMPY
from compare.study.prose import figure
from compare.study.site.shortened import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from compare.contract import Array
    from compare.study.agreement import Compared
    from compare.study.lesson import Entry
    from compare.study.results import Results
    from compare.study.site.columns import Column

DIFFERENCES = (
    "Largest difference, relative to the array's largest magnitude; a dash where there "
    "are no floating-point numbers, which are equal or not."
)
WITH_NUMPY = " NumPy: the same evaluated without a framework."


@dataclass(frozen=True, kw_only=True)
class Row:
    """One array, and how it compares between every two that have it."""

    name: str
    array: Array
    compared: Mapping[tuple[str, str], Compared]


def arrays_table(
    entry: Entry,
    results: Results,
    *,
    columns: Sequence[Column],
    compared: Sequence[Compared],
) -> Table:
    """Every agreed array, and how far apart the frameworks and NumPy are."""
    titles = {each.framework.name: each.title for each in columns}
    rows = [
        Row(
            name=name,
            array=array,
            compared={(c.one, c.other): c for c in compared if c.name == name},
        )
        for name, array in _agreed(entry, results, columns=columns).items()
    ]
    pairs = dict.fromkeys((each.one, each.other) for each in compared)
    return tabulate(
        "Arrays that all return",
        fields=(
            Field(title="array", show=lambda row: row.name, kind="word"),
            Field(title="shape", show=lambda row: figure(row.array.shape), kind="word"),
            Field(title="dtype", show=lambda row: _dtype(row.array), kind="word"),
            Field(title="values", show=lambda row: shortened(row.array), kind="word"),
            *(_difference(pair, titles=titles) for pair in pairs),
            Field(title="verdict", show=_verdict, kind="prose"),
        ),
        items=rows,
        note=_differences_note(pairs),
    )


def own_table(entry: Entry, results: Results, *, columns: Sequence[Column]) -> Table:
    """Arrays that each framework has its own of, and why they cannot be equal."""
    each = {
        column.framework.name: results.arrays(entry.name, column.framework.name)
        for column in columns
    }
    return tabulate(
        "Arrays that each has its own of",
        fields=(
            Field(title="array", show=lambda own: own[0], kind="word"),
            *(_own_values(column, each[column.framework.name]) for column in columns),
            Field(
                title="why it cannot be equal", show=lambda own: own[1], kind="prose"
            ),
        ),
        items=entry.lesson.own.items(),
    )


def cost_table(columns: Sequence[Column]) -> Table:
    """What the whole program took in each framework."""
    return tabulate(
        "The whole program",
        fields=(
            Field(title="framework", show=lambda column: column.title, kind="word"),
            Field(
                title="first time",
                show=lambda c: nanoseconds(c.produced.first_ns or None),
            ),
            Field(
                title="again",
                show=lambda c: nanoseconds(c.produced.again_ns or None),
            ),
            Field(title="both times the same bits", show=_repeats, kind="word"),
        ),
        items=columns,
    )


def _agreed(
    entry: Entry, results: Results, *, columns: Sequence[Column]
) -> Mapping[str, Array]:
    """The first framework's arrays, and any that only another has."""
    found: dict[str, Array] = {}
    for column in columns:
        for name, array in results.arrays(entry.name, column.framework.name).items():
            if name not in entry.lesson.own:
                found.setdefault(name, array)
    return found


def _difference(pair: tuple[str, str], *, titles: Mapping[str, str]) -> Field[Row]:
    """The column of two sides: their largest relative difference."""
    one, other = (titles.get(side, side) for side in pair)

    def show(row: Row) -> str:
        found = row.compared.get(pair)
        return significant(found.relative, digits=2) if found else ""

    return Field(title=f"{one} to {other}", show=show)


def _differences_note(pairs: Iterable[tuple[str, str]]) -> str:
    if not pairs:
        return ""
    with_numpy = any(NUMPY in pair for pair in pairs)
    return DIFFERENCES + (WITH_NUMPY if with_numpy else "")


def _verdict(row: Row) -> Value:
    reasons = [each.reason for each in row.compared.values() if each.reason]
    if reasons:
        return Value(text=f"disagrees: {'; '.join(reasons)}", tone="bad")
    if row.compared:
        return Value(text="agrees", tone="good")
    return Value(text="not compared", tone="quiet")


def _own_values(column: Column, arrays: Mapping[str, Array]) -> Field[tuple[str, str]]:
    def show(own: tuple[str, str]) -> str:
        return shortened(arrays[own[0]]) if own[0] in arrays else ""

    return Field(title=column.title, show=show, kind="prose")


def _repeats(column: Column) -> str:
    if not column.ran:
        return column.status
    return "yes" if column.produced.repeats else "no"


def _dtype(array: Array) -> str:
    return "text" if array.dtype.kind == "U" else str(array.dtype)
