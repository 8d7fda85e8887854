"""A run rendered: in the terminal, as Markdown, and as one HTML file.

Reads only a `compare.runs.folder.Run`; measures and decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from compare.runs.folder import Run

MARKDOWN, PAGE = "report.md", "index.html"


def write(run: Run) -> Path:
    """Write ``report.md`` and ``index.html`` into the folder of a run.

    A run that was stopped, only checked for agreement or partly failed is reported as
    what it is.

    Returns:
        The path of ``index.html``.
    """
    # Charts and templates take long to import: only where something is rendered.
    from compare.report.run.markdown import markdown  # noqa: PLC0415
    from compare.report.run.outline import outline  # noqa: PLC0415
    from compare.report.run.page import page  # noqa: PLC0415

    folder, laid_out = run.folder, outline(run)
    (folder / MARKDOWN).write_text(markdown(laid_out), encoding="utf-8")
    (folder / PAGE).write_text(page(laid_out), encoding="utf-8")
    return folder / PAGE


def terminal(run: Run, console: Console) -> None:
    """Print the answers and the verdict tables of a run."""
    from compare.report.run.console import terminal as show  # noqa: PLC0415

    show(run, console)
