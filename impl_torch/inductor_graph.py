"""The kernels that Inductor schedules, with the operations fused in each."""

from collections.abc import Mapping
from typing import Any

from compare.contract import CapturedGraph, GraphNode
from compare.graphs.operations import CommonOperation

from impl_torch.graph_names import common_name

GENERATED = "generated kernel"


def convert_kernels(
    kernels: list[Any],
    *,
    graph: Any,
    before: CapturedGraph,
    made: Mapping[str, str],
) -> list[GraphNode]:
    """Return the inputs of the scheduled kernels, and the kernels.

    Args:
        kernels: nodes of Inductor's scheduler, after fusion, in order.
        graph: Inductor's graph, which has inputs and outputs.
        before: the FX graph that the kernels compute.
        made: names in FX -> names of the nodes of `before`.
    """
    known = {own: find_node(before, name) for own, name in made.items()}
    nodes = [
        known.get(name, GraphNode(name=name, operation="placeholder"))
        for name in graph.graph_inputs
    ]
    sources = dict(
        zip(graph.graph_inputs, [n.name for n in nodes], strict=True)
    )
    parts = share_operations(kernels, known=known)
    for kernel in kernels:
        names = parts[kernel.get_name()]
        node = convert_kernel(
            kernel, sources=sources, parts=[known[n] for n in names]
        )
        nodes.append(node)
        sources |= dict.fromkeys(kernel.get_buffer_names(), node.name)
    results = [
        sources[name] for name in graph.get_output_names() if name in sources
    ]
    output = GraphNode(
        name="output",
        operation="output",
        common=CommonOperation.OUTPUT,
        inputs=tuple(results),
    )
    return [*nodes, output]


def find_node(graph: CapturedGraph, name: str) -> GraphNode:
    """Return the node of this name."""
    return next(node for node in graph.nodes if node.name == name)


def share_operations(
    kernels: list[Any], *, known: Mapping[str, GraphNode]
) -> dict[str, list[str]]:
    """Return kernel -> names of the FX nodes that it computes.

    Inductor lists for a library's kernel also the operations that computed
    its inputs: those belong to the kernels that were generated for them.
    """
    found = {
        kernel.get_name(): {
            name: part.is_extern()
            for part in kernel.get_nodes()
            for origin in getattr(part.node, "origins", ())
            for name in replaced_by(origin, known=known)
        }
        for kernel in kernels
    }
    generated = {
        name
        for names in found.values()
        for name, is_extern in names.items()
        if not is_extern
    }
    return {
        kernel: [
            name
            for name, is_extern in names.items()
            if not (is_extern and name in generated)
        ]
        for kernel, names in found.items()
    }


def replaced_by(origin: Any, *, known: Mapping[str, GraphNode]) -> list[str]:
    """Return the FX nodes that a node computes: itself, or what it replaced.

    Inductor's passes replace patterns, such as a product and a sum, by one
    new node. Its consumers took the result of the last replaced node.
    """
    if origin.name in known:
        return [origin.name]
    remaining = {node.name for node in origin.graph.nodes}
    own = {node.name: name for name, node in known.items()}
    replaced: dict[str, None] = {}
    waiting = [user.name for user in origin.users if user.name in known]
    while waiting:
        for source in known[waiting.pop()].inputs:
            name = own[source]
            if name not in remaining and name not in replaced:
                replaced[name] = None
                waiting.append(name)
    return list(replaced)


def convert_kernel(
    kernel: Any, *, sources: Mapping[str, str], parts: list[GraphNode]
) -> GraphNode:
    """Return a kernel as a node that takes the results of earlier ones."""
    own = set(kernel.get_buffer_names())
    # Inductor keeps what a kernel reads in a set: sorted, it repeats.
    reads = sorted(
        each.name
        for each in kernel.read_writes.reads
        if not is_order(each) and each.name not in own
    )
    operation = operation_of(kernel)
    common = common_name(operation)
    if operation == GENERATED:
        is_single = len(parts) == 1
        common = parts[0].common if is_single else CommonOperation.FUSION
    last = parts[-1] if parts else GraphNode(name="", operation="")
    return GraphNode(
        name=kernel.get_name(),
        operation=operation,
        common=common,
        inputs=tuple(
            sources[name] for name in dict.fromkeys(reads) if name in sources
        ),
        shape=shape_of(kernel),
        dtype=last.dtype,
        parts=tuple(part.name for part in parts),
        file=last.file,
        line=last.line,
    )


def is_order(dependency: Any) -> bool:
    """Return whether a kernel only has to follow, and reads nothing."""
    return type(dependency).__name__ == "WeakDep"


def operation_of(kernel: Any) -> str:
    """Return the library's function that a kernel calls, if it does."""
    if not kernel.is_extern():
        return GENERATED
    name = getattr(kernel.node, "python_kernel_name", None)
    return name or type(kernel.node).__name__


def shape_of(kernel: Any) -> tuple[int, ...] | None:
    """Return the shape of a kernel's last result; -1 for a variable size."""
    node = kernel.get_nodes()[-1].node
    size = node.maybe_get_size() if node is not None else None
    if size is None:
        return None
    # A size that varies is a symbol, which has no integer value.
    fixed = [getattr(each, "is_number", True) for each in size]
    pairs = zip(size, fixed, strict=True)
    return tuple(int(each) if known else -1 for each, known in pairs)
