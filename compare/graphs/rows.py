"""The row of each node in a drawing: inputs above, and matched nodes in one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from compare.graphs.matching import NodeMatch
from compare.graphs.normal import get_node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compare.graphs.matching import Matching
    from compare.graphs.normal import Graph

    Key = tuple[str, str]  # the side, and the name of a node


def assign_rows(graph: Graph) -> dict[str, int]:
    """Return the row of each node, 0 at the top of its region.

    A node is one row below the lowest of its inputs. A node without inputs is directly
    above its first consumer.
    """
    keyed: nx.DiGraph[Key] = nx.DiGraph()
    _add_side(keyed, graph, "left", {})
    return {name: row for (_, name), row in _assign(keyed).items()}


def align_rows(
    left: Graph, right: Graph, matching: Matching
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the rows of both graphs, the same for matched nodes where possible.

    Matched nodes are merged. Those of a cycle, such as two that are computed in another
    order, are not.
    """
    merged = {
        theirs: ours
        for ours, theirs in matching.partners
        if matching.left[ours] is NodeMatch.MATCHED and ours in left and theirs in right
    }
    while True:
        keyed: nx.DiGraph[Key] = nx.DiGraph()
        _add_side(keyed, left, "left", {})
        _add_side(keyed, right, "right", merged)
        cycles = [
            each for each in nx.strongly_connected_components(keyed) if len(each) > 1
        ]
        if not cycles:
            break
        apart = {name for cycle in cycles for _, name in cycle}
        merged = {theirs: ours for theirs, ours in merged.items() if ours not in apart}
    rows = _assign(keyed)
    return (
        {name: rows["left", name] for name in left},
        {
            name: rows["left", merged[name]] if name in merged else rows["right", name]
            for name in right
        },
    )


def _add_side(
    keyed: nx.DiGraph[Key], graph: Graph, side: str, merged: dict[str, str]
) -> None:
    def key(name: str) -> Key:
        return ("left", merged[name]) if name in merged else (side, name)

    keyed.add_nodes_from(key(name) for name in graph)
    keyed.add_edges_from(
        (key(source), key(target))
        for source, target in graph.edges
        if get_node(graph, source).region == get_node(graph, target).region
    )


def _assign(keyed: nx.DiGraph[Key]) -> dict[Key, int]:
    rows: dict[Key, int] = {}
    order = list(nx.topological_sort(keyed))
    for name in order:
        rows[name] = 1 + max(
            (rows[each] for each in keyed.predecessors(name)), default=-1
        )
    for name in reversed(order):
        if not keyed.in_degree(name) and keyed.out_degree(name):
            rows[name] = max(0, _lowest(rows, keyed.successors(name)) - 1)
    return rows


def _lowest(rows: dict[Key, int], names: Iterable[Key]) -> int:
    return min(rows[each] for each in names)
