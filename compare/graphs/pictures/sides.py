"""The sides of a comparison: what is drawn, listed and counted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import networkx as nx

from compare.errors import UsageError
from compare.graphs.attributes import sort_nodes
from compare.graphs.joining import join_stage, list_stages
from compare.graphs.matching import Matching, match_graphs
from compare.graphs.normal import normalize
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import CapturedGraph, GraphStage
    from compare.graphs.normal import Graph

MAX_DRAWN = 2000  # nodes of one graph


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The graph of one variant at one stage, in normal form."""

    variant: str
    stage: GraphStage
    graph: Graph

    @property
    def title(self) -> str:
        """Return the variant and the stage."""
        return f"{self.variant}, {self.stage}"

    @property
    def view(self) -> str:
        """Return what the framework calls the graph."""
        return str(self.graph.graph["title"])


@dataclass(frozen=True, kw_only=True)
class GraphPair:
    """Two graphs and which of their nodes are the same."""

    left: Shown
    right: Shown
    matching: Matching

    @property
    def title(self) -> str:
        """Return the titles of both graphs."""
        return f"{self.left.title}, and {self.right.title}"


def show_stage(
    variant: str,
    graphs: Sequence[CapturedGraph],
    stage: GraphStage | None = None,
) -> Shown:
    """Return the graph of a variant at a stage; without one, at its first.

    Raises:
        UsageError: the variant has no graph of this stage that can be shown.
    """
    stages = list_stages(graphs)
    if not stages or (stage and stage not in stages):
        reasons = [each.reason for each in graphs if each.reason]
        expected = f"a stage that {variant} has: {join_words(stages)}"
        why = f". Not shown: {' '.join(dict.fromkeys(reasons))}" if reasons else ""
        received = (
            f"--stage: expected {expected}; received {stage}"
            if stages
            else (
                f"{variant}: expected a graph; the variant has none that can be shown"
            )
        )
        raise UsageError(f"{received}{why}")
    chosen = stage or stages[0]
    graph = normalize(join_stage(graphs, chosen))
    return Shown(variant=variant, stage=chosen, graph=graph)


def pair_shown(left: Shown, right: Shown) -> GraphPair:
    """Return two graphs with their matching."""
    return GraphPair(
        left=left, right=right, matching=match_graphs(left.graph, right.graph)
    )


def pair_stages(variant: str, graphs: Sequence[CapturedGraph]) -> GraphPair | None:
    """Return the graph before and after the optimizer; ``None`` without both."""
    stages = list_stages(graphs)
    if len(stages) < 2:  # noqa: PLR2004 - before and after
        return None
    before, after = (show_stage(variant, graphs, each) for each in stages[-2:])
    return pair_shown(before, after)


def limit_size(graph: Graph) -> Graph:
    """Return a graph with at most `MAX_DRAWN` nodes: the largest connected part.

    If that is still too large, its first nodes in the order of computation.
    """
    if len(graph) <= MAX_DRAWN:
        return graph
    largest = max(nx.weakly_connected_components(graph), key=len)
    order = (name for name in sort_nodes(graph) if name in largest)
    return graph.subgraph(list(islice(order, MAX_DRAWN)))
