"""Export for Netron: a GraphDef that TensorFlow's own classes read."""

from __future__ import annotations

import pytest

from compare.graphs.netron import format_netron
from compare.graphs.normal import normalize
from tests.support.graph_pairs import Plan, known_pairs
from tests.support.loop_graph import LOOP


def test_names_are_valid_and_unique():
    text = format_netron(normalize(LOOP))
    names = [line for line in text.splitlines() if line.startswith("  name:")]
    assert len({*names}) == 4
    assert all(line.isascii() and ":" not in line[7:] for line in names)
    assert '  name: "while/body_add__' in text


def test_an_empty_graph_has_no_node():
    assert format_netron(normalize(Plan().graph())).strip() == ""


@pytest.mark.tf
@pytest.mark.parametrize("name", ["loop", *known_pairs()])
def test_tensorflow_reads_every_node_and_edge(name):
    from google.protobuf import text_format  # noqa: PLC0415
    from tensorflow.core.framework import graph_pb2  # noqa: PLC0415

    captured = LOOP if name == "loop" else known_pairs()[name][0].graph()
    graph = normalize(captured)
    read = text_format.Parse(format_netron(graph), graph_pb2.GraphDef())
    positions = graph.edges(data="positions")
    assert len(read.node) == len(graph)
    assert sum(len(node.input) for node in read.node) == sum(
        len(found) for _, _, found in positions
    )
    shape = read.node[0].attr["_output_shapes"].list.shape[0]
    assert len(shape.dim) == len(captured.nodes[0].shape)
