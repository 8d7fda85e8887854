"""Whether the programs of a lesson agree, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.study.agreement import NUMPY
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.render.table import Tone
    from compare.study.agreement import Compared
    from compare.study.site.columns import Column


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A sentence for the lesson, a few words for the list of lessons."""

    text: str
    short: str
    tone: Tone


def verdict(columns: Sequence[Column], compared: Sequence[Compared]) -> Verdict:
    """Agreement of everything that was compared, or the names of what does not."""
    wrong = [each for each in compared if each.reason]
    missing = [f"{each.title} {each.status}" for each in columns if not each.ran]
    if wrong:
        short = _disagreed(wrong)
        return Verdict(text=_sentence(columns, short), short=short, tone="bad")
    short = _agreed(compared)
    if missing:
        short = f"{join_words(missing, conjunction='and')}; {short}"
        return Verdict(text=f"{short}.", short=short, tone="caution")
    return Verdict(text=_sentence(columns, short), short=short, tone="good")


def _disagreed(wrong: Sequence[Compared]) -> str:
    """On which arrays; with NumPy, where the frameworks agree with each other."""
    between = [each for each in wrong if each.other != NUMPY]
    names = dict.fromkeys(each.name for each in between or wrong)
    whom = "disagree" if between else "disagree with NumPy"
    return f"{whom} on {join_words(names, conjunction='and')}"


def _agreed(compared: Sequence[Compared]) -> str:
    """On how many arrays the frameworks agree, and with NumPy."""
    between = {each.name for each in compared if each.other != NUMPY}
    numpy = {each.name for each in compared if each.other == NUMPY}
    with_numpy = f"with NumPy on {len(numpy)}"
    if between:
        also = f", {with_numpy}" if numpy else ""
        return f"agree on {format_count(len(between), 'array')}{also}"
    return f"agrees {with_numpy}" if numpy else "nothing was compared"


def _sentence(columns: Sequence[Column], said: str) -> str:
    ran = [each.title for each in columns if each.ran]
    return f"{join_words(ran, conjunction='and')} {said}."
