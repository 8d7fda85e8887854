"""The wording of a break-even: the same in sentences, tables and charts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from math import inf, isfinite, isinf
from typing import TYPE_CHECKING

from compare.render.format import (
    DASH,
    NEVER,
    format_step_interval,
    format_steps,
    is_known,
)

if TYPE_CHECKING:
    from compare.runs.rows import TimingRow

NO_CLEAR_DIFFERENCE = "no clear difference"
FROM_THE_FIRST_STEP = "from the first step"
NO_INTERVAL = "no interval"
UNIT = re.compile(r"(?<=\d) steps?")


class Outcome(Enum):
    """Whether a variant gets cheaper than the baseline, as far as a run can show."""

    REACHED = auto()
    REACHED_OR_NEVER = auto()  # the interval has no upper end
    PERHAPS_NEVER = auto()  # the estimate is never, but the interval has a lower end
    ONLY_AT_FIRST = auto()  # cheaper to start, but with slower steps
    NEVER = auto()
    UNCLEAR = auto()  # the interval reaches from the first step to never
    UNKNOWN = auto()


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """A break-even in words.

    Args:
        outcome: what the estimate and its interval show.
        label: short, for a chart: ``12,100 steps``, ``never``.
        evidence: the interval for a sentence; empty if there is nothing to add.
    """

    outcome: Outcome
    label: str
    evidence: str = ""

    @property
    def cell(self) -> str:
        """The label for a table column whose heading contains the unit, steps."""
        if self.outcome is Outcome.UNKNOWN:
            return DASH
        return UNIT.sub("", self.label)

    @property
    def clause(self) -> str:
        """The break-even for a sentence: ``after 12,100 steps (10,200-14,100)``."""
        evidence = f" ({self.evidence})" if self.evidence else ""
        return f"{'after ' if self.label[0].isdigit() else ''}{self.label}{evidence}"


def describe_break_even(
    timing: TimingRow, *, baseline: TimingRow | None = None
) -> BreakEven:
    """Return the break-even of a variant in words.

    Args:
        timing: of the variant. Its estimate and each end of its interval may be
            infinite (never), 0 (from the first step) or NaN (unknown).
        baseline: the timing of the baseline, to recognise a variant that is cheaper
            only for the first steps.
    """
    point = timing.break_even_steps
    if not is_known(point):
        return BreakEven(outcome=Outcome.UNKNOWN, label="not known")
    low, high = (
        end if is_known(end) else point
        for end in (timing.break_even_low, timing.break_even_high)
    )
    if low <= 0 and isinf(high):
        return BreakEven(outcome=Outcome.UNCLEAR, label=NO_CLEAR_DIFFERENCE)
    if isinf(point):
        return _describe_never(timing, baseline=baseline)
    label = _count_steps(point) if point > 0 else FROM_THE_FIRST_STEP
    if isinf(high):
        return BreakEven(
            outcome=Outcome.REACHED_OR_NEVER,
            label=f"{label} or {NEVER}",
            evidence=_earliest(timing.break_even_low),
        )
    interval = format_step_interval(timing.break_even_low, timing.break_even_high)
    is_exact = point <= 0 and high <= 0
    evidence = "" if interval and is_exact else interval or NO_INTERVAL
    return BreakEven(outcome=Outcome.REACHED, label=label, evidence=evidence)


def _describe_never(timing: TimingRow, *, baseline: TimingRow | None) -> BreakEven:
    """Return the words for an estimate of never."""
    low = timing.break_even_low
    # A lower end below infinity, or an unknown one below an infinite upper end, leaves
    # open that the steps cost less than the baseline's.
    is_open = isfinite(low) or (not is_known(low) and timing.break_even_high == inf)
    if is_open:
        return BreakEven(
            outcome=Outcome.PERHAPS_NEVER,
            label=f"perhaps {NEVER}",
            evidence=_earliest(low),
        )
    steps_ahead = timing.cheaper_until(baseline) if baseline else 0.0
    if steps_ahead >= 1:
        label = f"first {_count_steps(steps_ahead)} only"
        return BreakEven(outcome=Outcome.ONLY_AT_FIRST, label=label)
    evidence = "" if is_known(low) else NO_INTERVAL
    return BreakEven(outcome=Outcome.NEVER, label=NEVER, evidence=evidence)


def _count_steps(number: float) -> str:
    shown = format_steps(number)
    return f"{shown} {'step' if shown == '1' else 'steps'}"


def _earliest(low: float) -> str:
    return f"{format_steps(low)} at the earliest" if isfinite(low) and low > 0 else ""
