"""A lesson's programs run with their functions captured as graphs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.render.table import Field, Table, Value, tabulate
from compare.study.comparison import compare_pairs
from compare.study.ladder import captures_itself
from compare.study.results import Version
from compare.wording import join_words, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.contract import Arrays, FunctionCapture
    from compare.study.lesson import LessonEntry
    from compare.study.results import LessonResults
    from compare.study.site.columns import FrameworkColumn

GAVE_UP = "later calls: the limit of captures was reached"
FAILS = "with its functions captured, the program fails."
REASON_CHARACTERS = 300
NONE_CALLED = "none of its functions gets tensors: `main` computes everything itself"


@dataclass(frozen=True, kw_only=True)
class UnderGraph:
    """The functions that were captured, and whether the results are the same."""

    table: Table
    introduction: str  # Markdown
    sentences: tuple[str, ...]  # Markdown


def build_under_graph(
    entry: LessonEntry, results: LessonResults, columns: Sequence[FrameworkColumn]
) -> UnderGraph:
    """Return what happened when the functions of a lesson were captured."""
    captured = [(column, each) for column in columns for each in column.result.captures]
    sentences = dict.fromkeys(
        sentence for column in columns for sentence in _describe(entry, results, column)
    )
    return UnderGraph(
        table=_tabulate(captured),
        introduction=_introduce(columns),
        sentences=tuple(sentences),
    )


def _introduce(columns: Sequence[FrameworkColumn]) -> str:
    means = join_words(
        [f"by {column.framework.captures_functions_with}" for column in columns],
        conjunction="and",
    )
    return (
        "The same programs, with each of their functions that gets tensors captured in "
        f"a graph: {means}."
    )


def _describe(
    entry: LessonEntry, results: LessonResults, column: FrameworkColumn
) -> Iterator[str]:
    if not column.ran:
        return
    if column.result.captured_reason:
        reason = column.result.captured_reason
        yield (
            reason
            if captures_itself(entry.name)
            else f"{column.title}: {FAILS} {_shorten(reason)}"
        )
        return
    if not column.result.captures:
        yield f"{column.title}: {NONE_CALLED}."
        return
    name = column.framework.name
    before = results.arrays(entry.name, name)
    after = results.arrays(entry.name, name, Version.CAPTURED)
    yield f"{column.title}: {_compare(before, after, repeats=column.result.repeats)}"


def _shorten(reason: str) -> str:
    """Return the first line of an exception's text."""
    return shorten(reason.strip().splitlines()[0], limit=REASON_CHARACTERS)


def _compare(before: Arrays, after: Arrays, *, repeats: bool) -> str:
    """Return a sentence on the results with and without captured functions."""
    compared = compare_pairs({"before": before, "after": after}, own=())
    other = [each.name for each in compared if each.reason]
    if other:
        names = join_words([f"`{name}`" for name in other], conjunction="and")
        if not repeats:
            return f"other results in {names}; this program's differ in every run."
        return (
            f"other results in {names}. What Python computes or counts while a "
            "function is captured is not repeated when its graph runs."
        )
    same = all(before[n].tobytes() == after[n].tobytes() for n in before)
    return "the results have the same bits." if same else "the results agree."


def _tabulate(captured: Sequence[tuple[FrameworkColumn, FunctionCapture]]) -> Table:
    return tabulate(
        "Functions that were captured",
        fields=(
            Field(title="framework", show=lambda row: row[0].title, kind="word"),
            Field(title="function", show=lambda row: row[1].name, kind="word"),
            Field(title="calls", show=lambda row: f"{row[1].calls:,}"),
            Field(title="captures", show=lambda row: f"{row[1].captures:,}"),
            Field(
                title="graph breaks",
                show=lambda row: f"{row[1].breaks:,}" if row[1].breaks else "",
                optional=True,
            ),
            Field(
                title="left to Python",
                show=lambda row: _format_reason(row[1]),
                kind="prose",
                optional=True,
            ),
        ),
        items=captured,
    )


def _format_reason(each: FunctionCapture) -> Value | str:
    if each.reason:
        return Value(text=f"not captured: {each.reason}", tone="caution")
    return Value(text=GAVE_UP, tone="caution") if each.has_given_up else ""
