"""Summarize in a sentence whether the programs of a lesson agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.study.comparison import NUMPY
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.render.table import Tone
    from compare.study.comparison import ArrayComparison
    from compare.study.site.columns import FrameworkColumn


@dataclass(frozen=True, kw_only=True)
class LessonVerdict:
    """A sentence for the lesson's page, and a few words for the list of lessons."""

    text: str
    short: str
    tone: Tone


def summarize_lesson(
    columns: Sequence[FrameworkColumn], compared: Sequence[ArrayComparison]
) -> LessonVerdict:
    """Return on how many arrays the programs agree, or on which they disagree."""
    wrong = [each for each in compared if each.reason]
    missing = [f"{each.title} {each.status}" for each in columns if not each.ran]
    if wrong:
        short = _format_disagreement(wrong)
        return LessonVerdict(
            text=_format_sentence(columns, short), short=short, tone="bad"
        )
    short = _format_agreement(compared)
    if missing:
        short = f"{join_words(missing, conjunction='and')}; {short}"
        return LessonVerdict(text=f"{short}.", short=short, tone="caution")
    return LessonVerdict(
        text=_format_sentence(columns, short), short=short, tone="good"
    )


def _format_disagreement(wrong: Sequence[ArrayComparison]) -> str:
    """Return the names of the arrays that disagree.

    Disagreement with NumPy is reported only if the frameworks agree with each other.
    """
    between = [each for each in wrong if each.other != NUMPY]
    names = dict.fromkeys(each.name for each in between or wrong)
    verb = "disagree" if between else "disagree with NumPy"
    return f"{verb} on {join_words(names, conjunction='and')}"


def _format_agreement(compared: Sequence[ArrayComparison]) -> str:
    """Return on how many arrays the frameworks agree with each other and NumPy."""
    between = {each.name for each in compared if each.other != NUMPY}
    numpy = {each.name for each in compared if each.other == NUMPY}
    with_numpy = f"with NumPy on {len(numpy)}"
    if between:
        also = f", {with_numpy}" if numpy else ""
        return f"agree on {format_count(len(between), 'array')}{also}"
    return f"agrees {with_numpy}" if numpy else "nothing was compared"


def _format_sentence(columns: Sequence[FrameworkColumn], predicate: str) -> str:
    ran = [each.title for each in columns if each.ran]
    return f"{join_words(ran, conjunction='and')} {predicate}."
