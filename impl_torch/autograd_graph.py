"""The graph that autograd recorded in a step, from its loss to the leaves."""

from collections.abc import Mapping
from typing import Any

from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.graphs.naming import UniqueNames
from compare.graphs.operations import CommonOperation
from compare.graphs.places import find_own_place, parse_frames
from torch import Tensor

from impl_torch.executed_graph import describe_tensor, memory
from impl_torch.graph_names import common_name

VIEW = "autograd"
LEAF = "AccumulateGrad"
NOTHING = (
    "autograd recorded nothing: the step computes no gradients, or computes "
    "them without autograd"
)


def read_autograd(loss: Any, *, state: Mapping[str, Tensor]) -> CapturedGraph:
    """Return what autograd recorded for a loss.

    A node computes the gradient of one forward operation, after which it is
    named. Its inputs are the nodes of this operation's inputs: parameters and
    results that depend on them. The shape is that of the forward result.
    """
    if getattr(loss, "grad_fn", None) is None:
        return CapturedGraph(
            stage=GraphStage.RECORDED, view=VIEW, reason=NOTHING
        )
    names, taken = UniqueNames(), {}
    known = {memory(tensor): name for name, tensor in state.items()}
    nodes = []
    for function in order_functions(loss.grad_fn):
        node = describe_function(function, known=known)
        named = names.take(node.pop("name"))
        taken[function] = named
        inputs = [taken[f] for f, _ in function.next_functions if f]
        nodes.append(GraphNode(name=named, inputs=tuple(inputs), **node))
    return CapturedGraph(
        stage=GraphStage.RECORDED, view=VIEW, nodes=tuple(nodes)
    )


def order_functions(last: Any) -> list[Any]:
    """Return the functions behind the last one, each after its inputs."""
    ordered, seen = [], set()
    waiting = [(last, False)]
    while waiting:  # no recursion: a graph may be deep
        function, is_done = waiting.pop()
        if is_done:
            ordered.append(function)
        elif function not in seen:
            seen.add(function)
            waiting.append((function, True))
            following = [f for f, _ in function.next_functions if f]
            waiting += [(f, False) for f in reversed(following)]
    return ordered


def describe_function(
    function: Any, *, known: Mapping[int, str]
) -> dict[str, Any]:
    """Return the fields of a node."""
    operation = function.name().rpartition("::")[2]
    if operation == LEAF:
        leaf = function.variable
        return {
            "name": known.get(memory(leaf), "parameter"),
            "operation": operation,
            "common": CommonOperation.PARAMETER,
            **describe_tensor(leaf),
        }
    frames = parse_frames("".join(function.metadata.get("traceback_", [])))
    file, line = find_own_place(frames)
    (result, *_) = function._input_metadata
    return {
        "name": operation,
        "operation": operation,
        "common": common_name(operation),
        "file": file,
        "line": line,
        **describe_tensor(result),
    }
