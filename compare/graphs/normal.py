"""The normal form of a captured graph: what it computes, without bookkeeping.

The graph is a `networkx.DiGraph` whose edges lead from an operation to its consumers.
Nodes that pass a value on unchanged are left out, chains of attribute accesses become
one node, and a scalar constant becomes an attribute of the operation that takes it.
Control flow stays: a loop is a node, and the nodes of its body name it as their region.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import networkx as nx

from compare.contract import GraphNode
from compare.errors import DataError
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from compare.contract import CapturedGraph

    Graph = nx.DiGraph[str]

# Kinds of nodes whose result is their first input, unchanged.
PASSED_ON = frozenset({"identity", "detach", "alias", "lift_fresh_copy"})
CONSTANT = "constant"
ATTRIBUTE_ACCESS = frozenset({"getattr", "get_attr"})
# ``aten::add_``, ``torch.ops.aten.add.Tensor`` and ``AddV2`` without what varies
NAMESPACE = re.compile(r"^(?:torch\.ops\.)?(?:aten|prim|prims|inductor)(?:::|\.)")
OVERLOAD = re.compile(r"\.\w+$")


def name_kind(node: GraphNode) -> str:
    """Return what a node computes: its common name, else its operation's base name."""
    if node.common:
        return str(node.common)
    name = NAMESPACE.sub("", node.operation)
    if name != node.operation:
        name = OVERLOAD.sub("", name)
    return name.rstrip("_").lower() or node.operation


def normalize(captured: CapturedGraph) -> Graph:
    """Return the normal form of a graph.

    Each node has the attributes ``node`` (its `GraphNode`), ``kind`` (see `name_kind`)
    and ``constants`` (the names of the constants that it takes). Each edge has
    ``positions``, the indices of the argument among the inputs. The attribute
    ``dropped`` of the graph has the names of the nodes that were left out.

    Raises:
        DataError: a name is used twice, an input or a region does not exist, or the
            edges form a cycle.
    """
    nodes = _index_nodes(captured)
    _require_acyclic(captured)
    kinds = {name: name_kind(node) for name, node in nodes.items()}
    consumers = _list_consumers(nodes.values())
    passed_on = _find_passed_on(nodes, kinds, consumers)
    folded = _find_scalars(nodes, kinds, consumers)
    graph: Graph = nx.DiGraph(
        title=captured.title,
        stage=captured.stage,
        dropped=tuple(each for each in nodes if each in passed_on | folded),
    )
    for name, node in nodes.items():
        if name in passed_on or name in folded:
            continue
        inputs = [_follow(each, nodes, passed_on) for each in node.inputs]
        constants = tuple(each for each in inputs if each in folded)
        graph.add_node(name, node=node, kind=kinds[name], constants=constants)
        _add_edges(graph, name, inputs, folded)
    return graph


def get_node(graph: Graph, name: str) -> GraphNode:
    """Return the `GraphNode` of a node of a normal form."""
    node = graph.nodes[name]["node"]
    assert isinstance(node, GraphNode)
    return node


def get_kind(graph: Graph, name: str) -> str:
    """Return what a node of a normal form computes."""
    return str(graph.nodes[name]["kind"])


def _add_edges(
    graph: Graph, name: str, inputs: list[str], folded: Iterable[str]
) -> None:
    positions: dict[str, list[int]] = {}
    for position, each in enumerate(inputs):
        if each not in folded:
            positions.setdefault(each, []).append(position)
    for each, found in positions.items():
        graph.add_edge(each, name, positions=tuple(found))


def _index_nodes(captured: CapturedGraph) -> dict[str, GraphNode]:
    nodes: dict[str, GraphNode] = {}
    for node in captured.nodes:
        if node.name in nodes:
            raise DataError(
                f"graph {captured.title}: expected unique names of nodes; "
                f"{node.name!r} is used twice"
            )
        nodes[node.name] = node
    for node in captured.nodes:
        known = (*node.inputs, *((node.region,) if node.region else ()))
        if unknown := [each for each in known if each not in nodes]:
            raise DataError(
                f"graph {captured.title}: expected inputs and regions that are nodes "
                f"of the graph; node {node.name!r} names {join_words(unknown)}"
            )
    return nodes


def _list_consumers(nodes: Iterable[GraphNode]) -> dict[str, list[str]]:
    consumers: dict[str, list[str]] = {}
    for node in nodes:
        for each in node.inputs:
            consumers.setdefault(each, []).append(node.name)
    return consumers


def _find_passed_on(
    nodes: Mapping[str, GraphNode],
    kinds: Mapping[str, str],
    consumers: Mapping[str, list[str]],
) -> set[str]:
    """Return the nodes that pass a value on, and inner nodes of attribute chains."""
    regions = {node.region for node in nodes.values()}

    def is_inner_access(name: str) -> bool:
        users = consumers.get(name, ())
        return (
            kinds[name] in ATTRIBUTE_ACCESS
            and bool(users)
            and all(kinds[user] in ATTRIBUTE_ACCESS for user in users)
        )

    return {
        name
        for name, node in nodes.items()
        if name not in regions
        and node.inputs
        and (kinds[name] in PASSED_ON or is_inner_access(name))
    }


def _find_scalars(
    nodes: Mapping[str, GraphNode],
    kinds: Mapping[str, str],
    consumers: Mapping[str, list[str]],
) -> set[str]:
    """Return the constants of one element that a node takes."""
    return {
        name
        for name, node in nodes.items()
        if kinds[name] == CONSTANT
        and not node.inputs
        and not node.shape
        and consumers.get(name)
    }


def _follow(name: str, nodes: Mapping[str, GraphNode], passed_on: Iterable[str]) -> str:
    """Return the node that computes what a chain of passing nodes passes on."""
    while name in passed_on:
        name = nodes[name].inputs[0]
    return name


def _require_acyclic(captured: CapturedGraph) -> None:
    graph: Graph = nx.DiGraph(
        (source, node.name) for node in captured.nodes for source in node.inputs
    )
    if not nx.is_directed_acyclic_graph(graph):
        cycle = [edge[0] for edge in nx.find_cycle(graph)]
        raise DataError(
            f"graph {captured.title}: expected edges without a cycle, because loops "
            f"are regions; received the cycle {' → '.join(cycle)}"
        )
