"""Remarks on a cell's timing in words, from the columns of its row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.runs.words import VoidReason
from compare.stats.steady_state import describe_unsteady_state
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.results.cells import CellResult
    from compare.runs.rows import TimingRow

UNPROVEN = "unproven: the control's interval excludes 1"


def describe_timing(line: CellResult) -> str:
    """Return all remarks on a cell's timing; empty if there are none."""
    return "; ".join(_remarks(line))


def describe_voided(timing: TimingRow) -> str:
    """Return the number of voided blocks, by reason; empty if there are none."""
    counts = {
        reason: getattr(timing, f"voided_{reason.name.lower()}")
        for reason in VoidReason
    }
    found = [f"{reason} ({count})" for reason, count in counts.items() if count]
    if not found:
        return ""
    return f"{format_count(timing.voided or 0, 'block')} voided: {', '.join(found)}"


def _remarks(line: CellResult) -> Iterator[str]:
    timing = line.timing
    if timing is None:
        return
    if line.cell.disagreement:
        yield f"disagrees: {line.cell.disagreement}"
    if timing.is_unproven:
        yield UNPROVEN
    if state := timing.unsteady_state:
        yield describe_unsteady_state(state)
    if voided := describe_voided(timing):
        yield voided
