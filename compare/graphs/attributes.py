"""The attributes of a node as text, for exported files and for lists."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import networkx as nx

from compare.graphs.normal import get_kind, get_node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.contract import GraphNode
    from compare.graphs.matching import NodeMatch
    from compare.graphs.normal import Graph

TIMES = "\N{MULTIPLICATION SIGN}"


def format_shape(shape: tuple[int, ...] | None) -> str:
    """Return sizes with multiplication signs, ``?`` if variable; empty if not known."""
    if shape is None:
        return ""
    if not shape:
        return "scalar"
    return TIMES.join("?" if size < 0 else str(size) for size in shape)


def format_source(node: GraphNode) -> str:
    """Return the file name and line that created a node; empty if not known."""
    return f"{PurePath(node.file).name}:{node.line}" if node.file else ""


def describe_node(
    graph: Graph, name: str, statuses: Mapping[str, NodeMatch] | None = None
) -> dict[str, str]:
    """Return every known attribute of a node by its title, without empty ones."""
    node = get_node(graph, name)
    attributes = {
        "operation": node.operation,
        "kind": get_kind(graph, name),
        "shape": format_shape(node.shape),
        "dtype": node.dtype,
        "source": f"{node.file}:{node.line}" if node.file else "",
        "region": node.region,
        "parts": ", ".join(node.parts),
        "constants": ", ".join(graph.nodes[name]["constants"]),
        "comparison": str((statuses or {}).get(name, "")),
    }
    return {title: text for title, text in attributes.items() if text}


def list_arguments(graph: Graph, name: str) -> list[tuple[int, str]]:
    """Return position and source of every argument that is a node, by position."""
    return sorted(
        (position, source)
        for source in graph.predecessors(name)
        for position in graph.edges[source, name]["positions"]
    )


def list_regions(graph: Graph, name: str) -> list[str]:
    """Return the nodes whose bodies contain a node, outermost first."""
    regions: list[str] = []
    region = get_node(graph, name).region
    while region in graph and region not in regions:
        regions.insert(0, region)
        region = get_node(graph, region).region
    return regions


def sort_nodes(graph: Graph) -> list[str]:
    """Return the names of all nodes in an order in which they can be computed."""
    places = {name: place for place, name in enumerate(graph)}
    return list(nx.lexicographical_topological_sort(graph, key=places.__getitem__))
