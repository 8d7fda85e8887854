"""The drawing of a graph or of a pair on a page, with its legend and its lists."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from compare.graphs.matching import NodeMatch
from compare.graphs.normal import get_node
from compare.graphs.pictures.drawing import (
    DrawnGraph,
    GraphSide,
    draw_gradient_key,
    draw_key,
    draw_saved_key,
    draw_sides,
    identify_nodes,
)
from compare.graphs.pictures.layout import LAYOUT_IS_INSTALLED, NOT_INSTALLED
from compare.graphs.pictures.sides import limit_size
from compare.graphs.pictures.tables import describe_pair, list_nodes
from compare.graphs.rows import align_rows, assign_rows
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from markupsafe import Markup

    from compare.graphs.normal import Graph
    from compare.graphs.pictures.sides import GraphPair, Shown

MEANINGS = {
    NodeMatch.MATCHED: "matched: the same operation on both sides",
    NodeMatch.FUSED: "fused: several nodes on one side, one on the other",
    NodeMatch.FOLDED: "folded: only changes layout, or depends on constants alone",
    NodeMatch.ONLY_LEFT: "only on the left",
    NodeMatch.ONLY_RIGHT: "only on the right",
}


BACKWARD = "run by the backward pass"
SAVED = "into the backward pass: saved tensors, and the gradient of the loss"


@dataclass(frozen=True, kw_only=True)
class Listing:
    """All nodes of a graph as text, one a line."""

    caption: str
    text: str


@dataclass(frozen=True, kw_only=True)
class GraphPicture:
    """One drawing.

    Attributes:
        ident: unique on the page.
        heading: printed above it.
        caption: its counts, and what is left out.
        draw: returns the drawing.
        legend: the outlines that are used, with their meanings.
        listings: the same nodes as text.
    """

    ident: str
    heading: str
    caption: str
    draw: Callable[[], DrawnGraph]
    legend: tuple[tuple[Markup, str], ...]
    listings: tuple[Listing, ...]


def picture_graph(shown: Shown, *, ident: str) -> GraphPicture:
    """Return the drawing of one graph."""
    drawn = limit_size(shown.graph)
    caption = (
        f"{shown.view}: {format_count(len(shown.graph), 'node')}."
        f"{_describe_limit(shown, drawn)}"
    )

    def list_sides() -> list[GraphSide]:
        return [
            GraphSide(
                ident=f"{ident}L",
                title=shown.title,
                graph=drawn,
                rows=assign_rows(drawn),
                statuses={},
                partners={},
            )
        ]

    return GraphPicture(
        ident=ident,
        heading=shown.title,
        caption=caption,
        draw=partial(_draw, list_sides, ident=ident, label=caption),
        legend=tuple(_explain_gradients(drawn)),
        listings=(
            Listing(
                caption=f"List: {shown.title}",
                text=list_nodes(shown.graph, {}, {}, None),
            ),
        ),
    )


def picture_pair(pair: GraphPair, *, ident: str) -> GraphPicture:
    """Return the drawing of two graphs, with matched nodes in the same row."""
    left, right = limit_size(pair.left.graph), limit_size(pair.right.graph)
    limits = _describe_limit(pair.left, left) + _describe_limit(pair.right, right)
    views = f"Left: {pair.left.view}. Right: {pair.right.view}."
    caption = f"{views} {describe_pair(pair)}{limits}"
    matching = pair.matching
    used = {*matching.left.values(), *matching.right.values()}
    return GraphPicture(
        ident=ident,
        heading=pair.title,
        caption=caption,
        draw=partial(
            _draw,
            partial(_list_pair_sides, pair, left, right, ident=ident),
            ident=ident,
            label=caption,
        ),
        legend=(
            *(
                (draw_key(status), MEANINGS[status])
                for status in NodeMatch
                if status in used
            ),
            *_explain_gradients(left, right),
        ),
        listings=(
            Listing(
                caption=f"List of the left graph: {pair.left.title}",
                text=list_nodes(
                    pair.left.graph,
                    matching.left,
                    matching.partners_of_left(),
                    pair.right.graph,
                ),
            ),
            Listing(
                caption=f"List of the right graph: {pair.right.title}",
                text=list_nodes(
                    pair.right.graph,
                    matching.right,
                    matching.partners_of_right(),
                    pair.left.graph,
                ),
            ),
        ),
    )


def _explain_gradients(*graphs: Graph) -> Iterator[tuple[Markup, str]]:
    """Yield the keys of the backward pass, if one was recorded."""
    nodes = (get_node(graph, name) for graph in graphs for name in graph)
    if any(node.is_gradient for node in nodes):
        yield draw_gradient_key(), BACKWARD
        yield draw_saved_key(), SAVED


def _list_pair_sides(
    pair: GraphPair, left: Graph, right: Graph, *, ident: str
) -> list[GraphSide]:
    matching = pair.matching
    ours, theirs = (
        identify_nodes(f"{ident}{letter}", graph)
        for letter, graph in (("L", left), ("R", right))
    )
    left_rows, right_rows = align_rows(left, right, matching)
    return [
        GraphSide(
            ident=f"{ident}L",
            title=pair.left.title,
            graph=left,
            rows=left_rows,
            statuses=matching.left,
            partners={
                name: [theirs[each] for each in found if each in theirs]
                for name, found in matching.partners_of_left().items()
            },
        ),
        GraphSide(
            ident=f"{ident}R",
            title=pair.right.title,
            graph=right,
            rows=right_rows,
            statuses=matching.right,
            partners={
                name: [ours[each] for each in found if each in ours]
                for name, found in matching.partners_of_right().items()
            },
        ),
    ]


def _draw(
    list_sides: Callable[[], list[GraphSide]], *, ident: str, label: str
) -> DrawnGraph:
    if not LAYOUT_IS_INSTALLED:
        return DrawnGraph(content=NOT_INSTALLED)
    return draw_sides(list_sides(), ident=ident, label=label)


def _describe_limit(shown: Shown, drawn: Graph) -> str:
    if len(drawn) == len(shown.graph):
        return ""
    return (
        f" {shown.title} is too large to draw: its largest part is drawn, "
        f"{len(drawn):,} of {len(shown.graph):,} nodes. The list has all of them."
    )
