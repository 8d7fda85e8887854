"""Sentences about cells whose mode did not capture or compile what it declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.results.cells import join_labels
from compare.runs.words import CaptureVerdict
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from compare.results.cells import CellLabel, CellResult
    from compare.runs.record import Cell


def describe_capture_problems(
    cells: Sequence[CellResult], *, every: Collection[str]
) -> Iterator[str]:
    """Yield one sentence per problem; cells with the same problem share it."""
    by_text: dict[str, list[CellLabel]] = {}
    for each in cells:
        if each.breaks_declaration and not each.is_missing:
            by_text.setdefault(_describe_problem(each.cell), []).append(each.label)
    for text, labels in by_text.items():
        yield f"{join_labels(labels, every=every)}: {text}"


def _describe_problem(cell: Cell) -> str:
    match cell.capture_verdict:
        case CaptureVerdict.NOTHING:
            return (
                f"no graph was captured; the mode declares {cell.declared}. The step "
                "ran eagerly, and all figures are those of eager steps."
            )
        case CaptureVerdict.FELL_BACK:
            return (
                f"stopped capturing without an error; the mode declares "
                f"{cell.declared}. Batches of further shapes ran eagerly, and all "
                "figures include their steps."
            )
        case CaptureVerdict.NO_COMPILER:
            return (
                "no compiler generated a kernel; the mode declares compiled steps. All "
                "figures are those of steps without a compiler."
            )
        case CaptureVerdict.LESS:
            return (
                f"captured {_describe_extent(cell)}; the mode declares "
                f"{cell.declared}. Part of each step runs in Python."
            )
        case _:
            return (
                f"captured {_describe_extent(cell)}; the mode declares "
                f"{cell.declared}. The figures are not those of this mode."
            )


def _describe_extent(cell: Cell) -> str:
    breaks = cell.graph_breaks
    return f"{cell.captures}" + (
        f" with {format_count(breaks, 'graph break')}" if breaks else ""
    )
