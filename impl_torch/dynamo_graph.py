"""The graphs of torch.compile: Dynamo's, AOTAutograd's and Inductor's."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.graphs.naming import UniqueNames
from compare.graphs.operations import CommonOperation
from compare.graphs.places import find_own_place, parse_frames
from torch import Tensor, fx

from impl_torch.executed_graph import describe_tensor, memory
from impl_torch.graph_names import common_name
from impl_torch.inductor_graph import convert_kernels
from impl_torch.step import TrainingStep

NOT_CAPTURED = "Dynamo captured no graph: the step ran eagerly"
NO_KERNELS = "Inductor scheduled no kernel: the graph only passes values on"
NUMBERED = re.compile(r"(?P<first>primals|arg)_?(?P<number>\d+)(?:_1)?")


def compiles(step: TrainingStep) -> bool:
    """Return whether torch.compile wraps a step, or what it calls."""
    is_module = isinstance(step.graph, torch._dynamo.OptimizedModule)
    return is_module or hasattr(step.run, "_torchdynamo_orig_callable")


def read_dynamo(
    run: Callable[[], Any], *, state: Mapping[str, Tensor]
) -> list[CapturedGraph]:
    """Compile a step again and return the graphs of every stage.

    Order: what Dynamo captured, what AOTAutograd made of it (with backward),
    and the kernels that Inductor fused from that.

    Args:
        run: runs the step.
        state: parameters and buffers by name.
    """
    torch._dynamo.reset()
    found = _Stages(state)
    with observing_compiler(found):
        run()
    if not found.graphs:
        return [
            CapturedGraph(
                stage=GraphStage.CAPTURED,
                view="FX, Dynamo",
                reason=NOT_CAPTURED,
            )
        ]
    return found.graphs


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A graph of Dynamo, of which AOTAutograd makes a forward and a backward.

    Attributes:
        part: of the step, after a graph break.
        given: its inputs, in order.
    """

    part: str
    given: Sequence[GraphNode]


@contextmanager
def observing_compiler(found: "_Stages") -> Iterator[None]:
    """Let the compiler show its graphs; it reads none from its caches."""
    from torch._functorch import config as autograd_config
    from torch._inductor import compile_fx, config

    inductor: Any = compile_fx
    original = inductor.compile_fx
    inner = inductor.compile_fx_inner

    def show(module: fx.GraphModule, example: Any, **options: Any) -> Any:
        origin = found.add_dynamo(module)

        def show_inner(part: fx.GraphModule, *args: Any, **own: Any) -> Any:
            found.add_aot(part, origin=origin)
            compiled = inner(part, *args, **own)
            found.require_kernels()
            return compiled

        return original(
            module, example, **{**options, "inner_compile": show_inner}
        )

    inductor.compile_fx = show
    try:
        with (
            config.patch(
                _post_fusion_custom_pass=found.add_kernels,
                fx_graph_cache=False,
            ),
            autograd_config.patch(enable_autograd_cache=False),
        ):
            yield
    finally:
        inductor.compile_fx = original


class _Stages:
    """The graphs that the compiler has shown."""

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        self.graphs: list[CapturedGraph] = []
        self._state = {memory(tensor): name for name, tensor in state.items()}
        self._count = 0  # of graphs that Dynamo captured
        self._made: dict[str, str] = {}  # FX's names -> names of nodes
        self._part = ""  # of the graph that is compiled

    def add_dynamo(self, module: fx.GraphModule) -> Origin:
        self._count += 1
        part = f"graph {self._count}" if self._count > 1 else ""
        converter = Converter(state=self._state)
        converter.add_module(module)
        self._add("FX, Dynamo", part, converter)
        given = [
            node
            for node in converter.nodes
            if node.operation == "placeholder" and not node.region
        ]
        return Origin(part=part, given=given)

    def add_aot(self, module: fx.GraphModule, *, origin: Origin) -> None:
        parts = (origin.part, name_pass(module.graph))
        self._part = ", ".join(filter(None, parts))
        converter = Converter(given=origin.given)
        self._made = converter.add_module(module)
        self._add("FX, AOTAutograd", self._part, converter)

    def add_kernels(self, kernels: list[Any]) -> list[Any]:
        """Read the scheduled kernels and return them unchanged."""
        from torch._inductor.virtualized import V

        nodes = convert_kernels(
            kernels, graph=V.graph, before=self.graphs[-1], made=self._made
        )
        self._add_kernels(nodes=tuple(nodes))
        return kernels

    def require_kernels(self) -> None:
        """Add why the graph has no kernels, if none were scheduled for it."""
        if self.graphs[-1].stage is GraphStage.CAPTURED:
            self._add_kernels(reason=NO_KERNELS)

    def _add_kernels(self, **fields: Any) -> None:
        self.graphs.append(
            CapturedGraph(
                stage=GraphStage.OPTIMIZED,
                view="kernels, Inductor",
                part=self._part,
                **fields,
            )
        )

    def _add(self, view: str, part: str, converter: "Converter") -> None:
        self.graphs.append(
            CapturedGraph(
                stage=GraphStage.CAPTURED,
                view=view,
                part=part,
                nodes=tuple(converter.nodes),
            )
        )


def name_pass(graph: fx.Graph) -> str:
    """Return which part of a step a graph computes, by what it is given.

    PyTorch calls a graph that needs no backward pass ``inference``.
    """
    given = [node.name for node in graph.nodes if node.op == "placeholder"]
    if any(name.startswith("tangents") for name in given):
        return "backward"
    is_first = any(name.startswith("primals") for name in given)
    return "forward" if is_first else "inference"


