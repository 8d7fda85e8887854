"""A graph with a loop, and with names and texts that need escaping."""

from __future__ import annotations

from compare.contract import CapturedGraph, GraphNode, GraphStage

LOOP = CapturedGraph(
    stage=GraphStage.CAPTURED,
    view='step "one" \\ <b>',
    nodes=(
        GraphNode(name="x:0", operation="Placeholder", common="input", shape=(2, -1),
                  dtype="float32"),
        GraphNode(name="while", operation="While", common="loop", inputs=("x:0",),
                  shape=(2, -1)),
        GraphNode(name='body/add "é" <b>\n', operation="AddV2", common="add",
                  inputs=("x:0", "x:0"), region="while", file="/a/net.py", line=3),
        GraphNode(name="body_add__é___b__", operation="Tanh", common="tanh",
                  inputs=('body/add "é" <b>\n',), region="while", shape=()),
    ),
)  # fmt: skip
