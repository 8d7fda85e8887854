"""The history of many runs as one self-contained HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.errors import RunError
from compare.render.format import change
from compare.render.svg import CHARTS_ARE_INSTALLED
from compare.report.history.sentences import answers, cautions, told_apart
from compare.report.history.tables import by_workload, dates, left_out, over_time
from compare.report.run.figures import Figure
from compare.report.run.outline import Outline
from compare.report.run.page import page
from compare.report.run.section import Section
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from compare.history.history import Group, History
    from compare.history.series import Series

if TYPE_CHECKING or CHARTS_ARE_INSTALLED:
    from compare.report.history.chart import history_chart

PAGE = "history.html"
TITLE = "history of"
OURS = f"<title>graph-compare: {TITLE} ".encode()
HEAD_BYTES = 4096  # the title stands before that
READING = (
    "Each panel: the ratio to the baseline, of the baseline its step time, run by run, "
    "the oldest first; logarithmic. Band: 95% interval of the run. Hollow: the run is "
    "unproven. Dashed: a change point, with its size; grey lines: the levels before "
    "and after. A change point is where the difference between two levels is too large "
    "for the noise that the runs show; fewer than one constant series in twenty has "
    "one by chance."
)


def write(history: History, path: Path) -> None:
    """Write the page; what stands there is overwritten only if it is such a page.

    Raises:
        RunError: the file is somebody else's, or cannot be written.
    """
    try:
        _refuse_other(path)
        path.write_text(page(outline(history)), encoding="utf-8")
    except OSError as error:
        raise RunError(
            f'--out: expected a file that can be written; received "{path}": '
            f"{error.strerror}"
        ) from error


def outline(history: History) -> Outline:
    """Everything that the page says."""
    rejected = left_out(history)
    last = Section(ident="left-out", title="Left out", intro="", tables=(rejected,))
    return Outline(
        title=f"{TITLE} {history.folder.resolve().name}",
        facts=(
            format_count(history.runs, "run"),
            format_count(len(history.groups), "group"),
            f"{len(history.left_out)} left out",
        ),
        answers=answers(history),
        cautions=tuple(cautions(history)),
        sections=(*_groups(history), *[last] * bool(rejected.rows)),
    )


def _refuse_other(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb") as file:
        if OURS not in file.read(HEAD_BYTES):
            raise RunError(
                f"--out: expected a file that does not exist, or a history to be "
                f'written anew; received "{path}", which is something else. Nothing '
                "was overwritten: name another"
            )


def _groups(history: History) -> Iterator[Section]:
    for number, group in enumerate(history.groups):
        headings = by_workload(group)
        yield Section(
            ident=f"group-{number + 1}",
            title=_title(group),
            intro=f"{told_apart(group)} {'' if number else READING}".strip(),
            figures=tuple(
                _figure(group, heading, cells=cells, number=number)
                for heading, cells in headings.items()
            ),
            tables=tuple(
                over_time(group, heading, with_line=False) for heading in headings
            ),
        )


def _title(group: Group) -> str:
    runs = f"{format_count(len(group.runs), 'run')}, {dates(group)}"
    processor = group.runs[0].record.environment.get("processor", "")
    return f"{runs}: {processor}" if processor else runs


def _figure(
    group: Group, heading: str, *, cells: Sequence[Series], number: int
) -> Figure:
    return Figure(
        ident=f"history-{number}",
        heading=heading,
        label=_label(heading, cells=cells),
        caption="",
        spec=history_chart(group, cells=cells) if CHARTS_ARE_INSTALLED else {},
    )


def _label(heading: str, *, cells: Sequence[Series]) -> str:
    changed = [
        f"{each.variant} {change(found.factor)}"
        for each in cells
        for found in each.changes
    ]
    said = "; ".join(changed) or "none"
    return (
        f"Line charts of every variant on {heading} over the runs. Change points: "
        f"{said}. The table below has the first and the latest figures."
    )
