"""Render a run for the terminal, as Markdown, and as one self-contained HTML page.

May import: `compare.results`, `compare.history`, `compare.pytest_benchmark`,
`compare.render` and everything below them. Measures and decides nothing. Grouped by
topic: `agreement`, `timing`, `learning`, `diff`, `history`, `benchmarks`
(pytest-benchmark files), and the report of a whole `run`.

Public names: `render` joins the tables of a run once and returns a `Report`; `show`
prints it; `write` draws its charts and writes its files. `card_text` and `card_html`
return the card of a user's model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rich.console import Console

    from compare.report.run.outline import Outline
    from compare.runs.folder import Run

MARKDOWN_FILE, PAGE_FILE, CARD_FILE = "report.md", "index.html", "card.json"


@dataclass(frozen=True, kw_only=True)
class Report:
    """The contents of the report of a run.

    Args:
        folder: of the run.
        outline: every sentence, table and figure.
        cards: of users' models, as JSON.
    """

    folder: Path
    outline: Outline
    cards: tuple[bytes, ...] = ()


def render(run: Run, *, is_interim: bool = False) -> Report:
    """Return the report of a run, whether it is finished, stopped or partly failed.

    Args:
        run: the results.
        is_interim: the run goes on. The report states how far it is, and leaves out
            charts and the tables of every check, which take long.
    """
    # Charts and templates take long to import: only where something is rendered.
    from compare.report.run.outline import build_outline  # noqa: PLC0415
    from compare.results.card import build_cards, encode_card  # noqa: PLC0415

    outline = build_outline(run, is_interim=is_interim)
    cards = tuple(map(encode_card, build_cards(run)))
    return Report(folder=run.folder, outline=outline, cards=cards)


def card_text(run: Run) -> str:
    """Return the card of a model as text."""
    from compare.report.check.notebook import answers_text  # noqa: PLC0415

    return answers_text(render(run).outline.answers)


def card_html(run: Run) -> str:
    """Return the card of a model as HTML for a notebook."""
    from compare.report.check.notebook import answers_html  # noqa: PLC0415

    return answers_html(render(run).outline.answers)


def write(report: Report, *, on_missing: Callable[[str], None] | None = None) -> Path:
    """Write ``report.md`` and ``card.json``, draw the charts, write ``index.html``.

    Args:
        report: of a run, into whose folder the files are written.
        on_missing: called with a sentence if charts could not be drawn.

    Raises:
        StorageError: a file cannot be written.

    Returns:
        The path of ``index.html``.
    """
    from compare.report.run.markdown import render_markdown  # noqa: PLC0415
    from compare.report.run.page import ignore, render_page  # noqa: PLC0415
    from compare.runs.tables import replace_file  # noqa: PLC0415 - heavy

    text = render_markdown(report.outline)
    replace_file(report.folder / MARKDOWN_FILE, text.encode())
    for card in report.cards:
        replace_file(report.folder / CARD_FILE, card)
    path = report.folder / PAGE_FILE
    page = render_page(report.outline, on_missing=on_missing or ignore)
    replace_file(path, page.encode())
    return path


def show(report: Report, console: Console) -> None:
    """Print the answers and the most important tables of a report."""
    from compare.report.run.console import show_outline  # noqa: PLC0415

    show_outline(report.outline, console)
