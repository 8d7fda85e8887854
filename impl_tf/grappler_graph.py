"""The graph of a step after Grappler, TensorFlow's optimizer of graphs."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import tensorflow as tf
from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.graphs.naming import UniqueNames
from compare.graphs.operations import CommonOperation
from tensorflow.python.eager import context

from impl_tf.executed_graph import shape_of
from impl_tf.graph_names import common_name

Nodes = Mapping[str, list[GraphNode]]  # by TensorFlow's names

VIEW = "tf.Graph, optimized by Grappler"
NO_METADATA = (
    "TensorFlow reported no optimized graph: it optimizes a function before "
    "its first step only"
)
ARGUMENT = "_Arg"
FUSED = re.compile(r"^_(Mkl|Native)*Fused|^_MklNativeFused|^_FusedBatchNormEx")
NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
# Parts of the names of inlined nodes -> the body that they come from.
SIDES = {
    "then": "then_branch",
    "else": "else_branch",
    "body": "body",
    "cond": "cond",
}


def record_optimized(run: Callable[[], Any]) -> Any:
    """Run a step for the first time; return Grappler's graph definition.

    None if TensorFlow reports none.
    """
    eager = context.context()
    eager.enable_run_metadata()
    try:
        run()
        metadata = eager.export_run_metadata()
    finally:
        eager.disable_run_metadata()
    found = [each.post_optimization_graph for each in metadata.function_graphs]
    # The step is the largest; others are of small helper functions.
    return max(found, key=lambda each: len(each.node), default=None)


def convert_optimized(definition: Any, *, captured: Nodes) -> CapturedGraph:
    """Return a graph definition in the form of the contract.

    Grappler keeps the names of operations. A node therefore has the line of
    the captured one. What it fused or computed in advance is in its parts.

    Args:
        definition: the optimized graph; None if it is not known.
        captured: nodes of the graph that was optimized.
    """
    if definition is None:
        return hide_optimized(NO_METADATA)
    sources = find_sources(definition.node, captured=captured)
    remaining = {node.name for node in sources.values()}
    by_name = {n.name: n for nodes in captured.values() for n in nodes}
    nodes: list[GraphNode] = []
    names: dict[str, str] = {}
    taken = UniqueNames()
    for each in order_definition(definition.node):
        source = sources.get(each.name)
        is_argument = each.op == ARGUMENT and source is not None
        names[each.name] = taken.take(
            source.name if source and is_argument else each.name
        )
        common = common_name(each.op)
        if each.op == ARGUMENT:
            common = source.common if source else CommonOperation.INPUT
        shape = declared_shape(each)
        if shape is None and source:
            shape = source.shape
        parts: tuple[str, ...] = ()
        if source and (FUSED.match(each.op) or is_folded(each, source)):
            parts = trace_parts(source, by_name=by_name, remaining=remaining)
        nodes.append(
            GraphNode(
                name=names[each.name],
                operation=each.op,
                common=common,
                inputs=tuple(
                    names[i] for i in data_inputs(each) if i in names
                ),
                shape=shape,
                dtype=source.dtype if source else declared_dtype(each),
                parts=parts,
                file=source.file if source else "",
                line=source.line if source else 0,
            )
        )
    return CapturedGraph(
        stage=GraphStage.OPTIMIZED, view=VIEW, nodes=tuple(nodes)
    )


def hide_optimized(reason: str) -> CapturedGraph:
    """Return a graph that is not shown, with the reason."""
    return CapturedGraph(stage=GraphStage.OPTIMIZED, view=VIEW, reason=reason)


def find_sources(
    definitions: Iterable[Any], *, captured: Nodes
) -> dict[str, GraphNode]:
    """Return optimized node -> the captured node of the same operation."""
    arguments = {plain_name(name): nodes for name, nodes in captured.items()}
    found = {}
    for each in definitions:
        originals = each.experimental_debug_info.original_node_names
        name = originals[0] if originals else each.name
        candidates = captured.get(name, [])
        if each.op == ARGUMENT:
            candidates = arguments.get(plain_name(name), [])
        if candidates:
            found[each.name] = choose_side(each.name, candidates)
    return found


def plain_name(name: str) -> str:
    """Return a name as TensorFlow writes it for a function's argument."""
    return NOT_IN_NAMES.sub("_", name.lower())


def choose_side(name: str, candidates: list[GraphNode]) -> GraphNode:
    """Return the candidate in the body that the name of a node names."""
    for part in name.split("/"):
        for candidate in candidates:
            side = SIDES.get(part)
            if side and candidate.region.endswith(f"/{side}"):
                return candidate
    return candidates[0]


def is_folded(definition: Any, source: GraphNode) -> bool:
    """Return whether an operation was computed in advance."""
    return bool(definition.op == "Const" and source.operation != "Const")


def trace_parts(
    last: GraphNode,
    *,
    by_name: Mapping[str, GraphNode],
    remaining: set[str],
) -> tuple[str, ...]:
    """Return an operation, and those before it that no longer exist."""
    parts, waiting = {last.name: None}, [last]
    while waiting:
        for name in waiting.pop().inputs:
            if name not in remaining and name not in parts:
                parts[name] = None
                waiting.append(by_name[name])
    return tuple(parts)


def order_definition(definitions: Iterable[Any]) -> list[Any]:
    """Return nodes after their inputs; the way back of a loop is left out."""
    known = {each.name: each for each in definitions}
    ordered: list[Any] = []
    seen: set[str] = set()
    waiting = [(name, False) for name in reversed(list(known))]
    while waiting:  # no recursion: a graph may be deep
        name, is_done = waiting.pop()
        if is_done:
            ordered.append(known[name])
        elif name not in seen:
            seen.add(name)
            waiting.append((name, True))
            sources = [n for n in data_inputs(known[name]) if n in known]
            waiting += [
                (n, False)
                for n in reversed(sources)
                if known[n].op != "NextIteration"
            ]
    return ordered


def data_inputs(definition: Any) -> list[str]:
    """Return the names of the nodes whose results a node takes."""
    return [
        name.partition(":")[0]
        for name in definition.input
        if not name.startswith("^")
    ]


def declared_shape(definition: Any) -> tuple[int, ...] | None:
    """Return the shape of a node's first result, if it has been inferred."""
    shapes = definition.attr["_output_shapes"].list.shape
    return shape_of(tf.TensorShape(shapes[0])) if shapes else None


def declared_dtype(definition: Any) -> str:
    """Return the dtype that a node works in, if it states one."""
    for name in ("dtype", "T"):
        if name in definition.attr and definition.attr[name].type:
            return str(tf.as_dtype(definition.attr[name].type).name)
    return ""
