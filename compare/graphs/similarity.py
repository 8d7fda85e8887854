"""How similar the units of two skeletons are, from their neighbourhoods.

Signatures follow Weisfeiler and Lehman (1968): the signature of a unit at depth k is
made of its own kind and the signatures of its neighbours at depth k - 1. Two units have
the same signature only if their neighbourhoods of that depth look the same. Signatures
that cover all ancestors or all descendants anchor units at inputs and outputs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Sequence

    from numpy.typing import NDArray

    from compare.graphs.skeleton import Edge, Skeleton, Unit

    Score = NDArray[np.float64]
    Labels = list[int]

DEPTH = 3
ANCHOR = 3.0  # weight of a signature of all ancestors or descendants; others have 1
WITH_SHAPES = 0.5  # weight of signatures that include shapes
SUPPORT = 4.0  # of matched neighbours
SAME_SHAPE, SAME_AXES = 0.75, 0.4
SAME_NAME = 0.25  # a tie-break: names of operations are counters
SAME_INPUT_NAME = 1.0  # names of inputs and parameters are chosen by people
ORDER = 0.3
IMPOSSIBLE = -1e6
NAMED_KINDS = frozenset({"input", "parameter"})


class Signatures:
    """The signatures of two skeletons, as numbers that are comparable between them.

    Attributes:
        columns: per signature its weight and its numbers for both skeletons.
        near: the indices of columns of depth 1, which show direct neighbours.
    """

    def __init__(self, left: Skeleton, right: Skeleton) -> None:
        self._numbers: dict[Hashable, int] = {}
        self.columns: list[tuple[float, NDArray[np.int64], NDArray[np.int64]]] = []
        self.near: list[int] = []
        for weight, label in ((1.0, _label_kind), (WITH_SHAPES, _label_shape)):
            pairs = zip(self._sign(left, label), self._sign(right, label), strict=True)
            for (factor, is_near, ours), (_, _, theirs) in pairs:
                if is_near and weight == 1.0:
                    self.near.append(len(self.columns))
                self.columns.append(
                    (weight * factor, np.array(ours, int), np.array(theirs, int))
                )

    def score(self, rows: Sequence[int], columns: Sequence[int]) -> Score:
        """Return the weighted number of equal signatures of each pair of units."""
        total = np.zeros((len(rows), len(columns)))
        for weight, ours, theirs in self.columns:
            total += weight * (ours[rows][:, None] == theirs[columns][None, :])
        return total

    def are_neighbours_equal(self, row: int, column: int) -> bool:
        """Return whether all inputs, or all consumers, of two units look the same."""
        return any(
            self.columns[each][1][row] == self.columns[each][2][column]
            for each in self.near
        )

    def _number(self, key: Hashable) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def _sign(
        self, skeleton: Skeleton, label: Callable[[Unit], Hashable]
    ) -> Iterable[tuple[float, bool, Labels]]:
        """Yield weight, whether it shows direct neighbours, and one signature each."""
        own = [self._number(label(unit)) for unit in skeleton.units]
        before = _group(skeleton, lambda edge: (edge.target, edge.source))
        after = _group(skeleton, lambda edge: (edge.source, edge.target))
        back, forth, both = own, own, own
        for depth in range(1, DEPTH + 1):
            back = self._refine("back", own, back, before)
            forth = self._refine("forth", own, forth, after)
            around = self._refine("both", both, both, before)
            both = self._refine("both", around, both, after)
            yield 1.0, depth == 1 and any(before), back
            yield 1.0, depth == 1 and any(after), forth
            yield 1.0, False, both
        order = range(len(own))
        yield ANCHOR, False, self._refine_all("back", own, before, order)
        yield ANCHOR, False, self._refine_all("forth", own, after, reversed(order))

    def _refine(
        self, direction: str, own: Labels, last: Labels, neighbours: list[list[_Near]]
    ) -> Labels:
        return [
            self._number(
                (direction, own[unit], tuple(sorted((p, last[n]) for n, p in near)))
            )
            for unit, near in enumerate(neighbours)
        ]

    def _refine_all(
        self,
        direction: str,
        own: Labels,
        neighbours: list[list[_Near]],
        order: Iterable[int],
    ) -> Labels:
        """Return signatures of everything before, or after, in one pass."""
        found = list(own)
        for unit in order:
            near = tuple(sorted((p, found[n]) for n, p in neighbours[unit]))
            found[unit] = self._number((direction, own[unit], near))
        return found


_Near = tuple[int, int]  # a neighbour, and the position of the argument


def score_support(
    left: Skeleton, right: Skeleton, matched: sparse.csr_array
) -> sparse.csr_array:
    """Return which share of the neighbours of each pair of units is matched.

    `matched` has one row per unit of the left and one column per unit of the right
    skeleton. Neighbours that are the same argument count twice as much as others,
    because the order of arguments differs between frameworks.
    """
    total = sparse.csr_array((len(left.units), len(right.units)))
    positions = {edge.position for edge in (*left.edges, *right.edges)}
    for chosen in (*({each} for each in positions), positions):
        ours, theirs = _adjacency(left, chosen), _adjacency(right, chosen)
        total = total + (ours.T @ matched @ theirs + ours @ matched @ theirs.T) / 2
    scale = 1.0 / np.maximum(_degrees(left), 1)
    other = 1.0 / np.maximum(_degrees(right), 1)
    # The smaller of both shares: divided by the larger number of neighbours.
    found = total.tocoo()
    rows, columns = found.coords
    shares = found.data * np.minimum(scale[rows], other[columns])
    return sparse.csr_array((shares, (rows, columns)), shape=found.shape)


def score_shapes(ours: Sequence[Unit], theirs: Sequence[Unit]) -> Score:
    """Return how well shapes fit; `IMPOSSIBLE` for different numbers of elements."""
    kinds = {unit.shape for unit in (*ours, *theirs)}
    table = {(a, b): _score_shape(a, b) for a in kinds for b in kinds}
    scores = [[table[a.shape, b.shape] for b in theirs] for a in ours]
    return np.array(scores, float).reshape(len(ours), len(theirs))


def score_names(ours: Sequence[Unit], theirs: Sequence[Unit]) -> Score:
    """Return the bonus for equal names."""
    total = np.zeros((len(ours), len(theirs)))
    index: dict[str, list[int]] = {}
    for column, unit in enumerate(theirs):
        index.setdefault(unit.members[-1], []).append(column)
    for row, unit in enumerate(ours):
        bonus = SAME_INPUT_NAME if unit.kind in NAMED_KINDS else SAME_NAME
        total[row, index.get(unit.members[-1], [])] = bonus
    return total


def score_order(
    rows: Sequence[int], columns: Sequence[int], sizes: tuple[int, int]
) -> Score:
    """Return how close two units are in the order of their skeletons, at most `ORDER`.

    Compares places among the candidates and in the whole skeleton.
    """
    within = _distances(_ranks(len(rows)), _ranks(len(columns)))
    whole = _distances(
        np.array(rows, float) / max(sizes[0], 1),
        np.array(columns, float) / max(sizes[1], 1),
    )
    return ORDER * (1 - (within + whole) / 2)


def _ranks(count: int) -> NDArray[np.float64]:
    return np.arange(count) / max(count, 1)


def _distances(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Score:
    return np.abs(ours[:, None] - theirs[None, :])


def _score_shape(ours: tuple[int, ...] | None, theirs: tuple[int, ...] | None) -> float:
    if ours is None or theirs is None or -1 in ours or -1 in theirs:
        return 0.0
    if ours == theirs:
        return SAME_SHAPE
    if _axes(ours) == _axes(theirs):
        return SAME_AXES
    same_count = np.prod(ours, dtype=object) == np.prod(theirs, dtype=object)
    return 0.0 if same_count else IMPOSSIBLE


def _axes(shape: tuple[int, ...]) -> list[int]:
    """Return the sizes of axes in an order that does not depend on the layout."""
    return sorted(size for size in shape if size != 1)


def _label_kind(unit: Unit) -> Hashable:
    return (unit.kind, unit.region)


def _label_shape(unit: Unit) -> Hashable:
    shape = unit.shape
    axes = None if shape is None or -1 in shape else tuple(_axes(shape))
    return (unit.kind, unit.region, axes)


def _group(
    skeleton: Skeleton, ends: Callable[[Edge], tuple[int, int]]
) -> list[list[_Near]]:
    groups: list[list[_Near]] = [[] for _ in skeleton.units]
    for edge in skeleton.edges:
        here, there = ends(edge)
        groups[here].append((there, edge.position))
    return groups


def _adjacency(skeleton: Skeleton, positions: Collection[int]) -> sparse.csr_array:
    edges = [edge for edge in skeleton.edges if edge.position in positions]
    size = len(skeleton.units)
    rows = [edge.source for edge in edges]
    columns = [edge.target for edge in edges]
    ones = np.ones(len(edges))
    return sparse.csr_array((ones, (rows, columns)), shape=(size, size))


def _degrees(skeleton: Skeleton) -> NDArray[np.float64]:
    degrees = np.zeros(len(skeleton.units))
    for edge in skeleton.edges:
        degrees[edge.source] += 1
        degrees[edge.target] += 1
    return degrees
