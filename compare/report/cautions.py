"""What a reader must know before believing a figure: the evidence, then the remedy."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING

from compare.plan import NOT_CAPTURED
from compare.report.comparison import places
from compare.report.format import count, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.report.comparison import Comparison, Line
    from compare.results import Run


@dataclass(frozen=True, kw_only=True)
class Caution:
    """One thing that limits what the figures say."""

    text: str
    command: str = ""  # what to type next, where typing helps
    is_first: bool = False  # stands before the answer


def cautions(run: Run, comparisons: Sequence[Comparison]) -> tuple[Caution, ...]:
    """Everything to know first, the most serious first."""
    found = [*_unfinished(run)]
    for comparison in comparisons:
        found += _unproven(comparison)
        for line in comparison.lines:
            found += [Caution(text=text) for text in _about(line)]
    return (
        *found,
        *_missing(comparisons),
        *(Caution(text=n) for n in run.record.notes),
    )


def _unfinished(run: Run) -> Iterator[Caution]:
    if not run.record.finished:
        yield Caution(
            text="This run was stopped before it finished: what follows is what it had "
            "by then. To go on from there:",
            command=f"graph-compare run --resume {quote(str(run.folder))}",
            is_first=True,
        )


def _unproven(comparison: Comparison) -> Iterator[Caution]:
    control = comparison.control
    if control and control.timing and control.is_unproven:
        timing = control.timing
        figures = ratio(timing.ratio, timing.ratio_low, timing.ratio_high)
        yield Caution(
            text=f"The timing of {comparison.workload} is unproven: the control, a "
            f"second worker of {comparison.baseline}, took {figures} the step time of "
            "the first, and that interval excludes 1. Repeat it on a quieter machine "
            "or with more launches."
        )


def _about(line: Line) -> Iterator[str]:
    place, timing = places([line]), line.timing
    if line.disagrees:
        yield (
            f"{place} disagrees with the reference: its other figures are those of a "
            "different computation."
        )
    if line.captures == NOT_CAPTURED and not line.is_missing:
        yield (
            f"{place} captured nothing: it ran eagerly, and so its figures are those "
            "of eager steps."
        )
    if timing and timing.recaptures:
        yield (
            f"{place} captured again {count(timing.recaptures)} times after warm-up: "
            "its step time holds tracing or compiling."
        )
    if timing and timing.graph_breaks:
        yield (
            f"{place} has {count(timing.graph_breaks)} graph breaks: part of each step "
            "runs in Python."
        )


def _missing(comparisons: Sequence[Comparison]) -> Iterator[Caution]:
    """Cells without a result, together where the reason is the same."""
    lines = [line for comparison in comparisons for line in comparison.lines]
    by_reason: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if line.is_missing:
            why = (line.state, line.brief_reason)
            by_reason.setdefault(why, []).append(line)
    for (state, reason), which in by_reason.items():
        yield Caution(text=f"{state}: {places(which)}: {reason}")