class Converter:
    """Collects the nodes of an FX graph, with called graphs as regions.

    Args:
        given: the inputs of the graph that this one was made from, in order.
            AOTAutograd numbers them: ``primals_2`` is the second one.
        state: parameters and buffers, by the places of their elements.
    """

    def __init__(
        self,
        *,
        given: Sequence[GraphNode] = (),
        state: Mapping[int, str] | None = None,
    ) -> None:
        self.nodes: list[GraphNode] = []
        self._names = UniqueNames()
        self._given, self._state = given, state or {}

    def add_module(
        self, module: Any, *, region: str = "", given: Sequence[str] = ()
    ) -> dict[str, str]:
        """Add a module's graph and return FX's names -> names of nodes.

        Args:
            module: whose graph is read.
            region: the body that it is.
            given: names of the nodes that a called graph takes.
        """
        made: dict[str, str] = {}
        passed = iter(given)
        for node in module.graph.nodes:
            if is_graph(module, node):
                continue  # a body, added where it is called
            sources = [made[n.name] for n in inputs_of(node) if n.name in made]
            if node.op == "placeholder" and region:
                sources = [each for each in [next(passed, "")] if each]
            name = self._add_node(node, inputs=tuple(sources), region=region)
            made[node.name] = name
            operands = [made[n.name] for n in operands_of(node)]
            for each in inputs_of(node):
                if is_graph(module, each):
                    body = self._add_body(f"{name}/{each.target}", name)
                    part = getattr(module, str(each.target))
                    self.add_module(part, region=body, given=operands)
        return made

    def _add_body(self, wanted: str, region: str) -> str:
        body = self._names.take(wanted)
        self.nodes.append(
            GraphNode(
                name=body,
                operation="GraphModule",
                common=CommonOperation.BODY,
                region=region,
            )
        )
        return body

    def _add_node(
        self, node: fx.Node, *, inputs: tuple[str, ...], region: str
    ) -> str:
        operation = operation_of(node)
        wanted, common = node.name, common_name(operation)
        if node.op == "placeholder":
            wanted, common = self._describe_given(node)
        elif node.op == "get_attr":
            common = CommonOperation.CONSTANT
        stack = node.meta.get("stack_trace") or ""
        file, line = find_own_place(parse_frames(stack))
        name = self._names.take(wanted)
        self.nodes.append(
            GraphNode(
                name=name,
                operation=operation,
                common=common,
                inputs=inputs,
                region=region,
                file=file,
                line=line,
                **describe_meta(node),
            )
        )
        return name

    def _describe_given(self, node: fx.Node) -> tuple[str, str]:
        """Return name and common name of an input of a graph."""
        numbered = NUMBERED.fullmatch(node.name)
        if numbered and self._given:
            first = numbered["first"]
            number = int(numbered["number"]) - (first == "primals")
            if number < len(self._given):
                source = self._given[number]
                if may_be_same(source, describe_meta(node).get("shape")):
                    return source.name, source.common
        argument = node.meta.get("grapharg")
        value = getattr(argument, "example", None)
        if isinstance(value, Tensor) and memory(value) in self._state:
            return self._state[memory(value)], CommonOperation.PARAMETER
        return readable_name(str(node.target)), CommonOperation.INPUT


def may_be_same(node: GraphNode, shape: tuple[int, ...] | None) -> bool:
    """Return whether a shape agrees with that of a node where both are known.

    A size that varied for Dynamo may be fixed in AOTAutograd's graph.
    """
    if node.shape is None or shape is None:
        return node.shape == shape
    if len(node.shape) != len(shape):
        return False
    pairs = zip(node.shape, shape, strict=True)
    return all(a == b or -1 in (a, b) for a, b in pairs)


def readable_name(target: str) -> str:
    """Return ``inputs`` for ``L_inputs_``, Dynamo's name of a local one."""
    return target.removeprefix("L_").strip("_")


def operation_of(node: fx.Node) -> str:
    """Return the name of what a node calls, such as ``aten.mm.default``."""
    if node.op in ("placeholder", "output", "get_attr"):
        return node.op
    if node.op == "call_method":
        return f"Tensor.{node.target}"
    if isinstance(node.target, str):
        return node.target
    if isinstance(node.target, torch._ops.OpOverload):
        return str(node.target)
    name = getattr(node.target, "__name__", str(node.target))
    module = getattr(node.target, "__module__", None) or "torch"
    return f"{module.strip('_')}.{name}"


def is_graph(module: Any, node: fx.Node) -> bool:
    """Return whether a node reads a graph that another node calls."""
    if node.op != "get_attr" or "." in str(node.target):
        return False
    part = getattr(module, str(node.target), None)
    return isinstance(part, fx.GraphModule)


def inputs_of(node: fx.Node) -> list[fx.Node]:
    """Return the nodes of all arguments in order, repeated as they are."""
    found: list[fx.Node] = []
    fx.map_arg((node.args, node.kwargs), found.append)
    return found


def operands_of(node: fx.Node) -> list[fx.Node]:
    """Return what a node passes to the graphs that it calls, as a list."""
    last = node.args[-1] if node.args else ()
    listed = last if isinstance(last, tuple | list) else ()
    return [each for each in listed if isinstance(each, fx.Node)]


def describe_meta(node: fx.Node) -> dict[str, Any]:
    """Return shape and dtype of a node's result, if it is a tensor."""
    value = node.meta.get("val", node.meta.get("example_value"))
    return describe_tensor(value if isinstance(value, Tensor) else None)
