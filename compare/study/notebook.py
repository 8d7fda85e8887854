"""A lesson's program as a notebook: each step's explanation and code in cells.

Frameworks never share a process, so each has its own notebook. Only `build_notebook`
and `format_notebook` need nbformat, which is an optional dependency.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from compare.study.prose import fill_values
from compare.study.unroll import split_cells

if TYPE_CHECKING:
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


def notebook_file(lesson: str, *, framework: str) -> str:
    """Return the file name of a lesson's notebook."""
    return f"{lesson}.{framework}.ipynb"


def format_notebook(notebook: NotebookNode) -> str:
    """Return the text of a notebook's file; equal notebooks give equal texts."""
    import nbformat  # noqa: PLC0415 - optional

    text: str = nbformat.writes(notebook)
    return f"{text}\n"


def build_notebook(
    entry: LessonEntry, *, source: str, framework: Framework, results: LessonResults
) -> NotebookNode:
    """Return the notebook of one program.

    Args:
        entry: the program's lesson.
        source: the program.
        framework: the program's framework.
        results: the lesson's results in every framework, for the values in the prose.
    """
    from nbformat import v4  # noqa: PLC0415 - optional

    cells = [_prose_cell("title", _format_title(entry, framework=framework))]
    for cell in split_cells(source):
        name = cell.steps[0].replace(" ", "-") if cell.steps else "beginning"
        steps = {step: entry.lesson.steps[step] for step in cell.steps}
        if steps:
            prose = fill_values(_format_steps(steps), entry, results)
            cells.append(_prose_cell(f"about-{name}", prose))
        if cell.code:
            cells.append(v4.new_code_cell(cell.code, id=f"code-{name}"))
    for name, prose in _format_exercise(entry.lesson.exercise).items():
        cells.append(_prose_cell(name, fill_values(prose, entry, results)))
    notebook: NotebookNode = v4.new_notebook(cells=cells, metadata=METADATA)
    return notebook


def _prose_cell(name: str, markdown: str) -> NotebookNode:
    """Return a Markdown cell with a fixed identifier; nbformat's default is random."""
    from nbformat import v4  # noqa: PLC0415 - optional

    cell: NotebookNode = v4.new_markdown_cell(markdown, id=name)
    return cell


def _format_title(entry: LessonEntry, *, framework: Framework) -> str:
    return (
        f"# {entry.title}\n\n{entry.introduction}\n\n"
        "This notebook contains the program "
        f"`{framework.package}.lessons.{entry.name}`. It requires {framework.module} "
        "and the other packages that it imports."
    )


def _format_steps(steps: dict[str, str]) -> str:
    """Return each step's explanation under a heading with its name."""
    return "\n\n".join(
        f"### {step.capitalize()}\n\n{prose}" for step, prose in steps.items()
    )


def _format_exercise(exercise: Exercise) -> dict[str, str]:
    """Return the task and the answer, which is folded."""
    answer = f"<summary>Answer</summary>\n\n{exercise.answer}"
    return {
        "exercise": f"### Exercise\n\n{exercise.task}",
        "answer": f"<details>\n{answer}\n\n</details>",
    }
