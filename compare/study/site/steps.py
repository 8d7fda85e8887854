"""The steps of a lesson: each a paragraph above every framework's code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from compare.render.format import nanoseconds
from compare.study.program import steps_of
from compare.study.prose import filled
from compare.study.site.highlighting import highlighted
from compare.study.site.pictures import drawn
from compare.study.site.wording import paragraphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.study.lesson import Entry
    from compare.study.results import Results
    from compare.study.site.columns import Column
    from compare.study.site.pictures import Drawn

BEGINNING = "imports"  # what stands above the first marker


@dataclass(frozen=True, kw_only=True)
class Side:
    """One framework's code of a step, and how long it took."""

    column: Column
    code: Markup
    first: str  # empty where it did not run
    again: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: its paragraph, the code of every framework side by side."""

    title: str
    text: str  # the paragraph as Markdown, every number filled in
    sides: tuple[Side, ...]
    pictures: tuple[Drawn, ...]

    @property
    def ident(self) -> str:
        """What a link to the step ends in."""
        return step_ident(self.title)

    @property
    def paragraph(self) -> Markup:
        """The paragraph as HTML."""
        return paragraphs(self.text)


def step_ident(title: str) -> str:
    """The fragment of a step: ``step-second-pass``."""
    return f"step-{title.replace(' ', '-')}"


def steps(entry: Entry, results: Results, columns: Sequence[Column]) -> list[Step]:
    """Every step in order, after what both programs begin with."""
    cut = {each.framework.name: steps_of(each.source) for each in columns}
    begins = any("" in codes for codes in cut.values())
    return [
        Step(
            title=name or BEGINNING,
            text=filled(entry.lesson.steps.get(name, ""), entry, results),
            sides=tuple(
                _side(each, step=name, code=cut[each.framework.name].get(name, ""))
                for each in columns
            ),
            pictures=tuple(drawn(entry, results, step=name)),
        )
        for name in ([""] if begins else []) + list(entry.lesson.steps)
    ]


def _side(column: Column, *, step: str, code: str) -> Side:
    # What came before the first step found its imports done: nothing to time.
    times = [t for t in column.produced.times if t.step and t.step == step]
    time = times[0] if times else None
    return Side(
        column=column,
        code=highlighted(code) if code else Markup(),
        first=nanoseconds(time.first_ns) if time else "",
        again=nanoseconds(time.again_ns) if time else "",
    )
