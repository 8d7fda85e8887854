"""The steps of a lesson: each has an explanation and the code of every framework."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from compare.render.format import format_nanoseconds
from compare.study.program import split_steps
from compare.study.prose import fill_values
from compare.study.site.highlighting import highlight_python
from compare.study.site.markdown import paragraphs_html
from compare.study.site.output import shorten_output
from compare.study.site.pictures import render_pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.study.guide import Guide
    from compare.study.lesson import LessonEntry
    from compare.study.results import LessonResults
    from compare.study.site.columns import FrameworkColumn
    from compare.study.site.output import ProgramOutput
    from compare.study.site.pictures import RenderedPicture

BEGINNING = "imports"  # the title of the code above the first marker


@dataclass(frozen=True, kw_only=True)
class StepCode:
    """One framework's code of a step, its times, and what it printed."""

    column: FrameworkColumn
    code: Markup
    first: str  # empty if there is no time
    again: str
    output: ProgramOutput | None


@dataclass(frozen=True, kw_only=True)
class LessonStep:
    """One step: its explanation, and the code of every framework side by side."""

    title: str
    text: str  # the explanation as Markdown, with all values filled in
    only_in: tuple[tuple[str, str], ...]  # titles, and what only their programs show
    sides: tuple[StepCode, ...]
    questions: tuple[tuple[str, str], ...]  # with their answers
    pictures: tuple[RenderedPicture, ...]

    @property
    def has_output(self) -> bool:
        """Whether a program printed something."""
        return any(side.output for side in self.sides)

    @property
    def ident(self) -> str:
        """The fragment of a link to the step."""
        return step_ident(self.title)

    @property
    def paragraph(self) -> Markup:
        """The explanation as HTML."""
        return paragraphs_html(self.text)


def step_ident(title: str) -> str:
    """Return the fragment of a step: ``step-second-pass``."""
    return f"step-{title.replace(' ', '-')}"


def build_steps(
    entry: LessonEntry,
    guide: Guide,
    results: LessonResults,
    columns: Sequence[FrameworkColumn],
) -> list[LessonStep]:
    """Return every step in order, after the code above the first marker."""
    codes = {each.framework.name: split_steps(each.source) for each in columns}
    has_beginning = any("" in steps for steps in codes.values())
    return [
        LessonStep(
            title=name or BEGINNING,
            text=fill_values(entry.lesson.steps.get(name, ""), entry, results),
            only_in=fill_only_in(entry, guide, results, columns, step=name),
            sides=tuple(
                _build_side(
                    each, step=name, code=codes[each.framework.name].get(name, "")
                )
                for each in columns
            ),
            questions=tuple(
                (each.text, fill_values(each.answer, entry, results))
                for each in guide.questions
                if each.step == name
            ),
            pictures=tuple(render_pictures(entry, results, step=name)),
        )
        for name in ([""] if has_beginning else []) + list(entry.lesson.steps)
    ]


def fill_only_in(
    entry: LessonEntry,
    guide: Guide,
    results: LessonResults,
    columns: Sequence[FrameworkColumn],
    *,
    step: str,
) -> tuple[tuple[str, str], ...]:
    """Return the titles of frameworks, and what only their program shows in a step."""
    return tuple(
        (each.title, fill_values(text, entry, results))
        for each in columns
        if (text := guide.find_only_in(each.framework.name, step))
    )


def _build_side(column: FrameworkColumn, *, step: str, code: str) -> StepCode:
    # The imports above the first step are not timed: the worker has imported the
    # framework before, so their time would mean nothing.
    times = [t for t in column.result.times if t.step and t.step == step]
    time = times[0] if times else None
    return StepCode(
        column=column,
        code=highlight_python(code) if code else Markup(),
        first=format_nanoseconds(time.first_ns) if time else "",
        again=format_nanoseconds(time.again_ns) if time else "",
        output=shorten_output(column.result.printed.get(step, "")),
    )
