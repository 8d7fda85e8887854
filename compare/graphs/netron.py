"""Export a graph as a TensorFlow GraphDef in text form, which Netron opens.

Netron shows any operation of a GraphDef, with its attributes and the shape of its
result. Format: tensorflow/core/framework/graph.proto and attr_value.proto.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from compare.graphs.attributes import (
    describe_node,
    list_arguments,
    list_regions,
    sort_nodes,
)
from compare.graphs.normal import get_kind, get_node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.graphs.matching import NodeMatch
    from compare.graphs.normal import Graph

# The name of a node of a GraphDef; a colon would separate the number of an output.
FORBIDDEN = re.compile(r"[^A-Za-z0-9_.\-]")
SHOWN_OTHERWISE = frozenset({"kind", "shape"})  # as the operation and its output


def format_netron(graph: Graph, statuses: Mapping[str, NodeMatch] | None = None) -> str:
    """Return a graph in normal form as the text of a ``.pbtxt`` file.

    Nodes in the body of a loop have the loop's name as a prefix of their own.
    """
    names = _choose_names(graph)
    blocks = (
        "\n".join(_list_lines(graph, name, names, statuses or {}))
        for name in sort_nodes(graph)
    )
    return "\n".join(blocks) + "\n"


def _choose_names(graph: Graph) -> dict[str, str]:
    """Return valid names that are unique."""
    chosen: dict[str, str] = {}
    taken: set[str] = set()
    for name in graph:
        path = (*list_regions(graph, name), name)
        valid = "/".join(FORBIDDEN.sub("_", each) for each in path)
        while valid in taken:
            valid += "_"
        taken.add(valid)
        chosen[name] = valid
    return chosen


def _list_lines(
    graph: Graph,
    name: str,
    names: Mapping[str, str],
    statuses: Mapping[str, NodeMatch],
) -> Iterator[str]:
    node = get_node(graph, name)
    yield "node {"
    yield f"  name: {_quote(names[name])}"
    yield f"  op: {_quote(get_kind(graph, name))}"
    for _, source in list_arguments(graph, name):
        yield f"  input: {_quote(names[source])}"
    for title, text in describe_node(graph, name, statuses).items():
        if title not in SHOWN_OTHERWISE:
            yield f"  attr {{ key: {_quote(title)} value {{ s: {_quote(text)} }} }}"
    if node.shape is not None:
        sizes = " ".join(f"dim {{ size: {size} }}" for size in node.shape)
        shape = f"list {{ shape {{ {sizes} }} }}"
        yield f'  attr {{ key: "_output_shapes" value {{ {shape} }} }}'
    yield "}"


def _quote(text: str) -> str:
    """Return a string of protobuf's text format, in printable ASCII."""
    return '"' + "".join(_escape(byte) for byte in text.encode()) + '"'


def _escape(byte: int) -> str:
    letter = chr(byte)
    if letter in {'"', "\\"}:
        return f"\\{letter}"
    return letter if 32 <= byte < 127 else f"\\{byte:03o}"  # noqa: PLR2004 - ASCII
