"""Mistakes and remedies as tables for terminal, Markdown and HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.debugging.remedies import RemedyCase
from compare.debugging.words import QUESTIONS, describe_case
from compare.frameworks import frameworks
from compare.render.format import format_ratio, format_steps
from compare.render.table import Column, Field, Table, Value, tabulate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.debugging.catalogue import UserMistake
    from compare.debugging.words import Case

DASH = "-"


def tabulate_cases(
    mistakes: Sequence[UserMistake], cases: Sequence[Case]
) -> Iterator[Table]:
    """Yield a table per question and framework: a row per mistake, a column per mode.

    Rows in which every mode has a dash are left out.
    """
    by_place = {(case.framework, case.mode, case.mistake): case for case in cases}
    for question, answer in QUESTIONS.items():
        for framework in dict.fromkeys(case.framework for case in cases):
            modes = list(
                dict.fromkeys(c.mode for c in cases if c.framework == framework)
            )
            rows = [
                (
                    mistake.name,
                    *(
                        answer(by_place[framework, mode, mistake.name])
                        for mode in modes
                    ),
                )
                for mistake in mistakes
            ]
            yield Table(
                caption=f"{frameworks()[framework].title}: {question}",
                columns=(
                    Column(title="Mistake", kind="word"),
                    *(Column(title=mode, kind="word") for mode in modes),
                ),
                rows=tuple(
                    tuple(Value(text=text) for text in row)
                    for row in rows
                    if {*row[1:]} != {DASH}
                ),
            )


def tabulate_remedies(found: Sequence[RemedyCase]) -> tuple[Table, Table]:
    """Return what each remedy shows, and what it costs."""
    name = [
        Field[RemedyCase](
            title="Mode", show=lambda each: each.without.variant, kind="word"
        ),
        Field[RemedyCase](
            title="Remedy", show=lambda each: each.remedy.summary, kind="prose"
        ),
    ]
    shows = tabulate(
        "What helps to find a mistake",
        fields=[
            *name,
            Field(title="Mistake", show=lambda e: e.remedy.mistake, kind="word"),
            Field(
                title="Without", show=lambda e: describe_case(e.without), kind="prose"
            ),
            Field(title="With", show=lambda e: describe_case(e.helped), kind="prose"),
        ],
        items=found,
    )
    costs = tabulate(
        "What it costs",
        fields=[
            *name,
            Field(title="Steps/s without", show=_show_steps),
            Field(title="Step time with/without", show=_show_ratio),
        ],
        items=found,
        note="Of a correct model of two small layers, with the 95% interval of the "
        "ratio over launches.",
    )
    return shows, costs


def _show_ratio(case: RemedyCase) -> str:
    if case.reason:
        return "not measured"
    return format_ratio(case.ratio.estimate, case.ratio.low, case.ratio.high)


def _show_steps(case: RemedyCase) -> str:
    return format_steps(case.steps_per_s) if case.steps_per_s else ""
