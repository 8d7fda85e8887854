"""Render a run for the terminal, as Markdown, and as one self-contained HTML page.

May import: `compare.results`, `compare.history`, `compare.pytest_benchmark`,
`compare.render` and everything below them. Measures and decides nothing. Grouped by
topic: `agreement`, `timing`, `learning`, `diff`, `history`, `benchmarks`
(pytest-benchmark files), and the report of a whole `run`.

Public names: `render` joins the tables of a run once and returns a `Report`; `write`
and `show` write and print it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from compare.report.run.outline import Outline
    from compare.runs.folder import Run

MARKDOWN_FILE, PAGE_FILE = "report.md", "index.html"


@dataclass(frozen=True, kw_only=True)
class Report:
    """A rendered run.

    Args:
        folder: of the run.
        outline: the contents, for the terminal.
        markdown: the text of ``report.md``.
        page: the text of ``index.html``.
    """

    folder: Path
    outline: Outline
    markdown: str
    page: str


def render(run: Run) -> Report:
    """Return the report of a run, whether it is finished, stopped or partly failed."""
    # Charts and templates take long to import: only where something is rendered.
    from compare.report.run.markdown import render_markdown  # noqa: PLC0415
    from compare.report.run.outline import build_outline  # noqa: PLC0415
    from compare.report.run.page import render_page  # noqa: PLC0415

    outline = build_outline(run)
    return Report(
        folder=run.folder,
        outline=outline,
        markdown=render_markdown(outline),
        page=render_page(outline),
    )


def write(report: Report) -> Path:
    """Write ``report.md`` and ``index.html`` into the folder of the run.

    Raises:
        StorageError: a file cannot be written.

    Returns:
        The path of ``index.html``.
    """
    from compare.runs.tables import replace_file  # noqa: PLC0415 - heavy

    path = report.folder / PAGE_FILE
    replace_file(report.folder / MARKDOWN_FILE, report.markdown.encode())
    replace_file(path, report.page.encode())
    return path


def show(report: Report, console: Console) -> None:
    """Print the answers and the most important tables of a report."""
    from compare.report.run.console import show_outline  # noqa: PLC0415

    show_outline(report.outline, console)
