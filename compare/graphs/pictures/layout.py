"""Where the nodes of a graph are drawn: rows are given, igraph orders each row.

igraph implements the method of Sugiyama, Tagawa and Toda (1981) for layered drawings.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import networkx as nx

from compare.graphs.normal import get_node

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from compare.graphs.normal import Graph

# The layout library is an optional extra: without it there are lists, no drawings.
LAYOUT_IS_INSTALLED = find_spec("igraph") is not None
NOT_INSTALLED = "Drawings of graphs need: pip install 'graph-compare[graphs]'"

NODE_WIDTH, NODE_HEIGHT = 112, 36  # pixels
COLUMN_STEP, ROW_STEP = 124, 60
MARGIN, CAPTION_HEIGHT = 14, 24
ITERATIONS = 20  # over the rows; more made no difference at 2,000 nodes
LONG_EDGE = 6  # rows; a longer edge does not take part in the layout


@dataclass(frozen=True, kw_only=True)
class Body:
    """The box of one region, and its caption; the whole graph has no caption."""

    caption: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Positions of a drawing in pixels, from its upper left corner.

    Attributes:
        places: name -> left and upper edge of the node's box.
        bodies: boxes of regions.
        width: of everything.
        height: of everything.
    """

    places: Mapping[str, tuple[int, int]]
    bodies: tuple[Body, ...]
    width: int
    height: int


def lay_out(graph: Graph, rows: Mapping[str, int]) -> Layout:
    """Return the layout of a graph; the body of each loop is a box below the graph.

    Args:
        graph: in normal form.
        rows: the row of each node within its region, see `compare.graphs.rows`.
    """
    groups: dict[str, list[str]] = {"": []}
    for name in graph:
        groups.setdefault(get_node(graph, name).region, []).append(name)
    places: dict[str, tuple[int, int]] = {}
    bodies: list[Body] = []
    y, width = 0, 2 * MARGIN + NODE_WIDTH
    for region, names in groups.items():
        if not names:
            continue
        top = y + MARGIN + (CAPTION_HEIGHT if region else 0)
        columns = _order_columns(graph, names, rows)
        placed = {
            name: (
                MARGIN + round(column * COLUMN_STEP),
                top + rows[name] * ROW_STEP,
            )
            for name, column in zip(names, columns, strict=True)
        }
        right = max(x for x, _ in placed.values()) + NODE_WIDTH + MARGIN
        bottom = max(each for _, each in placed.values()) + NODE_HEIGHT + MARGIN
        if region:
            bodies.append(
                Body(
                    caption=f"inside {region}",
                    x=2,
                    y=y,
                    width=right - 4,
                    height=bottom - y,
                )
            )
        places |= placed
        y, width = bottom + MARGIN, max(width, right)
    return Layout(
        places=places, bodies=tuple(bodies), width=width, height=max(y, ROW_STEP)
    )


def is_long(rows: Mapping[str, int], source: str, target: str) -> bool:
    """Return whether an edge spans too many rows to take part in the layout."""
    return rows[target] - rows[source] > LONG_EDGE


def _order_columns(
    graph: Graph, names: Sequence[str], rows: Mapping[str, int]
) -> list[float]:
    """Return the column of each node; neighbours in a row are at least 1 apart.

    Connected parts are next to each other, in the order of their first nodes.
    """
    drawn: Graph = nx.DiGraph()
    drawn.add_nodes_from(names)
    drawn.add_edges_from(
        (source, target)
        for source, target in _edges_between(graph, names)
        if rows[target] > rows[source] and not is_long(rows, source, target)
    )
    columns: dict[str, float] = {}
    used: dict[int, float] = {}  # row -> the first column that is free
    for part in nx.weakly_connected_components(drawn):
        found = _order_part(drawn, [name for name in names if name in part], rows)
        spanned = range(
            min(rows[name] for name in part), max(rows[name] for name in part) + 1
        )
        shift = max(used.get(row, 0.0) for row in spanned)
        columns |= {name: column + shift for name, column in found.items()}
        used |= dict.fromkeys(spanned, shift + max(found.values()) + 1)
    return [columns[name] for name in names]


def _edges_between(graph: Graph, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the edges between some nodes, in the order of the graph.

    A subgraph of networkx iterates over a set, whose order is another one in every
    process.
    """
    kept = set(names)
    return ((a, b) for a, b in graph.edges if a in kept and b in kept)


def _order_part(
    graph: Graph, names: Sequence[str], rows: Mapping[str, int]
) -> dict[str, float]:
    """Return the columns of a connected part, from 0.

    igraph 1.0 writes outside its memory if a part of a graph has an empty row. It is
    given connected parts only, whose rows are numbered without gaps.
    """
    import igraph  # noqa: PLC0415 - an optional extra

    levels = {row: n for n, row in enumerate(sorted({rows[name] for name in names}))}
    numbers = {name: number for number, name in enumerate(names)}
    layout = igraph.Graph(
        len(names),
        [
            (numbers[source], numbers[target])
            for source, target in _edges_between(graph, names)
        ],
        directed=True,
    ).layout_sugiyama(layers=[levels[rows[name]] for name in names], maxiter=ITERATIONS)
    columns = [float(x) for x, _ in layout.coords[: len(names)]]
    low, high = min(columns), max(columns)
    first = [
        x for x, name in zip(columns, names, strict=True) if not levels[rows[name]]
    ]
    # The first row is near the left edge, where a reader begins.
    is_right = sum(first) / len(first) > (low + high) / 2
    placed = [high - x if is_right else x - low for x in columns]
    return dict(zip(names, placed, strict=True))
