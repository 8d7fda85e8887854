"""Stored graphs: the same after reading, and refused when damaged."""

from __future__ import annotations

import pytest

from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.errors import DataError
from compare.runs.captured import (
    load_graphs,
    locate_graphs,
    read_cell_graphs,
    store_graphs,
)
from compare.runs.record import Cell

CELL = Cell(
    workload="two_layer",
    framework="torch",
    mode="eager",
    device="cpu",
    dtype="float32",
    family="dynamic",
    captures="none",
)
GRAPH = CapturedGraph(
    stage=GraphStage.CAPTURED,
    view="FX",
    nodes=(
        GraphNode(name="x", operation="placeholder", shape=(-1, 3), dtype="float32"),
        GraphNode(name="mm", operation="aten.mm", inputs=("x",), parts=("a", "b")),
    ),
)


def test_graphs_are_the_same_after_reading(tmp_path):
    store_graphs(tmp_path, CELL, [GRAPH])
    assert read_cell_graphs(tmp_path, CELL) == [GRAPH]


def test_a_cell_without_graphs_has_none(tmp_path):
    assert read_cell_graphs(tmp_path, CELL) is None


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{}", b"[1]", b"\xff", b'[{"stage": "captured"}]'),
        b'[{"stage": "?", "view": ""}]',
        b'[{"stage": "captured", "view": "", "nodes": [{"name": 3}]}]',
    ],
)
def test_a_damaged_file_is_refused_with_its_name_and_what_to_do(tmp_path, content):
    path = locate_graphs(tmp_path, CELL)
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"eager\.json: expected .* Delete the file"):
        load_graphs(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.json: cannot be read"):
        load_graphs(tmp_path / "none.json")


def test_control_characters_of_a_model_become_visible(tmp_path):
    node = GraphNode(name="a\x1b[2J", operation="mm")
    graph = CapturedGraph(stage=GraphStage.CAPTURED, view="t", nodes=(node,))
    store_graphs(tmp_path, CELL, [graph])
    (read,) = read_cell_graphs(tmp_path, CELL)
    assert "\x1b" not in read.nodes[0].name
