"""Export graphs as JSON for Model Explorer (ai.google.dev/edge/model-explorer).

The fields are those of its ``graph_builder`` module, version 0.1.34.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from compare.graphs.attributes import (
    describe_node,
    format_shape,
    list_arguments,
    list_regions,
)
from compare.graphs.normal import get_kind, get_node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.graphs.matching import NodeMatch
    from compare.graphs.normal import Graph


def format_model_explorer(
    graphs: Mapping[str, Graph],
    statuses: Mapping[str, Mapping[str, NodeMatch]] | None = None,
) -> str:
    """Return a collection of graphs as a JSON file.

    Args:
        graphs: id -> graph in normal form.
        statuses: id -> status of its nodes in a comparison.
    """
    collection = {
        "label": "graph-compare",
        "graphs": [
            {
                "id": ident,
                "nodes": [
                    _describe(graph, name, (statuses or {}).get(ident, {}))
                    for name in graph
                ],
            }
            for ident, graph in graphs.items()
        ],
    }
    return json.dumps(collection, indent=1, ensure_ascii=False) + "\n"


def _describe(
    graph: Graph, name: str, statuses: Mapping[str, NodeMatch]
) -> dict[str, object]:
    node = get_node(graph, name)
    shape = " ".join(filter(None, (node.dtype, format_shape(node.shape))))
    return {
        "id": name,
        "label": get_kind(graph, name),
        "namespace": "/".join(
            each.replace("/", "_") for each in list_regions(graph, name)
        ),
        "attrs": [
            {"key": title, "value": text}
            for title, text in describe_node(graph, name, statuses).items()
        ],
        "incomingEdges": [
            {
                "sourceNodeId": source,
                "sourceNodeOutputId": "0",
                "targetNodeInputId": str(position),
            }
            for position, source in list_arguments(graph, name)
        ],
        "outputsMetadata": [
            {"id": "0", "attrs": [{"key": "tensor_shape", "value": shape}]}
        ],
    }
