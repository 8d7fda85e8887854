"""A lesson as a notebook: the programs of all frameworks, with their outputs.

The first program has the explanations of the steps; the others have their titles, and
what only they show. The outputs are those that the statements printed in the run of the
results. Only `build_notebook` and `format_notebook` need nbformat, which is an optional
dependency.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from compare.study.guide import EXERCISE, load_guide
from compare.study.prose import fill_values
from compare.study.unroll import split_cells
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbformat import NotebookNode

    from compare.contract import Framework
    from compare.study.lesson import Exercise, LessonEntry
    from compare.study.results import LessonResults

INSTALL = "pip install 'graph-compare[notebooks]'"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebooks_unavailable() -> str:
    """Return why notebooks cannot be written, and the remedy; empty if they can."""
    if find_spec("nbformat") is None:
        return f"nbformat is not installed; {INSTALL}"
    return ""


@dataclass(frozen=True, kw_only=True)
class NotebookProgram:
    """One framework's program, and what it printed by step."""

    framework: Framework
    source: str
    printed: Mapping[str, str]


def notebook_file(lesson: str) -> str:
    """Return the file name of a lesson's notebook."""
    return f"{lesson}.ipynb"


def format_notebook(notebook: NotebookNode) -> str:
    """Return the text of a notebook's file; equal notebooks give equal texts."""
    import nbformat  # noqa: PLC0415 - optional

    text: str = nbformat.writes(notebook)
    return f"{text}\n"


def build_notebook(
    entry: LessonEntry, programs: Sequence[NotebookProgram], *, results: LessonResults
) -> NotebookNode:
    """Return the notebook of a lesson.

    Args:
        entry: the lesson.
        programs: one after another; the first one is explained.
        results: the lesson's results in every framework, for the values in the prose.
    """
    from nbformat import v4  # noqa: PLC0415 - optional

    cells = [_prose_cell("title", _format_title(entry, programs))]
    for number, program in enumerate(programs):
        own = partial(load_guide(entry.name).find_only_in, program.framework.name)
        steps = {
            step: fill_values(text if number == 0 else own(step), entry, results)
            for step, text in entry.lesson.steps.items()
        }
        cells += _build_cells(program, steps)
    only_in = [
        f"{_title(program.framework)}: {text}"
        for program in programs
        if (
            text := load_guide(entry.name).find_only_in(
                program.framework.name, EXERCISE
            )
        )
    ]
    for name, prose in _format_exercise(entry.lesson.exercise, only_in).items():
        cells.append(_prose_cell(name, fill_values(prose, entry, results)))
    notebook: NotebookNode = v4.new_notebook(cells=cells, metadata=METADATA)
    return notebook


def _build_cells(
    program: NotebookProgram, steps: Mapping[str, str]
) -> list[NotebookNode]:
    """Return the cells of one program, under a heading.

    Args:
        program: whose outputs are added.
        steps: step -> its explanation, or an empty text.
    """
    from nbformat import v4  # noqa: PLC0415 - optional

    framework = program.framework
    cells = [_prose_cell(framework.name, f"## {_title(framework)}")]
    for count, cell in enumerate(split_cells(program.source), start=1):
        name = cell.steps[0].replace(" ", "-") if cell.steps else "beginning"
        name = f"{framework.name}-{name}"
        if cell.steps:
            prose = _format_steps({step: steps[step] for step in cell.steps})
            cells.append(_prose_cell(f"about-{name}", prose))
        if cell.code:
            code = v4.new_code_cell(cell.code, id=f"code-{name}", execution_count=count)
            printed = "".join(program.printed.get(step, "") for step in cell.steps)
            if printed:
                code.outputs = [v4.new_output("stream", name="stdout", text=printed)]
            cells.append(code)
    return cells


def _title(framework: Framework) -> str:
    return framework.title or framework.name


def _prose_cell(name: str, markdown: str) -> NotebookNode:
    """Return a Markdown cell with a fixed identifier; nbformat's default is random."""
    from nbformat import v4  # noqa: PLC0415 - optional

    cell: NotebookNode = v4.new_markdown_cell(markdown, id=name)
    return cell


def _format_title(entry: LessonEntry, programs: Sequence[NotebookProgram]) -> str:
    names = [f"`{each.framework.package}.lessons.{entry.name}`" for each in programs]
    return (
        f"# {entry.title}\n\n{entry.introduction}\n\n"
        f"This notebook contains the programs {join_words(names, conjunction='and')}, "
        "one after another. Their results have the same names. They require the "
        "packages that they import."
    )


def _format_steps(steps: dict[str, str]) -> str:
    """Return each step's explanation under a heading with its name."""
    return "\n\n".join(
        f"### {step.capitalize()}\n\n{prose}".rstrip() for step, prose in steps.items()
    )


def _format_exercise(exercise: Exercise, only_in: Sequence[str]) -> dict[str, str]:
    """Return the task and the answer, which is folded.

    Args:
        exercise: of the lesson.
        only_in: paragraphs on what only some programs change.
    """
    answer = f"<summary>Answer</summary>\n\n{exercise.answer}"
    return {
        "exercise": "\n\n".join(["### Exercise", exercise.task, *only_in]),
        "answer": f"<details>\n{answer}\n\n</details>",
    }
