"""What a library costs above the framework that it runs on, such as Keras on PyTorch.

Each of its variants is paired with the variant of the framework that does as much:
eager with eager, compiled with the mode that captures the training step. Which one that
is, the packages declare (`Mode.counterpart`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.frameworks import find_counterpart
from compare.results.pairs import measure_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.folder import Run
    from compare.stats.estimates import Interval


@dataclass(frozen=True, kw_only=True)
class LayerCost:
    """A variant of a library, and the one of the framework below.

    Attributes:
        group: the cells that both belong to.
        below: the framework.
        above: the library on this framework.
        ratio: of the step times, above to below, with its interval.
    """

    group: CellGroup
    below: CellResult
    above: CellResult
    ratio: Interval


def find_layer_costs(run: Run, groups: Iterable[CellGroup]) -> tuple[LayerCost, ...]:
    """Return every pair of a run; none if no library was run next to its framework.

    Raises:
        RunError: a sample is invalid.
    """
    pairs = [
        (group, cells[below], above)
        for group in groups
        for cells in [{cell.variant: cell for cell in group.lines}]
        for above in group.lines
        if (below := find_counterpart(above.variant)) in cells
    ]
    measured = measure_pairs(run, [(below, above) for _, below, above in pairs])
    return tuple(
        LayerCost(group=group, below=below, above=above, ratio=each.ratio)
        for (group, below, above), each in zip(pairs, measured, strict=True)
    )
