"""The graphs of TorchScript: as captured, and as optimized for execution."""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any

import torch
from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.graphs.naming import UniqueNames
from compare.graphs.operations import CommonOperation
from compare.graphs.places import (
    NO_PLACE,
    Place,
    find_own_place,
    parse_frames,
)

from impl_torch.graph_names import common_name

STEPS = 4  # after which the executor has profiled and optimized
TRACED = re.compile(r"^(.+)\((\d+)\): ", re.MULTILINE)
NO_PLAN = "TorchScript has no optimized graph: the step did not run the module"
ATTRIBUTE = "prim::GetAttr"
MODEL = "model."  # the model's attribute of an objective
GUARDS = ("prim::RequiresGradCheck", "prim::TypeCheck")
SUBGRAPH = "Subgraph"  # attribute of a node that contains a graph


def read_torchscript(
    module: Any, *, run: Callable[[], Any], state: Collection[str]
) -> list[CapturedGraph]:
    """Return the graph of a module before and after optimization.

    Args:
        module: the ScriptModule that the step calls.
        run: runs a step; called several times.
        state: names of parameters and buffers.
    """
    captured = convert_graph(
        module.inlined_graph,
        stage=GraphStage.CAPTURED,
        view="TorchScript",
        state=state,
        sites=find_call_sites(module),
    )
    for _ in range(STEPS):
        loss = run()
    last = torch._C._last_executed_optimized_graph()
    plans = list(module.get_debug_state().execution_plans.values())
    optimized = [
        convert_graph(
            plan.graph,
            stage=GraphStage.OPTIMIZED,
            view="TorchScript, optimized",
            state=state,
        )
        for plan in plans
    ]
    if not plans:
        optimized = [
            CapturedGraph(
                stage=GraphStage.OPTIMIZED,
                view="TorchScript, optimized",
                reason=NO_PLAN,
            )
        ]
    elif loss.grad_fn is not None and has_own_backward(optimized):
        backward = convert_graph(
            last,
            stage=GraphStage.OPTIMIZED,
            view="TorchScript, optimized",
            state=state,
        )
        optimized.append(replace(backward, part="backward"))
    return [captured, *optimized]


def has_own_backward(optimized: list[CapturedGraph]) -> bool:
    """Return whether the executor derived a backward pass, or autograd."""
    operations = {n.operation for graph in optimized for n in graph.nodes}
    return "prim::DifferentiableGraph" in operations


def convert_graph(
    graph: Any,
    *,
    stage: GraphStage,
    view: str,
    state: Collection[str],
    sites: Any = None,
) -> CapturedGraph:
    """Return a graph of TorchScript in the form of the contract."""
    converter = _Converter(sites or {}, state)
    converter.add_graph(graph)
    return CapturedGraph(stage=stage, view=view, nodes=tuple(converter.nodes))


class _Converter:
    """Collects the nodes of a graph, with those of its blocks as regions."""

    def __init__(self, sites: Any, state: Collection[str]) -> None:
        self.nodes: list[GraphNode] = []
        self._names = UniqueNames()
        self._made: dict[str, str] = {}  # name of a value -> name of a node
        self._paths: dict[str, str] = {}  # of modules, by the value's name
        self._sites, self._state = sites, state

    def add_graph(self, graph: Any) -> None:
        for value in graph.inputs():
            if is_module(value):
                self._paths[value.debugName()] = ""
            else:
                self._add_input(value, region="")
        self._add_nodes(graph.nodes(), region="")
        self._add_output(graph.return_node(), region="")

    def _add_nodes(self, nodes: Any, *, region: str) -> None:
        for node in nodes:
            if node.kind() == ATTRIBUTE:
                self._add_attribute(node, region=region)
            elif [*node.outputs()] or [*node.inputs()] or [*node.blocks()]:
                self._add_node(node, region=region)

    def _add_attribute(self, node: Any, *, region: str) -> None:
        """Follow the path to a submodule, or add what it ends in."""
        value = node.output()
        path = self._paths.get(node.input().debugName(), "")
        path = f"{path}.{node.s('name')}".strip(".")
        if is_module(value):
            self._paths[value.debugName()] = path
            return
        is_objective = path not in self._state
        self._add(
            value.debugName(),
            wanted=path.removeprefix(MODEL) if is_objective else path,
            operation=node.kind(),
            common=CommonOperation.PARAMETER,
            region=region,
            **describe_value(value),
        )

    def _add_node(self, node: Any, *, region: str) -> None:
        outputs = [*node.outputs()]
        file, line = self._place_of(node)
        kind = node.kind()
        name = self._add(
            *(each.debugName() for each in outputs),
            wanted=wanted_name(node),
            operation=kind,
            common=common_name(kind),
            inputs=self._names_of(node.inputs()),
            region=region,
            file=file,
            line=line,
            **(describe_value(outputs[0]) if outputs else {}),
        )
        if kind in GUARDS:  # they pass on what they check
            pairs = zip(outputs, node.inputs(), strict=False)
            for value, given in pairs:
                self._made[value.debugName()] = self._made[given.debugName()]
            self._made[outputs[-1].debugName()] = name
        for number, block in enumerate(node.blocks()):
            body = self._add_body(f"{name}/block{number}", region=name)
            # A loop passes its values on to the block, after its condition.
            for value in block.inputs():
                self._add_input(value, region=body)
            self._add_nodes(block.nodes(), region=body)
            self._add_output(block.returnNode(), region=body)
        if node.hasAttribute(SUBGRAPH):
            self._add_subgraph(node, owner=name)

    def _add_subgraph(self, node: Any, *, owner: str) -> None:
        """Add a graph within a node. The names of its values are its own."""
        graph, outer = node.g(SUBGRAPH), self._made
        body = self._add_body(f"{owner}/body", region=owner)
        given = [outer[value.debugName()] for value in node.inputs()]
        self._made = {}
        for value, source in zip(graph.inputs(), given, strict=True):
            self._add_input(value, region=body, inputs=(source,))
        self._add_nodes(graph.nodes(), region=body)
        self._add_output(graph.return_node(), region=body)
        self._made = outer

    def _add_body(self, wanted: str, *, region: str) -> str:
        return self._add(
            wanted=wanted,
            operation="block",
            common=CommonOperation.BODY,
            region=region,
        )

    def _add_input(
        self, value: Any, *, region: str, inputs: tuple[str, ...] = ()
    ) -> None:
        self._add(
            value.debugName(),
            wanted=value.debugName(),
            operation="prim::Param",
            common=CommonOperation.INPUT,
            inputs=inputs,
            region=region,
            **describe_value(value),
        )

    def _add_output(self, node: Any, *, region: str) -> None:
        self._add(
            wanted="return",
            operation=node.kind(),
            common=CommonOperation.OUTPUT,
            inputs=self._names_of(node.inputs()),
            region=region,
        )

    def _add(self, *values: str, wanted: str, **fields: Any) -> str:
        """Add a node and return its name; `values` are its results."""
        name = self._names.take(wanted)
        self.nodes.append(GraphNode(name=name, **fields))
        for value in values:
            self._made[value] = name
        return name

    def _names_of(self, values: Any) -> tuple[str, ...]:
        named = [self._made.get(value.debugName()) for value in values]
        return tuple(name for name in named if name is not None)

    def _place_of(self, node: Any) -> Place:
        place = own_place(node)
        if place == NO_PLACE and (waiting := self._sites.get(key_of(node))):
            return waiting.popleft()
        return place


