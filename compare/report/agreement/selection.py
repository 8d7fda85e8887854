"""Select the workloads whose agreement a report shows in detail.

The verdicts of every cell are always shown. Details of all workloads would make the
page of a run with very many of them too large to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.results.findings import find_worst
from compare.runs.tables import AGREEMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.results.cells import CellGroup

MAX_GROUPS = 12


def select_detailed(groups: Sequence[CellGroup]) -> tuple[CellGroup, ...]:
    """Return the groups with checks, at most `MAX_GROUPS`, in their order.

    If there are more, those with disagreements come first, then those with undecided
    parts, then those with the largest errors relative to their tolerance.
    """
    checked = [group for group in groups if group.checked]
    if len(checked) <= MAX_GROUPS:
        return tuple(checked)
    ranked = sorted(range(len(checked)), key=lambda i: _rank(checked[i]), reverse=True)
    return tuple(checked[index] for index in sorted(ranked[:MAX_GROUPS]))


def describe_omission(
    shown: Sequence[CellGroup], *, groups: Sequence[CellGroup]
) -> str:
    """Return how many groups with checks are not shown; empty if all are."""
    left_out = sum(bool(group.checked) for group in groups) - len(shown)
    if left_out <= 0:
        return ""
    return (
        f"Shown: the {len(shown)} workloads with disagreements, undecided parts or the "
        f"largest errors relative to their tolerance. {left_out:,} more "
        f"{'is' if left_out == 1 else 'are'} in {AGREEMENT.file}."
    )


def _rank(group: CellGroup) -> tuple[bool, bool, float]:
    agreements = [agreement for _, agreement in group.checked]
    worst = find_worst(agreements)
    return (
        any(line.disagrees for line in group.lines),
        any(
            each.undecided_dtypes or each.undecided_from is not None
            for each in agreements
        ),
        worst.fraction if worst else 0.0,
    )
