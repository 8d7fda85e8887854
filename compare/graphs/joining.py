"""Choose the graphs of one stage of a variant, and join them to one graph."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from compare.contract import CapturedGraph, GraphNode, GraphStage

PART_OF_VIEW = re.compile(r", (?:graph \d+|forward|backward|inference)(?=,|$)")

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
    last = name_view(able[-1].title)
    chosen = [graph for graph in able if name_view(graph.title) == last]
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


def name_view(title: str) -> str:
    """Return a title without what distinguishes the graphs of one view.

    These are the number of a graph after a graph break, and the pass, as in
    ``FX, AOTAutograd, graph 2, backward``.
    """
    return PART_OF_VIEW.sub("", title)


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
