"""The verdict on a cell's agreement in words, the same in every table and sentence.

"Agrees" alone would claim too much for a cell that is partly undecided. Each function
therefore states both: what agrees, and what is undecided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.results.findings import (
    find_undecided_from,
    judge_checks,
    select_trajectory,
)
from compare.runs.words import Verdict
from compare.wording import join_words

if TYPE_CHECKING:
    import pandas as pd

    from compare.results.findings import Agreement


def describe_agreement(agreement: Agreement | None) -> str:
    """Return the verdict on a cell; empty if nothing was compared with the reference.

    Examples: ``agrees``; ``agrees; trajectory undecided from step 1 on``; ``agrees in
    float64; undecided in bfloat16``; ``disagrees``; ``undecided``.
    """
    if agreement is None or not agreement.dtypes:
        return ""
    if undecided := describe_undecided_part(agreement):
        own = agreement.undecided_dtypes
        decided = [dtype for dtype in agreement.dtypes if dtype not in own]
        where = f" in {join_words(decided, conjunction='and')}" if own else ""
        return f"{Verdict.AGREES}{where}; {undecided}"
    return _describe_judgement(agreement.agrees)


def describe_undecided_part(agreement: Agreement) -> str:
    """Return what is undecided of a cell that agrees; empty if nothing is.

    Single undecided tensors do not count: the part is a whole dtype, or all tensors of
    the trajectory from a step on.
    """
    if not agreement.agrees:
        return ""
    if dtypes := agreement.undecided_dtypes:
        return f"undecided in {join_words(dtypes, conjunction='and')}"
    return _describe_undecided_steps(agreement.undecided_from)


def describe_checks(compared: pd.DataFrame) -> str:
    """Return the verdict on the checks of a variant against the reference in one dtype.

    Empty if there are none.
    """
    if compared.empty:
        return ""
    judgement = judge_checks(compared)
    undecided = _describe_undecided_steps(
        find_undecided_from(select_trajectory(compared))
    )
    if judgement and undecided:
        return f"{Verdict.AGREES}; {undecided}"
    return _describe_judgement(judgement)


def _describe_judgement(judgement: bool | None) -> str:  # noqa: FBT001 - a verdict
    if judgement is None:
        return Verdict.UNDECIDED
    return Verdict.AGREES if judgement else Verdict.DISAGREES


def _describe_undecided_steps(first: int | None) -> str:
    if first is None:
        return ""
    return (
        f"trajectory undecided from step {first} on"
        if first
        else ("trajectory undecided")
    )
