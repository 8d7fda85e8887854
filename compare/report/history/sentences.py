"""Sentences about a history: change points, groups and folders left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.render.format import format_relative_change
from compare.report.history.tables import TracedCell, format_day
from compare.report.run.answer import Answer
from compare.report.run.cautions import Caution
from compare.results.cells import CellLabel, join_labels
from compare.stats.change_points import MIN_SEGMENT
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.history.history import History, RunGroup
    from compare.history.identity import DifferingFact
    from compare.stats.change_points import ChangePoint

MAX_LISTED = 10  # sentences, and facts in one; the tables contain all of them
QUESTION = "What changed?"


def answer_questions(history: History) -> tuple[Answer, ...]:
    """Return one answer with every change point, the latest first."""
    found = sorted(_find_changes(history), key=_created_at, reverse=True)
    sentences = [_describe_change(cell, each) for cell, each in found[:MAX_LISTED]]
    if len(found) > MAX_LISTED:
        earlier = format_count(len(found) - MAX_LISTED, "earlier change point")
        sentences.append(f"The tables list {earlier}.")
    answer = tuple(sentences) or (_describe_no_change(history),)
    return (Answer(question=QUESTION, sentences=answer),)


def describe_cautions(history: History) -> Iterator[Caution]:
    """Yield what limits the meaning of the figures."""
    if history.left_out:
        first = history.left_out[0]
        others = len(history.left_out) - 1
        more = f"; and {format_count(others, 'other')}" * bool(others)
        yield Caution(text=f"Left out: {first.name}: {first.reason}{more}.")
    if len(history.groups) > 1:
        yield Caution(
            text=f"The runs form {len(history.groups)} groups, because machines, "
            "versions, settings or baselines differ. Changes are searched within each "
            "group, not between groups."
        )


def describe_differing(group: RunGroup) -> str:
    """Return how a group differs from the one that began before it, if any did."""
    if not group.differing:
        return ""
    facts = "; ".join(_format_fact(each) for each in group.differing[:MAX_LISTED])
    further = len(group.differing) - MAX_LISTED
    more = f"; and {further} more" * (further > 0)
    return f"Differs from the group that began before it: {facts}{more}."


def _format_fact(fact: DifferingFact) -> str:
    return f"{fact.name} {fact.after} (before: {fact.before})"


def _find_changes(history: History) -> Iterator[tuple[TracedCell, ChangePoint]]:
    for group in history.groups:
        for series in group.series:
            for each in series.changes:
                yield TracedCell(group=group, series=series), each


def _created_at(found: tuple[TracedCell, ChangePoint]) -> str:
    cell, change_point = found
    return cell.run_of(change_point).record.created


def _describe_change(cell: TracedCell, change_point: ChangePoint) -> str:
    series, run = cell.series, cell.run_of(change_point)
    label = join_labels([CellLabel(variant=series.variant, workload=series.workload)])
    what = "step time" if series.is_baseline else f"ratio to {cell.group.baseline}"
    # A run's folder is named after its date unless the user chose another name.
    name, date = run.folder.name, format_day(run)
    since = name if name.startswith(date) else f"{name} of {date}"
    change = format_relative_change(change_point.factor)
    return f"{label}: {what} {change}, from {since} on."


def _describe_no_change(history: History) -> str:
    fewest = 2 * MIN_SEGMENT
    if max(len(group.runs) for group in history.groups) < fewest:
        return (
            f"Unknown: a change point requires {fewest} comparable runs, "
            f"{MIN_SEGMENT} before and {MIN_SEGMENT} after it."
        )
    return "No change point was found."
