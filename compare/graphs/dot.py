"""Export a graph in the DOT language, which Graphviz opens.

Grammar: https://graphviz.org/doc/info/lang.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.graphs.attributes import describe_node, format_shape, list_arguments
from compare.graphs.matching import NodeMatch
from compare.graphs.normal import get_kind, get_node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.graphs.normal import Graph

# The same shapes as in the pages of graph-compare.
SHAPES = {
    NodeMatch.MATCHED: "box",
    NodeMatch.FUSED: "hexagon",
    NodeMatch.FOLDED: "ellipse",
    NodeMatch.ONLY_LEFT: "house",
    NodeMatch.ONLY_RIGHT: "invhouse",
}


def format_dot(graph: Graph, statuses: Mapping[str, NodeMatch] | None = None) -> str:
    """Return a graph in normal form as a DOT file; bodies of loops are clusters.

    Args:
        graph: to export.
        statuses: of its nodes in a comparison; they choose the shapes.
    """
    children: dict[str, list[str]] = {}
    for name in graph:
        region = get_node(graph, name).region
        children.setdefault(region if region in graph else "", []).append(name)
    lines = [
        f"digraph {_quote(graph.graph['title'])} {{",
        "  node [shape=box];",
        *_list_nodes(graph, "", children, statuses or {}, indent="  "),
        *(
            f"  {_quote(source)} -> {_quote(name)};"
            for name in graph
            for source in dict.fromkeys(each for _, each in list_arguments(graph, name))
        ),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _list_nodes(
    graph: Graph,
    region: str,
    children: Mapping[str, list[str]],
    statuses: Mapping[str, NodeMatch],
    *,
    indent: str,
) -> Iterator[str]:
    for name in children.get(region, ()):
        yield f"{indent}{_format_node(graph, name, statuses)}"
        if name in children:
            yield f"{indent}subgraph {_quote(f'cluster_{name}')} {{"
            yield f"{indent}  label={_quote(f'body of {name}')};"
            yield from _list_nodes(
                graph, name, children, statuses, indent=f"{indent}  "
            )
            yield f"{indent}}}"


def _format_node(graph: Graph, name: str, statuses: Mapping[str, NodeMatch]) -> str:
    shape = format_shape(get_node(graph, name).shape)
    label = "\n".join(filter(None, (get_kind(graph, name), shape)))
    described = describe_node(graph, name, statuses).items()
    tooltip = "\n".join(f"{title}: {text}" for title, text in described)
    form = f", shape={SHAPES[statuses[name]]}" if name in statuses else ""
    return f"{_quote(name)} [label={_quote(label)}, tooltip={_quote(tooltip)}{form}];"


def _quote(text: str) -> str:
    """Return a quoted identifier of the DOT language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
