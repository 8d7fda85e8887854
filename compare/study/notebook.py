"""A lesson as a notebook: a program's steps in cells, each with what is said of it.

The frameworks never share a process, so each gets a notebook of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
from nbformat import v4

from compare.study.prose import filled
from compare.study.unroll import pieces

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from compare.contract import Framework
    from compare.study.lesson import Entry, Exercise
    from compare.study.results import Results

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def file_name(lesson: str, *, framework: str) -> str:
    """What a lesson's notebook in a framework is called."""
    return f"{lesson}.{framework}.ipynb"


def text(notebook: NotebookNode) -> str:
    """What stands in a notebook's file: the same text for the same notebook."""
    written: str = nbformat.writes(notebook)
    return f"{written}\n"


def notebook(
    entry: Entry, *, source: str, framework: Framework, results: Results
) -> NotebookNode:
    """The notebook of one program.

    Args:
        entry: the lesson that it belongs to.
        source: the program.
        framework: whose program it is.
        results: of this lesson, in every framework: the numbers of its prose.
    """
    cells = [_said("title", _title(entry, framework=framework))]
    for piece in pieces(source):
        name = piece.steps[0].replace(" ", "-") if piece.steps else "beginning"
        steps = {step: entry.lesson.steps[step] for step in piece.steps}
        if steps:
            cells.append(_said(f"about-{name}", filled(_steps(steps), entry, results)))
        if piece.code:
            cells.append(v4.new_code_cell(piece.code, id=f"code-{name}"))
    for name, prose in _exercise(entry.lesson.exercise).items():
        cells.append(_said(name, filled(prose, entry, results)))
    made: NotebookNode = v4.new_notebook(cells=cells, metadata=METADATA)
    return made


def _said(name: str, markdown: str) -> NotebookNode:
    """A cell of prose. Left to nbformat, its name would be another each time."""
    made: NotebookNode = v4.new_markdown_cell(markdown, id=name)
    return made


def _title(entry: Entry, *, framework: Framework) -> str:
    return (
        f"# {entry.title}\n\n{entry.introduction}\n\n"
        f"This is the program `{framework.package}.lessons.{entry.name}`, in cells. "
        f"It needs the packages that it imports, {framework.module} first of all."
    )


def _steps(steps: dict[str, str]) -> str:
    """Every step's paragraph under its name."""
    return "\n\n".join(
        f"### {step.capitalize()}\n\n{prose}" for step, prose in steps.items()
    )


def _exercise(exercise: Exercise) -> dict[str, str]:
    """The task, and the answer for those who want to see it."""
    answer = f"<summary>Answer</summary>\n\n{exercise.answer}"
    return {
        "exercise": f"### Change this and see\n\n{exercise.task}",
        "answer": f"<details>\n{answer}\n\n</details>",
    }
