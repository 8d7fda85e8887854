"""Write the history of many runs as one self-contained HTML page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from compare.errors import RunError
from compare.render.format import format_relative_change
from compare.render.svg import CHARTS_ARE_INSTALLED
from compare.report.history.sentences import (
    answer_questions,
    describe_cautions,
    describe_differing,
)
from compare.report.history.tables import (
    format_dates,
    group_by_workload,
    tabulate_cells,
    tabulate_left_out,
)
from compare.report.run.figures import Figure, draw_nothing
from compare.report.run.outline import Outline
from compare.report.run.page import ignore, render_page
from compare.report.run.section import Section
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from compare.history.history import History, RunGroup
    from compare.history.series import Series

if TYPE_CHECKING or CHARTS_ARE_INSTALLED:
    from compare.report.history.chart import history_chart
else:
    history_chart = draw_nothing

PAGE = "history.html"
TITLE = "history of"
MARK = f"<title>graph-compare: {TITLE} ".encode()
HEAD_BYTES = 4096  # the title is among the first bytes of a page
READING = (
    "Each panel shows the ratio to the baseline, and for the baseline its step time, "
    "for each run, the oldest first, on a logarithmic axis. Band: 95% interval of the "
    "run. Hollow dot: the run is unproven. Dashed line: a change point, with its size. "
    "Grey lines: the levels before and after it. At a change point, the difference "
    "between two levels is too large to be noise between runs. Fewer than one constant "
    "series in twenty has one by chance."
)


def write_page(
    history: History, path: Path, *, on_missing: Callable[[str], None] = ignore
) -> None:
    """Write the page. An existing file is overwritten only if it is such a page.

    Args:
        history: of the runs in a folder.
        path: of the page.
        on_missing: called with a sentence if charts could not be drawn.

    Raises:
        RunError: the file exists and is not a history, or cannot be written.
    """
    try:
        _require_own_page(path)
        page = render_page(outline_history(history), on_missing=on_missing)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise RunError(
            f'--out: expected a file that can be written; received "{path}": '
            f"{error.strerror}"
        ) from error


def outline_history(history: History) -> Outline:
    """Return the contents of the page."""
    rejected = tabulate_left_out(history)
    last = Section(ident="left-out", title="Left out", intro="", tables=(rejected,))
    return Outline(
        title=f"{TITLE} {history.folder.resolve().name}",
        facts=(
            format_count(history.runs, "run"),
            format_count(len(history.groups), "group"),
            f"{len(history.left_out)} left out",
        ),
        answers=answer_questions(history),
        cautions=tuple(describe_cautions(history)),
        sections=(*_build_sections(history), *[last] * bool(rejected.rows)),
    )


def _require_own_page(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb") as file:
        if MARK not in file.read(HEAD_BYTES):
            raise RunError(
                "--out: expected a file that does not exist, or an earlier history; "
                f'received "{path}", which is another file. Nothing was overwritten: '
                "use another name"
            )


def _build_sections(history: History) -> Iterator[Section]:
    for number, group in enumerate(history.groups):
        headings = group_by_workload(group)
        yield Section(
            ident=f"group-{number + 1}",
            title=_format_title(group),
            intro=f"{describe_differing(group)} {'' if number else READING}".strip(),
            figures=tuple(
                _build_figure(group, heading, cells=cells, number=number)
                for heading, cells in headings.items()
            ),
            tables=tuple(
                tabulate_cells(group, heading, with_line=False) for heading in headings
            ),
        )


def _format_title(group: RunGroup) -> str:
    runs = f"{format_count(len(group.runs), 'run')}, {format_dates(group)}"
    processor = group.runs[0].record.environment.get("processor", "")
    return f"{runs}: {processor}" if processor else runs


def _build_figure(
    group: RunGroup, heading: str, *, cells: Sequence[Series], number: int
) -> Figure:
    return Figure(
        ident=f"history-{number}",
        heading=heading,
        label=_describe_figure(heading, cells=cells),
        caption="",
        draw=partial(history_chart, group, cells=cells),
    )


def _describe_figure(heading: str, *, cells: Sequence[Series]) -> str:
    changed = [
        f"{each.variant} {format_relative_change(found.factor)}"
        for each in cells
        for found in each.changes
    ]
    return (
        f"Line charts of every variant on {heading} over the runs. Change points: "
        f"{'; '.join(changed) or 'none'}. The table below lists the first and the "
        "latest figures."
    )