def wanted_name(node: Any) -> str:
    """Return the name of a value as in the source, else with its kind."""
    outputs = [*node.outputs()]
    kind = node.kind().rpartition("::")[2]
    given = outputs[0].debugName() if outputs else ""
    return f"{kind}_{given}".strip("_") if given[:1] in "0123456789" else given


def is_module(value: Any) -> bool:
    """Return whether a value is a module, not a tensor or a number."""
    return value.type().kind() == "ClassType"


def describe_value(value: Any) -> dict[str, Any]:
    """Return shape and dtype of a value as fields of a node, if known."""
    kind = value.type()
    if kind.kind() != "TensorType":
        return {"dtype": str(kind) if kind.kind() != "TupleType" else ""}
    sizes, dtype = kind.varyingSizes(), kind.dtype()
    return {
        "shape": None
        if sizes is None
        else tuple(-1 if size is None else size for size in sizes),
        "dtype": str(dtype).removeprefix("torch.") if dtype else "",
    }


def own_place(node: Any) -> Place:
    """Return the line that a node was compiled or traced from."""
    text = node.sourceRange()
    traced = [(file, int(line)) for file, line in TRACED.findall(text)]
    # A trace has the innermost frame first.
    return find_own_place(parse_frames(text) or reversed(traced))


def key_of(node: Any) -> tuple[str, str]:
    """Return what identifies a node of a library, until it is inlined."""
    return node.kind(), node.sourceRange()


def find_call_sites(module: Any) -> dict[tuple[str, str], deque[Place]]:
    """Return from where the code of PyTorch's layers is called, in order.

    An inlined node has the line in PyTorch; the line that calls the layer is
    that of the method call in the graph that is not inlined.
    """
    found: dict[tuple[str, str], deque[Place]] = defaultdict(deque)
    for node, site in walk_calls(module, module.graph, NO_PLACE):
        if own_place(node) == NO_PLACE:
            found[key_of(node)].append(site)
    return found


def walk_calls(
    module: Any, graph: Any, site: Place
) -> Iterator[tuple[Any, Place]]:
    """Yield the nodes of a graph and of the methods that it calls."""
    modules = {next(graph.inputs()).debugName(): module}
    yield from _walk_block(graph, modules, site)


def _walk_block(
    block: Any, modules: dict[str, Any], site: Place
) -> Iterator[tuple[Any, Place]]:
    for node in block.nodes():
        if node.kind() == ATTRIBUTE:
            owner = modules.get(node.input().debugName())
            if is_module(node.output()) and owner is not None:
                part = getattr(owner, node.s("name"))
                modules[node.output().debugName()] = part
        elif node.kind() == "prim::CallMethod":
            called = modules[next(node.inputs()).debugName()]
            method = getattr(called, node.s("name"))
            inner = called if node.s("name") == "forward" else method
            place = own_place(node)
            at = site if place == NO_PLACE else place
            yield from walk_calls(called, inner.graph, at)
        else:
            yield node, site
            for part in node.blocks():
                yield from _walk_block(part, modules, site)
