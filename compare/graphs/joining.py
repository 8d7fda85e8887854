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
    """Return the graphs of a stage as one, such as forward and backward pass.

    If a framework has several views of the step at one stage, the last one is taken: it
    is the most detailed, and what the next stage is made from. A name that an earlier
    graph uses is prefixed with the title of its own graph.
    """
    able = [graph for graph in graphs if graph.stage is stage and not graph.reason]
    chosen = [graph for graph in able if graph.view == able[-1].view]
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
        view=chosen[0].view,
        part="; ".join(dict.fromkeys(graph.part for graph in chosen)),
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
