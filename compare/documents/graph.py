"""The result of ``graph``: the graphs of each variant, and how they are matched."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from compare.contract import CapturedGraph, GraphStage
from compare.graphs.matching import NodeMatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from compare.graphs.pictures.sides import GraphPair, Shown


class VariantGraphs(msgspec.Struct, frozen=True, kw_only=True):
    """The graphs of one variant, at every stage that it has."""

    variant: str
    graphs: list[CapturedGraph]


class MatchedSide(msgspec.Struct, frozen=True, kw_only=True):
    """One graph of a pair: how many of its nodes the other graph has.

    Attributes:
        nodes: what became of a node -> number of nodes.
    """

    variant: str
    stage: GraphStage
    nodes: dict[NodeMatch, int]


class MatchedPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two graphs in normal form, matched node by node.

    Attributes:
        partners: names of nodes, left then right. A fused node is in several pairs.
    """

    left: MatchedSide
    right: MatchedSide
    partners: list[tuple[str, str]]


class GraphDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The graphs of each variant, and how they are matched.

    Attributes:
        target: the workload or model.
        files: that were written.
    """

    target: str
    variants: list[VariantGraphs]
    pairs: list[MatchedPair]
    files: list[str]


def describe_graphs(
    taken: Mapping[str, Sequence[CapturedGraph]],
    pairs: Sequence[GraphPair],
    *,
    target: str,
    files: Sequence[Path],
) -> GraphDocument:
    """Return the graphs of variants as a document."""
    return GraphDocument(
        target=target,
        variants=[
            VariantGraphs(variant=variant, graphs=list(graphs))
            for variant, graphs in taken.items()
        ],
        pairs=[_describe_matching(pair) for pair in pairs],
        files=[str(path.absolute()) for path in files],
    )


def _describe_matching(pair: GraphPair) -> MatchedPair:
    found = pair.matching
    return MatchedPair(
        left=_describe_side(pair.left, found.left),
        right=_describe_side(pair.right, found.right),
        partners=list(found.partners),
    )


def _describe_side(shown: Shown, matches: Mapping[str, NodeMatch]) -> MatchedSide:
    return MatchedSide(
        variant=shown.variant,
        stage=shown.stage,
        nodes=dict(Counter(matches.values())),
    )
