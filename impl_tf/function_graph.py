"""The graph of a tf.function as traced, with the bodies of control flow."""

from collections.abc import Iterable, Mapping
from typing import Any

import tensorflow as tf
from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.graphs.naming import UniqueNames
from compare.graphs.operations import CommonOperation
from compare.graphs.places import Place, find_own_place

from impl_tf.executed_graph import describe_tensor, memory
from impl_tf.graph_names import common_name

VIEW = "tf.Graph"
BODIES = {
    "If": ("then_branch", "else_branch"),
    "StatelessIf": ("then_branch", "else_branch"),
    "While": ("cond", "body"),
    "StatelessWhile": ("cond", "body"),
    "PartitionedCall": ("f",),
    "StatefulPartitionedCall": ("f",),
}
BRANCHES = "branches"  # attribute of Case
CONDITIONED = ("If", "StatelessIf", "Case", "StatelessCase")


def read_function(
    concrete: Any, *, state: Mapping[str, tf.Variable]
) -> tuple[CapturedGraph, dict[str, list[GraphNode]]]:
    """Return the graph of a concrete function, with its bodies as regions.

    Args:
        concrete: the function for the shapes of one batch.
        state: parameters and buffers by name.

    Returns:
        The graph, and its nodes by TensorFlow's names: several for a name
        that several bodies use.
    """
    graph = concrete.graph
    known = {memory(variable): name for name, variable in state.items()}
    given = {
        id(inner): known.get(id(outer), "variable")
        for outer, inner in graph.captures
        if outer.dtype == tf.resource
    }
    converter = Converter(given)
    converter.add_graph(graph, outputs=graph.outputs)
    return converter.captured(), converter.by_own_name()


def read_operations(
    operations: Iterable[Any],
) -> tuple[CapturedGraph, dict[str, list[GraphNode]]]:
    """Return the same for operations, in an order of computation."""
    converter = Converter({})
    converter.add_operations(operations, region="")
    return converter.captured(), converter.by_own_name()


class Converter:
    """Collects the nodes of a graph, with the bodies of control flow.

    Args:
        given: names of variables, by the id of a placeholder's tensor.
    """

    def __init__(self, given: Mapping[int, str]) -> None:
        self.nodes: list[GraphNode] = []
        self._names, self._given = UniqueNames(), given
        self._made: dict[int, str] = {}  # by the id of an operation
        self._own: list[tuple[str, str]] = []  # TensorFlow's name, node

    def captured(self) -> CapturedGraph:
        """Return what was added."""
        return CapturedGraph(
            stage=GraphStage.CAPTURED, view=VIEW, nodes=tuple(self.nodes)
        )

    def by_own_name(self) -> dict[str, list[GraphNode]]:
        """Return the nodes by TensorFlow's name of their operation."""
        nodes = {node.name: node for node in self.nodes}
        found: dict[str, list[GraphNode]] = {}
        for own, name in self._own:
            found.setdefault(own, []).append(nodes[name])
        return found

    def add_graph(
        self,
        graph: Any,
        *,
        outputs: Iterable[Any],
        region: str = "",
        given: Iterable[str] = (),
    ) -> None:
        """Add the operations of a graph and the node of its results."""
        inputs = [each.op for each in getattr(graph, "inputs", ())]
        sources = dict(zip(map(id, inputs), given, strict=False))
        self.add_operations(
            graph.get_operations(), region=region, sources=sources
        )
        self._add(
            wanted="return",
            operation="return",
            common=CommonOperation.OUTPUT,
            inputs=self._names_of(outputs),
            region=region,
        )

    def add_operations(
        self,
        operations: Iterable[Any],
        *,
        region: str,
        sources: Mapping[int, str] | None = None,
    ) -> None:
        """Add operations; `sources` are what the inputs of a body are."""
        listed = list(operations)
        for operation in order_operations(listed):
            inputs = self._names_of(operation.inputs)
            if sources and id(operation) in sources:
                inputs = (sources[id(operation)],)
            self._add_operation(operation, inputs=inputs, region=region)

    def _add_operation(
        self, operation: Any, *, inputs: tuple[str, ...], region: str
    ) -> None:
        wanted, common = operation.name, common_name(operation.type)
        results = operation.outputs
        if results and id(results[0]) in self._given:
            wanted = self._given[id(results[0])]
            common = CommonOperation.PARAMETER
        file, line = place_of(operation)
        name = self._add(
            wanted=wanted,
            operation=operation.type,
            common=common,
            inputs=inputs,
            region=region,
            file=file,
            line=line,
            **describe_tensor(results[0] if results else None),
        )
        self._made[id(operation)] = name
        self._own.append((operation.name, name))
        taken = inputs[1:] if operation.type in CONDITIONED else inputs
        for label, body in bodies_of(operation):
            inner = self._add(
                wanted=f"{name}/{label}",
                operation="FuncGraph",
                common=CommonOperation.BODY,
                region=name,
            )
            self.add_graph(
                body, outputs=body.outputs, region=inner, given=taken
            )

    def _add(self, *, wanted: str, **fields: Any) -> str:
        name = self._names.take(wanted)
        self.nodes.append(GraphNode(name=name, **fields))
        return name

    def _names_of(self, tensors: Iterable[Any]) -> tuple[str, ...]:
        named = [self._made.get(id(tensor.op)) for tensor in tensors]
        return tuple(name for name in named if name is not None)


def order_operations(operations: list[Any]) -> list[Any]:
    """Return operations in an order in which they can be computed.

    A graph lists them as they were created. A loop may get inputs later.
    """
    listed = {id(each) for each in operations}
    ordered, seen = [], set()
    waiting = [(each, False) for each in reversed(operations)]
    while waiting:  # no recursion: a graph may be deep
        operation, is_done = waiting.pop()
        if is_done:
            ordered.append(operation)
        elif id(operation) not in seen:
            seen.add(id(operation))
            waiting.append((operation, True))
            sources = [each.op for each in operation.inputs]
            own = [each for each in sources if id(each) in listed]
            waiting += [(each, False) for each in reversed(own)]
    return ordered


def bodies_of(operation: Any) -> list[tuple[str, Any]]:
    """Return label and graph of each function that an operation runs."""
    names = BODIES.get(operation.type, ())
    functions = [(name, operation.get_attr(name).name) for name in names]
    if operation.type in ("Case", "StatelessCase"):
        branches = operation.get_attr(BRANCHES)
        functions = [(f"branch_{n}", b.name) for n, b in enumerate(branches)]
    found = []
    for label, name in functions:
        body = find_function(operation.graph, name)
        if body is not None:
            found.append((label, body))
    return found


def find_function(graph: Any, name: str) -> Any:
    """Return the graph of a function by its name; None if it has none."""
    while graph is not None:
        if graph._is_function(name):
            function = graph._get_function(name)
            return getattr(function, "graph", None)
        graph = getattr(graph, "outer_graph", None)
    return None


def place_of(operation: Any) -> Place:
    """Return the line that created an operation."""
    frames = operation.traceback or ()
    return find_own_place((f.filename, f.lineno) for f in frames)
