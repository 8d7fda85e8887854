"""Joining the graphs of one stage."""

from __future__ import annotations

from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.graphs.joining import join_stage, list_stages
from compare.graphs.normal import normalize

FORWARD = CapturedGraph(
    stage=GraphStage.CAPTURED,
    title="forward",
    nodes=(
        GraphNode(name="x", operation="input"),
        GraphNode(name="y", operation="tanh", inputs=("x",)),
    ),
)
BACKWARD = CapturedGraph(
    stage=GraphStage.CAPTURED,
    title="backward",
    nodes=(
        GraphNode(name="x", operation="input"),
        GraphNode(name="z", operation="neg", inputs=("x",)),
    ),
)
HIDDEN = CapturedGraph(stage=GraphStage.OPTIMIZED, title="forward", reason="hidden")


def test_graphs_of_a_stage_are_joined_without_sharing_names():
    joined = join_stage([FORWARD, BACKWARD, HIDDEN], GraphStage.CAPTURED)
    assert set(normalize(joined).edges) == {("x", "y"), ("backward/x", "z")}
    assert joined.title == "forward; backward"


def test_a_stage_without_a_graph_that_can_be_shown_is_not_listed():
    assert list_stages([FORWARD, HIDDEN]) == [GraphStage.CAPTURED]


def test_a_single_graph_stays_as_it_is():
    assert join_stage([FORWARD, HIDDEN], GraphStage.CAPTURED) is FORWARD
