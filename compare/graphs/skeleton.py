"""The skeleton of a graph: the operations by which two graphs are matched.

Frameworks differ most in what changes only shape, type or layout, in constants, and in
whether a product and the sum with its bias are one operation. The skeleton bypasses the
first two, and contracts known pairs of operations to the composite that they form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx

from compare.graphs.attributes import list_arguments
from compare.graphs.normal import CONSTANT, get_kind, get_node

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from compare.graphs.normal import Graph

# Kinds that compute no number of a tensor: they change its shape, type or layout, move
# it in or out of a collection, or compute a shape.
LAYOUT = frozenset(
    {
        "broadcast", "cast", "check", "collection", "copy", "identity", "order",
        "reshape", "shape", "transpose",
    }
)  # fmt: skip
COMMUTATIVE = frozenset({"add", "logic", "maximum", "minimum", "multiply"})
ANY_POSITION = -1
# the kinds of two operations, the first an operand of the second -> what they form
COMPOSITES = {
    ("matrix product", "add"): "linear",
    ("convolution", "add"): "convolution",  # with a bias
}


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One node of a skeleton.

    Attributes:
        members: the nodes of the graph in it, first to last.
        kind: what it computes.
        shape: of its result, ``None`` where it is not known.
        region: the kinds of the regions that contain it, innermost first.
    """

    members: tuple[str, ...]
    kind: str
    shape: tuple[int, ...] | None
    region: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One input of a unit: indices of two units, and the position of the argument."""

    source: int
    target: int
    position: int


@dataclass(frozen=True, kw_only=True)
class Skeleton:
    """Units in topological order, and the edges between them."""

    units: tuple[Unit, ...]
    edges: tuple[Edge, ...]


def find_transparent(graph: Graph) -> set[str]:
    """Return the nodes that a skeleton bypasses.

    These are the nodes that change layout only, and those that depend on nothing but
    constants. The owner of a region is never bypassed.
    """
    owners = {get_node(graph, name).region for name in graph}
    constant: set[str] = set()
    transparent: set[str] = set()
    for name in nx.topological_sort(graph):
        kind, inputs = get_kind(graph, name), list(graph.predecessors(name))
        if name in owners:
            continue
        if kind == CONSTANT or (inputs and constant.issuperset(inputs)):
            constant.add(name)
        if name in constant or (kind in LAYOUT and inputs):
            transparent.add(name)
    return transparent


def build_skeleton(
    graph: Graph, *, transparent: Collection[str], kept_apart: Collection[str] = ()
) -> Skeleton:
    """Return the skeleton of a graph.

    Args:
        graph: in normal form.
        transparent: the nodes to bypass, see `find_transparent`.
        kept_apart: nodes that are not contracted to a composite.
    """
    order = [name for name in nx.topological_sort(graph) if name not in transparent]
    inputs = _resolve_inputs(graph, transparent)
    contracted = _find_composites(graph, order, inputs, kept_apart)
    units: list[Unit] = []
    index: dict[str, int] = {}
    for name in order:
        if name in contracted.values():
            continue
        first = contracted.get(name)
        members = (first, name) if first else (name,)
        for member in members:
            index[member] = len(units)
        units.append(_make_unit(graph, members))
    edges = (
        edge
        for name in order
        for edge in _list_edges(graph, name, inputs[name], index, units)
        if edge.source != edge.target
    )
    return Skeleton(units=tuple(units), edges=tuple(dict.fromkeys(edges)))


def resolve_sources(
    graph: Graph, transparent: Collection[str]
) -> dict[str, frozenset[str]]:
    """Return for each node the nearest nodes before it that are not transparent."""
    return {
        name: frozenset(source for source, _ in found)
        for name, found in _resolve_inputs(graph, transparent).items()
    }


def _resolve_inputs(
    graph: Graph, transparent: Collection[str]
) -> dict[str, list[tuple[str, int]]]:
    """Return the sources of each node, through transparent ones, with positions."""
    resolved: dict[str, list[tuple[str, int]]] = {}
    for name in nx.topological_sort(graph):
        found: dict[tuple[str, int], None] = {}
        for position, source in list_arguments(graph, name):
            through = (
                [each for each, _ in resolved[source]]
                if source in transparent
                else [source]
            )
            found.update(((each, position), None) for each in through)
        resolved[name] = list(found)
    return resolved


def _find_composites(
    graph: Graph,
    order: Iterable[str],
    inputs: Mapping[str, list[tuple[str, int]]],
    kept_apart: Collection[str],
) -> dict[str, str]:
    """Return last -> first node of each known pair that forms a composite."""
    uses: dict[str, int] = {}
    order = list(order)
    for name in order:
        for source in {each for each, _ in inputs[name]}:
            uses[source] = uses.get(source, 0) + 1
    found: dict[str, str] = {}
    for name in order:
        for source in dict.fromkeys(each for each, _ in inputs[name]):
            kinds = tuple(get_kind(graph, each) for each in (source, name))
            # A sum of two products is no product with a bias: neither is contracted.
            addends = {get_kind(graph, each) for each, _ in inputs[name]}
            if (
                kinds in COMPOSITES
                and uses[source] == 1
                and len(addends) > 1
                and {source, name}.isdisjoint(kept_apart)
                and get_node(graph, source).region == get_node(graph, name).region
                and _is_smaller_elsewhere(graph, name, source, inputs[name])
            ):
                found[name] = source
                break
    return found


def _is_smaller_elsewhere(
    graph: Graph, name: str, source: str, inputs: Iterable[tuple[str, int]]
) -> bool:
    """Return whether the other addend may be a bias: it has fewer axes, if known."""
    shape = get_node(graph, name).shape
    others = [get_node(graph, each).shape for each, _ in inputs if each != source]
    return all(
        shape is None or other is None or len(other) < len(shape) for other in others
    )


def _make_unit(graph: Graph, members: tuple[str, ...]) -> Unit:
    kinds = tuple(get_kind(graph, each) for each in members)
    last = get_node(graph, members[-1])
    return Unit(
        members=members,
        kind=COMPOSITES[kinds[0], kinds[1]] if len(members) > 1 else kinds[0],
        shape=last.shape,
        region=tuple(_list_regions(graph, last.region)),
    )


def _list_regions(graph: Graph, region: str) -> Iterable[str]:
    seen: set[str] = set()
    while region and region in graph and region not in seen:
        seen.add(region)
        yield get_kind(graph, region)
        region = get_node(graph, region).region


def _list_edges(
    graph: Graph,
    name: str,
    inputs: Iterable[tuple[str, int]],
    index: Mapping[str, int],
    units: list[Unit],
) -> Iterable[Edge]:
    unit = units[index[name]]
    inner = {index[member] for member in unit.members}
    is_bias_first = "addmm" in get_node(graph, name).operation
    for source, position in inputs:
        if index[source] in inner:
            continue
        # The bias of a contracted pair follows the operands of its first operation.
        is_bias = len(unit.members) > 1 and name == unit.members[-1]
        place = 2 if is_bias else position
        if is_bias_first:
            place = (position - 1) % 3
        yield Edge(
            source=index[source],
            target=index[name],
            position=ANY_POSITION if unit.kind in COMMUTATIVE else place,
        )
