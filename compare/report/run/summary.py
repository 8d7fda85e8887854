"""The answer: a few sentences made from the measured numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.report.agreement.sentences import summarize_agreement
from compare.report.timing.sentences import payback, steady_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.results.cells import CellGroup
    from compare.runs.folder import Run


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One question of the report and its answer, a sentence for each workload."""

    question: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The answer on one line."""
        return " ".join(self.sentences)


def answers(run: Run, comparisons: Sequence[CellGroup]) -> tuple[Answer, ...]:
    """Do they agree, what does a step cost, and when does a graph pay back?"""
    agree = Answer(
        question="Do they agree?", sentences=summarize_agreement(comparisons)
    )
    if not run.record.request.launches:
        unknown = "Not measured: this run asked for agreement only."
        return (agree, Answer(question="What does a step cost?", sentences=(unknown,)))
    steady = tuple(steady_state(comparison) for comparison in comparisons)
    paid = tuple(payback(comparison) for comparison in comparisons)
    return (
        agree,
        Answer(question="What does a step cost in steady state?", sentences=steady),
        Answer(question="When does a static graph pay back?", sentences=paid),
    )
