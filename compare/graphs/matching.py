"""Match the nodes of two graphs: which operation of one is which of the other.

A node is *matched* with one node of the same kind, *fused* with several of the other
graph into one (or several into it), *folded* if it only changes layout or depends on
constants and the other graph has no such node, or *only* in its own graph.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from compare.graphs.normal import CONSTANT, get_kind, get_node
from compare.graphs.similarity import (
    IMPOSSIBLE,
    SUPPORT,
    Signatures,
    score_names,
    score_order,
    score_shapes,
    score_support,
)
from compare.graphs.skeleton import (
    Skeleton,
    build_skeleton,
    find_transparent,
    resolve_sources,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from compare.graphs.normal import Graph
    from compare.graphs.similarity import Score

MAX_ROUNDS = 6  # of assignment; most pairs of graphs need two or three


class NodeMatch(StrEnum):
    """What became of a node in the other graph."""

    MATCHED = "matched"
    FUSED = "fused"
    FOLDED = "folded"
    ONLY_LEFT = "only left"
    ONLY_RIGHT = "only right"


@dataclass(frozen=True, kw_only=True)
class Matching:
    """Which nodes of two graphs are the same.

    Attributes:
        left: status of each node of the left graph, by name.
        right: the same of the right graph.
        partners: pairs of names, left then right. A fused node is in several pairs.
    """

    left: Mapping[str, NodeMatch]
    right: Mapping[str, NodeMatch]
    partners: tuple[tuple[str, str], ...]

    def partners_of_left(self) -> dict[str, list[str]]:
        """Return left name -> names on the right."""
        return _group_pairs(self.partners)

    def partners_of_right(self) -> dict[str, list[str]]:
        """Return right name -> names on the left."""
        return _group_pairs((right, left) for left, right in self.partners)


@dataclass(kw_only=True)
class _Work:
    """Two graphs while they are matched, and the pairs found so far."""

    left: Graph
    right: Graph
    clear_left: set[str]  # transparent nodes
    clear_right: set[str]
    pairs: dict[tuple[str, str], None] = field(default_factory=dict)

    def taken_left(self) -> set[str]:
        return {left for left, _ in self.pairs}

    def taken_right(self) -> set[str]:
        return {right for _, right in self.pairs}


def match_graphs(left: Graph, right: Graph) -> Matching:
    """Return which nodes of two graphs in normal form are the same.

    Nodes that name their `parts` in the other graph, as those of an optimizer do, are
    paired with these. The others are paired by kind, shape, neighbourhood and
    order: the assignment of the highest total similarity, repeated with the share of
    neighbours that the previous one matched. What is left over is looked at again
    without contracted pairs, then for fusion between the same neighbours.
    """
    work = _Work(
        left=left,
        right=right,
        clear_left=find_transparent(left),
        clear_right=find_transparent(right),
    )
    work.pairs.update(dict.fromkeys(_list_stated_parts(left, right)))
    stated = {*work.taken_left(), *work.taken_right()}
    _match_units(work, kept_apart=stated)
    # Composites without a partner are taken apart; a partner may be one of their parts.
    _match_units(work, kept_apart={*stated, *_list_untaken(work)})
    _find_fusions(work)
    _match_transparent(work)
    return _summarize(work)


def _list_stated_parts(left: Graph, right: Graph) -> Iterable[tuple[str, str]]:
    for name in right:
        yield from ((p, name) for p in get_node(right, name).parts if p in left)
    for name in left:
        yield from ((name, p) for p in get_node(left, name).parts if p in right)


def _list_untaken(work: _Work) -> set[str]:
    return (set(work.left) - work.taken_left()) | (set(work.right) - work.taken_right())


def _match_units(work: _Work, *, kept_apart: Collection[str]) -> None:
    """Pair the units of both skeletons and add the pairs of their members."""
    ours = build_skeleton(work.left, transparent=work.clear_left, kept_apart=kept_apart)
    theirs = build_skeleton(
        work.right, transparent=work.clear_right, kept_apart=kept_apart
    )
    signatures = Signatures(ours, theirs)
    fixed = _list_fixed(work, ours, theirs)
    groups = _list_candidates(ours, theirs, fixed)
    fits = [_score_fit(ours, theirs, rows, cols) for rows, cols in groups]
    looks = [signatures.score(rows, cols) for rows, cols in groups]
    found: set[tuple[int, int]] = set()
    support = sparse.csr_array((len(ours.units), len(theirs.units)))
    for _ in range(MAX_ROUNDS):
        last, found = found, set()
        for (rows, cols), fit, signature in zip(groups, fits, looks, strict=True):
            near = support[rows][:, cols].toarray() if support.nnz else 0.0
            found |= _assign(rows, cols, fit + signature + SUPPORT * near)
        matched = _as_matrix(found | fixed, ours, theirs)
        support = score_support(ours, theirs, matched)
        if found == last:
            break
    alone = {(rows[0], cols[0]) for rows, cols in groups if len(rows) == len(cols) == 1}
    for row, col in sorted(found):
        if (
            support[row, col] > 0
            or (row, col) in alone
            or signatures.are_neighbours_equal(row, col)
        ):
            _add_members(work, ours.units[row].members, theirs.units[col].members)


def _add_members(work: _Work, ours: tuple[str, ...], theirs: tuple[str, ...]) -> None:
    """Pair the members of two units: one by one if there are as many, else all."""
    same = len(ours) == len(theirs)
    pairs = zip(ours, theirs, strict=True) if same else product(ours, theirs)
    work.pairs.update(dict.fromkeys(pairs))


def _list_fixed(work: _Work, ours: Skeleton, theirs: Skeleton) -> set[tuple[int, int]]:
    """Return the pairs of units whose members are already paired."""
    rows, cols = _index_members(ours), _index_members(theirs)
    return {
        (rows[left], cols[right])
        for left, right in work.pairs
        if left in rows and right in cols
    }


def _index_members(skeleton: Skeleton) -> dict[str, int]:
    return {
        member: number
        for number, unit in enumerate(skeleton.units)
        for member in unit.members
    }


def _list_candidates(
    ours: Skeleton, theirs: Skeleton, fixed: Collection[tuple[int, int]]
) -> list[tuple[list[int], list[int]]]:
    """Return the units of each kind that are not paired yet."""
    rows, cols = {row for row, _ in fixed}, {col for _, col in fixed}
    groups: dict[str, tuple[list[int], list[int]]] = {}
    for side, (skeleton, taken) in enumerate(((ours, rows), (theirs, cols))):
        for number, unit in enumerate(skeleton.units):
            if number not in taken:
                groups.setdefault(unit.kind, ([], []))[side].append(number)
    return [group for group in groups.values() if group[0] and group[1]]


def _score_fit(
    ours: Skeleton, theirs: Skeleton, rows: Sequence[int], cols: Sequence[int]
) -> Score:
    """Return what does not depend on neighbours: shape, name, order, region."""
    left, right = [ours.units[n] for n in rows], [theirs.units[n] for n in cols]
    apart = [[a.region != b.region for b in right] for a in left]
    return (
        score_shapes(left, right)
        + score_names(left, right)
        + score_order(rows, cols, (len(ours.units), len(theirs.units)))
        + IMPOSSIBLE * np.array(apart, float)
    )


def _assign(
    rows: Sequence[int], cols: Sequence[int], score: Score
) -> set[tuple[int, int]]:
    """Return the pairs of the highest total score, without impossible ones."""
    chosen = np.transpose(linear_sum_assignment(score, maximize=True)).tolist()
    return {(rows[a], cols[b]) for a, b in chosen if score[a, b] > IMPOSSIBLE / 2}


def _as_matrix(
    pairs: Collection[tuple[int, int]], ours: Skeleton, theirs: Skeleton
) -> sparse.csr_array:
    rows = [row for row, _ in pairs]
    cols = [col for _, col in pairs]
    shape = (len(ours.units), len(theirs.units))
    return sparse.csr_array((np.ones(len(pairs)), (rows, cols)), shape=shape)


def _find_fusions(work: _Work) -> None:
    """Pair several unmatched nodes with one between the same neighbours."""
    for whole, parts in _list_fusions(
        work.right,
        work.left,
        work.clear_right,
        work.clear_left,
        {right: left for left, right in work.pairs},
        work.taken_left(),
    ):
        work.pairs.update(((part, whole), None) for part in parts)
    for whole, parts in _list_fusions(
        work.left,
        work.right,
        work.clear_left,
        work.clear_right,
        dict(work.pairs.keys()),
        work.taken_right(),
    ):
        work.pairs.update(((whole, part), None) for part in parts)


def _list_fusions(  # noqa: PLR0913, PLR0917 - both graphs with what is known of them
    one: Graph,
    several: Graph,
    clear_one: Collection[str],
    clear_several: Collection[str],
    partner: Mapping[str, str],
    taken: set[str],
) -> Iterable[tuple[str, list[str]]]:
    """Yield a node of one graph and the nodes of the other between its neighbours."""
    seen_one, seen = _bypass(one, clear_one), _bypass(several, clear_several)
    free = set(seen) - taken
    for whole in seen_one:
        if whole in partner:
            continue
        before = [partner[n] for n in seen_one.predecessors(whole) if n in partner]
        after = [partner[n] for n in seen_one.successors(whole) if n in partner]
        is_last = not seen_one.out_degree(whole)
        parts = _find_between(seen, before, after, free=free, is_last=is_last)
        if len(parts) > 1:
            free -= parts
            yield whole, [name for name in seen if name in parts]


def _bypass(graph: Graph, transparent: Collection[str]) -> Graph:
    """Return a graph without its transparent nodes, their neighbours connected."""
    bypassed: Graph = nx.DiGraph()
    for name, sources in resolve_sources(graph, transparent).items():
        if name not in transparent:
            bypassed.add_node(name)
            bypassed.add_edges_from((source, name) for source in sources)
    return bypassed


def _find_between(
    graph: Graph,
    before: Iterable[str],
    after: Iterable[str],
    *,
    free: set[str],
    is_last: bool,
) -> set[str]:
    """Return the free nodes on paths through free nodes between matched neighbours."""
    ahead = _reach(graph.successors, before, free)
    found = ahead if is_last else ahead & _reach(graph.predecessors, after, free)
    if found and nx.is_weakly_connected(graph.subgraph(found)):
        return found
    return set()


def _reach(step: object, starts: Iterable[str], free: set[str]) -> set[str]:
    """Return the free nodes that are reached from some nodes through free nodes."""
    assert callable(step)
    found: set[str] = set()
    waiting = [each for start in starts for each in step(start)]
    while waiting:
        name = waiting.pop()
        if name in free and name not in found:
            found.add(name)
            waiting.extend(step(name))
    return found


def _match_transparent(work: _Work) -> None:
    """Pair layout operations, then constants, between the same operations."""
    _match_places(
        work,
        _describe_places(work.left, work.clear_left),
        _describe_places(work.right, work.clear_right),
    )
    _match_places(
        work,
        _describe_constants(work.left, work.clear_left),
        _describe_constants(work.right, work.clear_right),
    )


def _match_places(
    work: _Work, ours: Mapping[str, _Place], theirs: Mapping[str, _Place]
) -> None:
    """Pair nodes of a kind whose places have most in common."""
    partner = _group_pairs(work.pairs)
    taken_left, taken_right = work.taken_left(), work.taken_right()
    places = {
        name: place.translate(partner)
        for name, place in ours.items()
        if name not in taken_left
    }
    others = {
        name: place.between for name, place in theirs.items() if name not in taken_right
    }
    kinds = dict.fromkeys(ours[name].kind for name in places)
    for kind in kinds:
        rows = [name for name in places if ours[name].kind == kind]
        cols = [name for name in others if theirs[name].kind == kind]
        if not cols:
            continue
        shares = np.array(
            [
                [
                    _share(places[row], others[col])
                    if _may_be_equal(work, row, col)
                    else 0.0
                    for col in cols
                ]
                for row in rows
            ]
        )
        for row, col in zip(*linear_sum_assignment(shares, maximize=True), strict=True):
            if shares[row, col] > 0:
                work.pairs[rows[row], cols[col]] = None


def _share(
    ours: Collection[tuple[str, str]], theirs: Collection[tuple[str, str]]
) -> float:
    """Return the share of places in common (Jaccard index)."""
    union = set(ours) | set(theirs)
    return len(set(ours) & set(theirs)) / len(union) if union else 0.0


def _may_be_equal(work: _Work, left: str, right: str) -> bool:
    ours, theirs = get_node(work.left, left).shape, get_node(work.right, right).shape
    if ours is None or theirs is None or -1 in ours or -1 in theirs:
        return True
    return sorted(ours) == sorted(theirs)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a transparent node is: pairs of a node before it and a node after it."""

    kind: str
    between: frozenset[tuple[str, str]]

    def translate(self, partner: Mapping[str, list[str]]) -> set[tuple[str, str]]:
        """Return the pairs in names of the other graph; unpaired nodes are left out."""
        return {
            pair
            for before, after in self.between
            for pair in product(
                partner.get(before, ()) if before else [""],
                partner.get(after, ()) if after else [""],
            )
        }


