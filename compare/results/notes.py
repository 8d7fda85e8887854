"""Remarks on a cell's timing, in words, from the columns of its row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.wording import format_count
from compare.runs.words import VoidReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.results.cells import Line
    from compare.runs.rows import TimingRow

UNPROVEN = "unproven: the control's interval excludes 1"


def describe_timing(line: Line) -> str:
    """Return everything to remark on a cell's timing, or an empty string."""
    return "; ".join(_remarks(line))


def describe_unsteady(timing: TimingRow) -> str:
    """Return from where on a session's steps took another time."""
    assert timing.unsteady_round is not None
    assert timing.unsteady_launch is not None
    less = "less" if timing.unsteady_change < 0 else "more"
    return (
        f"no steady state reached: from round {timing.unsteady_round + 1} of launch "
        f"{timing.unsteady_launch + 1} on, steps took "
        f"{abs(timing.unsteady_change):.0%} {less}"
    )


def describe_voided(timing: TimingRow) -> str:
    """Return how many blocks do not count, by reason; empty where all count."""
    counts = {
        reason: getattr(timing, f"voided_{reason.name.lower()}")
        for reason in VoidReason
    }
    found = [f"{reason} ({count})" for reason, count in counts.items() if count]
    if not found:
        return ""
    return f"{format_count(timing.voided or 0, 'block')} voided: {', '.join(found)}"


def _remarks(line: Line) -> Iterator[str]:
    timing = line.timing
    if timing is None:
        return
    if line.cell.disagreement:
        yield f"disagrees: {line.cell.disagreement}"
    if timing.is_unproven:
        yield UNPROVEN
    if timing.is_unsteady:
        yield describe_unsteady(timing)
    if voided := describe_voided(timing):
        yield voided
