"""The answer: three sentences made from the measured numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.report.comparison import Line, Worst, places, worst_of
from compare.report.format import known, of_tolerance, significant
from compare.report.timing_sentences import payback, steady_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.report.comparison import Comparison
    from compare.results import Run


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One question of the report and its answer, a sentence for each workload."""

    question: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The answer on one line."""
        return " ".join(self.sentences)


def answers(run: Run, comparisons: Sequence[Comparison]) -> tuple[Answer, ...]:
    """Do they agree, what does a step cost, and when does a graph pay back?"""
    if run.record.request.launches:
        steady = tuple(steady_state(comparison) for comparison in comparisons)
        paid = tuple(payback(comparison) for comparison in comparisons)
    else:
        steady = paid = ("Not measured: this run asked for agreement only.",)
    return (
        Answer(question="Do they agree?", sentences=(_agreement(comparisons),)),
        Answer(question="What does a step cost in steady state?", sentences=steady),
        Answer(question="When does a static graph pay back?", sentences=paid),
    )


def _agreement(comparisons: Sequence[Comparison]) -> str:
    lines = [line for comparison in comparisons for line in comparison.lines]
    judged = [line for line in lines if _judgement(line) is not None]
    if not judged:
        return "No cell was compared with the NumPy reference."
    agreeing = sum(_judgement(line) is True for line in judged)
    share = f"{agreeing} of" if agreeing < len(lines) else "All" * (agreeing > 1)
    cells = "cell agrees" if agreeing == len(lines) == 1 else "cells agree"
    worst = worst_of(line.agreement for line in judged if line.agreement)
    return (
        f"{share} {len(lines)} {cells} with the NumPy reference"
        f"{_exceptions(lines)}.{_largest_error(worst, judged)}"
    ).lstrip()


def _judgement(line: Line) -> bool | None:
    return line.agreement.agrees if line.agreement else None


def _exceptions(lines: Sequence[Line]) -> str:
    """Every cell that does not agree, by what became of it."""
    kinds = {
        "disagree": [line for line in lines if _judgement(line) is False],
        "failed": _unjudged(lines, state="failed"),
        "not run": _unjudged(lines, state="not run"),
        "not compared": _unjudged(lines, state="ok"),
    }
    found = [f"{kind}: {places(which)}" for kind, which in kinds.items() if which]
    return "".join(f"; {text}" for text in found)


def _unjudged(lines: Sequence[Line], *, state: str) -> list[Line]:
    return [line for line in lines if _judgement(line) is None and line.state == state]


def _largest_error(worst: Worst | None, judged: Sequence[Line]) -> str:
    if worst is None:
        return ""
    owner = next(
        line for line in judged if line.agreement and line.agreement.worst is worst
    )
    floors = f", {significant(worst.floors)} floors" if known(worst.floors) else ""
    return (
        f" The largest error is {of_tolerance(worst.fraction)}{floors} "
        f"({places([owner])}, {worst.dtype}: {worst.place})."
    )
