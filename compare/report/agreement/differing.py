"""Where cells first differ, in sentences; alike ones together."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from compare import quirks
from compare.render.format import of_tolerance, received_for
from compare.results.cells import join_labels

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from compare.results.cells import CellGroup, CellResult
    from compare.results.findings import Difference

STEPS_AGREE = (
    "Single steps from the reference's own parameters agree; what differs gathers over "
    "steps."
)
NOTHING_KNOWN = "No known mistake explains it."


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """One cell that disagrees, in one dtype."""

    comparison: CellGroup
    line: CellResult
    difference: Difference

    @property
    def is_proof(self) -> bool:
        """Whether it was found in a dtype that nobody asked for."""
        return self.difference.dtype != self.line.cell.dtype


def cases(comparisons: Iterable[CellGroup]) -> list[list[Disagreement]]:
    """Every difference; those of one workload and one description together.

    Each group begins with a cell's own dtype, where one is in it.
    """
    groups: dict[tuple[object, ...], list[Disagreement]] = {}
    for case in _each(comparisons):
        found = case.difference
        alike = (
            found.check,
            found.step,
            found.quantity,
            found.cause,
            _is_number(found),
        )
        groups.setdefault((case.line.cell.workload, *alike), []).append(case)
    return [sorted(group, key=lambda case: case.is_proof) for group in groups.values()]


def subject(group: Sequence[Disagreement], *, every: Collection[str] = ()) -> str:
    """The cells of a group; the dtype is named where it is not the cell's own."""
    naming = any(case.is_proof for case in group)
    found = (
        case.line.place_in(case.difference.dtype) if naming else case.line.place
        for case in group
    )
    return join_labels(found, every=every)


def differs(group: Sequence[Disagreement], *, every: Collection[str] = ()) -> str:
    """What of these cells is out of tolerance first, and why, in short sentences."""
    first = group[0].difference
    said = f"first out of tolerance is {first.place}, {what(first)}. {why(first)}"
    return f"{subject(group, every=every)}: {said}".rstrip()


def what(difference: Difference) -> str:
    """What was received, what was expected, and how much of the tolerance that is."""
    said = received_for(difference.expected, difference.received)
    if not isfinite(difference.fraction):
        return said
    return f"{said}, {of_tolerance(difference.fraction)}"


def why(difference: Difference) -> str:
    """The likely cause; that there is none; nothing where nobody looked."""
    if not difference.searched:
        return ""
    if not difference.cause:
        return NOTHING_KNOWN
    if difference.cause in quirks.quirk_names():
        return (
            f"Likely cause: {difference.explanation} "
            f"(graph-compare quirks {difference.cause})."
        )
    return f"Likely cause: {difference.explanation} ({difference.cause})."


def seen_in(case: Disagreement) -> str:
    """Whose layers' outputs were looked at."""
    mode, shown = case.line.cell.mode, case.difference.activations
    if case.difference.check != "step":
        return STEPS_AGREE
    if not shown:
        return ""
    if shown == mode:
        return f"The activations are those of {case.line.variant} itself."
    return (
        f"{case.line.variant} hides its layers' outputs: the activations are those of "
        f"{case.line.cell.framework}/{shown}, which stands in for it."
    )


def _each(comparisons: Iterable[CellGroup]) -> Iterator[Disagreement]:
    for comparison in comparisons:
        for line in comparison.lines:
            for difference in line.differences:
                yield Disagreement(
                    comparison=comparison, line=line, difference=difference
                )


def _is_number(difference: Difference) -> bool:
    return isfinite(difference.received)
