"""Export for Model Explorer."""

from __future__ import annotations

import json

from compare.graphs.matching import match_graphs
from compare.graphs.model_explorer import format_model_explorer
from compare.graphs.normal import normalize
from tests.support.graph_pairs import known_pairs
from tests.support.loop_graph import LOOP

# The required and optional fields of GraphNode in its graph_builder.py, 0.1.34.
FIELDS = {"id", "label", "namespace", "attrs", "incomingEdges", "outputsMetadata"}


def load(*arguments):
    return json.loads(format_model_explorer(*arguments))


def test_a_collection_has_a_label_and_its_graphs():
    found = load({"a": normalize(LOOP), "b": normalize(LOOP)})
    assert set(found) == {"label", "graphs"}  # the form that its page accepts
    assert [graph["id"] for graph in found["graphs"]] == ["a", "b"]


def test_nodes_have_the_fields_of_the_format():
    nodes = load({"a": normalize(LOOP)})["graphs"][0]["nodes"]
    assert all(set(node) == FIELDS for node in nodes)
    assert nodes[2]["namespace"] == "while"
    assert {"key": "source", "value": "/a/net.py:3"} in nodes[2]["attrs"]


def test_every_edge_leads_from_a_node_of_the_graph():
    nodes = load({"a": normalize(LOOP)})["graphs"][0]["nodes"]
    idents = {node["id"] for node in nodes}
    edges = [edge for node in nodes for edge in node["incomingEdges"]]
    assert {edge["sourceNodeId"] for edge in edges} <= idents
    assert len(edges) == 4


def test_the_result_of_a_comparison_is_an_attribute():
    left, right = (
        normalize(each.graph()) for each in known_pairs()["operation inserted"]
    )
    statuses = {"right": match_graphs(left, right).right}
    nodes = load({"right": right}, statuses)["graphs"][0]["nodes"]
    only = {"key": "comparison", "value": "only right"}
    assert sum(only in node["attrs"] for node in nodes) == 1