def _describe_places(graph: Graph, transparent: Collection[str]) -> dict[str, _Place]:
    """Return the place of each layout operation, among operations of the skeleton."""
    sources = resolve_sources(graph, transparent)
    consumers = resolve_sources(graph.reverse(), transparent)
    return {
        name: _Place(
            kind=get_kind(graph, name),
            between=frozenset(product(sources[name] or [""], consumers[name] or [""])),
        )
        for name in nx.topological_sort(graph)
        if name in transparent
        and get_kind(graph, name) != CONSTANT
        and (sources[name] or consumers[name])
    }


def _describe_constants(
    graph: Graph, transparent: Collection[str]
) -> dict[str, _Place]:
    """Return the place of each constant: the nodes that take it."""
    return {
        name: _Place(
            kind=CONSTANT,
            between=frozenset(("", user) for user in graph.successors(name)),
        )
        for name in graph
        if name in transparent and get_kind(graph, name) == CONSTANT
    }


def _summarize(work: _Work) -> Matching:
    forward = _group_pairs(work.pairs)
    backward = _group_pairs((right, left) for left, right in work.pairs)
    return Matching(
        left={
            name: _judge(
                name, forward, backward, work.clear_left, only=NodeMatch.ONLY_LEFT
            )
            for name in work.left
        },
        right={
            name: _judge(
                name, backward, forward, work.clear_right, only=NodeMatch.ONLY_RIGHT
            )
            for name in work.right
        },
        partners=tuple(work.pairs),
    )


def _judge(
    name: str,
    partners: Mapping[str, list[str]],
    back: Mapping[str, list[str]],
    transparent: Collection[str],
    *,
    only: NodeMatch,
) -> NodeMatch:
    found = partners.get(name, [])
    if len(found) == 1 and len(back[found[0]]) == 1:
        return NodeMatch.MATCHED
    if found:
        return NodeMatch.FUSED
    return NodeMatch.FOLDED if name in transparent else only


def _group_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for one, other in pairs:
        groups.setdefault(one, []).append(other)
    return groups
