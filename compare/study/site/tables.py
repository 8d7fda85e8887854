"""The tables of a lesson's page: computed arrays, differing arrays, and times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.render.format import format_nanoseconds, format_number
from compare.render.table import Field, Table, Value, tabulate
from compare.study.comparison import NUMPY
from compare.study.prose import format_value
from compare.study.site.values import format_array

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from compare.contract import Array
    from compare.study.comparison import ArrayComparison
    from compare.study.lesson import LessonEntry
    from compare.study.results import LessonResults
    from compare.study.site.columns import FrameworkColumn

DIFFERENCES = (
    "Differences are the largest ones, relative to the array's largest magnitude. A "
    "dash means that the array contains no floating-point numbers; its values are then "
    "compared for equality."
)
WITH_NUMPY = " NumPy: the same computation without a framework."


@dataclass(frozen=True, kw_only=True)
class AgreedArray:
    """One array, and its comparison between every two sides."""

    name: str
    array: Array
    compared: Mapping[tuple[str, str], ArrayComparison]


def build_agreed_table(
    entry: LessonEntry,
    results: LessonResults,
    *,
    columns: Sequence[FrameworkColumn],
    compared: Sequence[ArrayComparison],
) -> Table:
    """Return a table of the agreed arrays and their differences."""
    titles = {each.framework.name: each.title for each in columns}
    rows = [
        AgreedArray(
            name=name,
            array=array,
            compared={(c.one, c.other): c for c in compared if c.name == name},
        )
        for name, array in _collect_agreed(entry, results, columns=columns).items()
    ]
    pairs = dict.fromkeys((each.one, each.other) for each in compared)
    return tabulate(
        "Arrays that all programs return",
        fields=(
            Field(title="array", show=lambda row: row.name, kind="word"),
            Field(title="shape", show=_format_shape, kind="word"),
            Field(title="dtype", show=_format_dtype, kind="word"),
            Field(
                title="values", show=lambda row: format_array(row.array), kind="word"
            ),
            *(_difference_field(pair, titles=titles) for pair in pairs),
            Field(title="verdict", show=_format_verdict, kind="prose"),
        ),
        items=rows,
        note=_differences_note(pairs),
    )


def build_own_table(
    entry: LessonEntry, results: LessonResults, *, columns: Sequence[FrameworkColumn]
) -> Table:
    """Return a table of the arrays that differ by framework, and why."""
    arrays = {
        column.framework.name: results.arrays(entry.name, column.framework.name)
        for column in columns
    }
    return tabulate(
        "Arrays that differ by framework",
        fields=(
            Field(title="array", show=lambda own: own[0], kind="word"),
            *(_own_field(column, arrays[column.framework.name]) for column in columns),
            Field(
                title="why it cannot be equal", show=lambda own: own[1], kind="prose"
            ),
        ),
        items=entry.lesson.own.items(),
    )


def build_times_table(columns: Sequence[FrameworkColumn]) -> Table:
    """Return a table of the times of the whole program in each framework."""
    return tabulate(
        "The whole program",
        fields=(
            Field(title="framework", show=lambda column: column.title, kind="word"),
            Field(
                title="first run",
                show=lambda c: format_nanoseconds(c.result.first_ns or None),
            ),
            Field(
                title="again",
                show=lambda c: format_nanoseconds(c.result.again_ns or None),
            ),
            Field(title="identical bits", show=_format_repeats, kind="word"),
        ),
        items=columns,
    )


def _collect_agreed(
    entry: LessonEntry, results: LessonResults, *, columns: Sequence[FrameworkColumn]
) -> Mapping[str, Array]:
    """Return the first framework's arrays, and those that only another one has."""
    found: dict[str, Array] = {}
    for column in columns:
        for name, array in results.arrays(entry.name, column.framework.name).items():
            if name not in entry.lesson.own:
                found.setdefault(name, array)
    return found


def _difference_field(
    pair: tuple[str, str], *, titles: Mapping[str, str]
) -> Field[AgreedArray]:
    """Return the column of the differences between two sides."""
    one, other = (titles.get(side, side) for side in pair)

    def show(row: AgreedArray) -> str:
        found = row.compared.get(pair)
        return format_number(found.relative, digits=2) if found else ""

    return Field(title=f"{one} to {other}", show=show)


def _differences_note(pairs: Iterable[tuple[str, str]]) -> str:
    if not pairs:
        return ""
    with_numpy = any(NUMPY in pair for pair in pairs)
    return DIFFERENCES + (WITH_NUMPY if with_numpy else "")


def _format_verdict(row: AgreedArray) -> Value:
    reasons = [each.reason for each in row.compared.values() if each.reason]
    if reasons:
        return Value(text=f"disagrees: {'; '.join(reasons)}", tone="bad")
    if row.compared:
        return Value(text="agrees", tone="good")
    return Value(text="not compared", tone="quiet")


def _own_field(
    column: FrameworkColumn, arrays: Mapping[str, Array]
) -> Field[tuple[str, str]]:
    def show(own: tuple[str, str]) -> str:
        return format_array(arrays[own[0]]) if own[0] in arrays else ""

    return Field(title=column.title, show=show, kind="prose")


def _format_repeats(column: FrameworkColumn) -> str:
    if not column.ran:
        return column.status
    return "yes" if column.result.repeats else "no"


def _format_shape(row: AgreedArray) -> str:
    return format_value(row.array.shape)


def _format_dtype(row: AgreedArray) -> str:
    return "text" if row.array.dtype.kind == "U" else str(row.array.dtype)
