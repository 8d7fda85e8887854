"""Choose the graphs of one stage of a variant, and join them to one graph."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from compare.contract import CapturedGraph, GraphNode, GraphStage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def list_stages(graphs: Sequence[CapturedGraph]) -> list[GraphStage]:
    """Return the stages with at least one graph that can be shown, in their order."""
    return [
        stage
        for stage in GraphStage
        if any(graph.stage is stage and not graph.reason for graph in graphs)
    ]


def join_stage(graphs: Sequence[CapturedGraph], stage: GraphStage) -> CapturedGraph:
    """Return all graphs of a stage as one, such as forward and backward pass.

    A name that an earlier graph uses is prefixed with the title of its own graph.
    """
    chosen = [graph for graph in graphs if graph.stage is stage and not graph.reason]
    if len(chosen) == 1:
        return chosen[0]
    nodes: dict[str, GraphNode] = {}
    for graph in chosen:
        names = {
            node.name: _choose_name(node.name, graph.title, nodes)
            for node in graph.nodes
        }
        nodes.update((names[node.name], _rename(node, names)) for node in graph.nodes)
    return CapturedGraph(
        stage=stage,
        title="; ".join(dict.fromkeys(graph.title for graph in chosen)),
        nodes=tuple(nodes.values()),
    )


def _choose_name(name: str, title: str, taken: Mapping[str, GraphNode]) -> str:
    while name in taken:
        name = f"{title}/{name}"
    return name


def _rename(node: GraphNode, names: Mapping[str, str]) -> GraphNode:
    return replace(
        node,
        name=names[node.name],
        inputs=tuple(names.get(each, each) for each in node.inputs),
        region=names.get(node.region, node.region),
    )
