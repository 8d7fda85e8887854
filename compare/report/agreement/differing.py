"""Describe where cells first differ from the reference, equal differences together."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from compare import quirks
from compare.render.format import describe_received, describe_tolerance_share
from compare.results.cells import join_labels
from compare.runs.words import Check

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from compare.results.cells import CellGroup, CellResult
    from compare.results.findings import Difference

SECTION_TITLE = "First differences"
STEPS_AGREE = (
    "Single steps from the reference's own parameters agree; the difference "
    "accumulates over steps."
)
CHECKS_AGREE = "The checks before the timing agree: only timed steps differ."
NO_CAUSE = "No known mistake explains it."


@dataclass(frozen=True, kw_only=True)
class DisagreeingCell:
    """One cell that disagrees, in one dtype."""

    group: CellGroup
    line: CellResult
    difference: Difference

    @property
    def is_proof(self) -> bool:
        """Whether it was found only in the additional float64 check."""
        return self.difference.dtype != self.line.cell.dtype


def group_disagreements(groups: Iterable[CellGroup]) -> list[list[DisagreeingCell]]:
    """Return all disagreements; equal ones of one workload are in one list.

    Equal: the same check, step, tensor and cause. Each list begins with a cell in its
    own dtype, if it contains one.
    """
    found: dict[tuple[object, ...], list[DisagreeingCell]] = {}
    for case in _list_disagreements(groups):
        difference = case.difference
        key = (
            case.line.cell.workload,
            difference.check,
            difference.step,
            difference.quantity,
            difference.cause,
            isfinite(difference.received),
        )
        found.setdefault(key, []).append(case)
    return [sorted(same, key=lambda case: case.is_proof) for same in found.values()]


def describe_difference(
    same: Sequence[DisagreeingCell], *, every: Collection[str] = ()
) -> str:
    """Return which tensor of some cells is out of tolerance first, and the cause.

    Args:
        same: equal disagreements.
        every: all variants of the run.
    """
    first = same[0].difference
    text = (
        f"{_join_cells(same, every=every)}: the first tensor out of tolerance is "
        f"{first.position}, {describe_error(first)}. {describe_cause(first)}"
    )
    return text.rstrip()


def describe_error(difference: Difference) -> str:
    """Return the received and the expected value, and the error over its tolerance."""
    values = describe_received(difference.expected, difference.received)
    if not isfinite(difference.fraction):
        return values
    return f"{values}, {describe_tolerance_share(difference.fraction)}"


def describe_cause(difference: Difference) -> str:
    """Return the likely cause, or that none is known; empty without a search."""
    if not difference.searched or difference.check == Check.TIMED:
        return ""
    if not difference.cause:
        return NO_CAUSE
    if difference.cause in quirks.quirk_names():
        return (
            f"Likely cause: {difference.explanation} "
            f"(graph-compare quirks {difference.cause})."
        )
    return f"Likely cause: {difference.explanation} ({difference.cause})."


def describe_activations(case: DisagreeingCell) -> str:
    """Return which mode the compared layer outputs are from."""
    mode, shown = case.line.cell.mode, case.difference.activations
    if case.difference.check == Check.TIMED:
        return CHECKS_AGREE
    if case.difference.check != Check.STEP:
        return STEPS_AGREE
    if not shown:
        return ""
    if shown == mode:
        return f"The activations are from {case.line.variant} itself."
    return (
        f"{case.line.variant} does not expose the outputs of its layers: the "
        f"activations are from {case.line.cell.framework}/{shown}."
    )


def _join_cells(same: Sequence[DisagreeingCell], *, every: Collection[str]) -> str:
    """Return the cells; the dtype is named if it is not a cell's own."""
    names_dtype = any(case.is_proof for case in same)
    labels = (
        case.line.label_in(case.difference.dtype) if names_dtype else case.line.label
        for case in same
    )
    return join_labels(labels, every=every)


def _list_disagreements(groups: Iterable[CellGroup]) -> Iterator[DisagreeingCell]:
    for group in groups:
        for line in group.lines:
            for difference in line.differences:
                yield DisagreeingCell(group=group, line=line, difference=difference)
