"""What a history says, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.render.format import change
from compare.report.history.tables import Traced, day
from compare.report.run.cautions import Caution
from compare.report.run.summary import Answer
from compare.results.cells import CellLabel, join_labels
from compare.stats.change_points import MIN_SEGMENT
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.history.history import Group, History
    from compare.history.identity import Differing
    from compare.stats.change_points import ChangePoint

MOST = 10  # sentences, and facts in one; the tables have them all
QUESTION = "What changed?"


def answers(history: History) -> tuple[Answer, ...]:
    """Every change point, the latest first."""
    found = sorted(_found(history), key=_when, reverse=True)
    said = [_changed(traced, each) for traced, each in found[:MOST]]
    if len(found) > MOST:
        said.append(f"And {len(found) - MOST} more, earlier ones: in the tables.")
    return (Answer(question=QUESTION, sentences=tuple(said) or (_nothing(history),)),)


def cautions(history: History) -> Iterator[Caution]:
    """What must be known before any figure is believed."""
    if history.left_out:
        first = history.left_out[0]
        others = len(history.left_out) - 1
        more = f"; and {format_count(others, 'other')}" * bool(others)
        yield Caution(text=f"Left out: {first.name}: {first.reason}{more}.")
    if len(history.groups) > 1:
        yield Caution(
            text=f"The runs fall into {len(history.groups)} groups of different "
            "machines, versions, settings or baselines. No change is looked for from "
            "one group to another."
        )


def told_apart(group: Group) -> str:
    """How a group differs from the one that began before it; empty for the first."""
    if not group.differing:
        return ""
    said = "; ".join(_fact(each) for each in group.differing[:MOST])
    more = f"; and {len(group.differing) - MOST} more" * (len(group.differing) > MOST)
    return f"Differs from the runs that began before: {said}{more}."


def _fact(differing: Differing) -> str:
    return f"{differing.name} {differing.after}, before {differing.before}"


def _found(history: History) -> Iterator[tuple[Traced, ChangePoint]]:
    for group in history.groups:
        for series in group.series:
            for each in series.changes:
                yield Traced(group=group, series=series), each


def _when(found: tuple[Traced, ChangePoint]) -> str:
    traced, change_point = found
    return traced.run_of(change_point).record.created


def _changed(traced: Traced, change_point: ChangePoint) -> str:
    series, run = traced.series, traced.run_of(change_point)
    where = join_labels([CellLabel(variant=series.variant, workload=series.workload)])
    what = "step time" if series.is_baseline else f"ratio to {traced.group.baseline}"
    name, date = run.folder.name, day(run)
    since = name if name.startswith(date) else f"{name} of {date}"
    return f"{where}: {what} {change(change_point.factor)}, from {since} on."


def _nothing(history: History) -> str:
    fewest = 2 * MIN_SEGMENT
    if max(len(group.runs) for group in history.groups) < fewest:
        return (
            f"Not known yet: a change point needs {fewest} runs that can be compared, "
            f"{MIN_SEGMENT} on each side."
        )
    return "No change point was found."
