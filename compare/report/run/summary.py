"""The answers on the first screen: a few sentences from the measured numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.report.agreement.sentences import summarize_agreement
from compare.report.check.answers import list_card_answers
from compare.report.learning.divergence import describe_divergences
from compare.report.run.answer import Answer
from compare.report.timing.sentences import describe_payback, describe_steady_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.results.cells import CellGroup
    from compare.runs.folder import Run


def list_answers(run: Run, groups: Sequence[CellGroup]) -> tuple[Answer, ...]:
    """Return whether variants agree, how long a step takes, when a graph pays back."""
    if run.record.targets:
        return tuple(list_card_answers(run, groups))
    agree = Answer(
        question="Do they agree?",
        # A training that diverged comes first: "all cells agree" may be true as well.
        sentences=(*describe_divergences(run, groups), *summarize_agreement(groups)),
    )
    if not run.record.request.launches:
        unknown = "Not measured: this run only checked agreement."
        return (
            agree,
            Answer(question="How long does a step take?", sentences=(unknown,)),
        )
    return (
        agree,
        Answer(
            question="How long does a step take in steady state?",
            sentences=tuple(map(describe_steady_state, groups)),
        ),
        Answer(
            question="When does a static graph pay back?",
            sentences=tuple(map(describe_payback, groups)),
        ),
    )
