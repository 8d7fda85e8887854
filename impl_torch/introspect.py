"""Which graph did this mode really build, according to PyTorch?"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from compare.contract import Captures, GraphReport, Idiom
from torch.autograd.profiler import profile
from torch.nn.modules.module import register_module_forward_pre_hook

from impl_torch.modes import Recorded
from impl_torch.step import TrainingStep

RECOMPILE_LIMIT = "Dynamo recompile limit exceeded"  # of a counter's name
# Operations that turn a tensor into a number of Python.
CONVERSIONS = {
    *("aten::Bool", "aten::Int", "aten::Float", "aten::item"),
    *("aten::IntImplicit", "aten::FloatImplicit", "aten::ScalarImplicit"),
    *("aten::is_nonzero", "aten::equal"),
}


def reset() -> None:
    """Clear the state of earlier sessions of this process."""
    if dynamo_is_loaded():
        from torch._dynamo.utils import counters
        from torch._inductor import metrics
        from torch._inductor.codecache import PyCodeCache

        torch._dynamo.reset()
        PyCodeCache.cache_clear()
        counters.clear()
        metrics.reset()


def dynamo_is_loaded() -> bool:
    """Return whether anything was compiled, without importing a compiler."""
    return "torch._inductor.metrics" in sys.modules


def captures_count(step: TrainingStep) -> int:
    """Return the number of graphs so far; cheap enough for timed runs."""
    if isinstance(step.graph, torch.jit.ScriptModule):
        return 1
    if isinstance(step.graph, Recorded):
        return len(step.graph.recordings)
    if not dynamo_is_loaded():
        return 0
    from torch._dynamo.utils import counters

    return counters["stats"]["unique_graphs"]


def graph_report(step: TrainingStep, *, example: Any) -> GraphReport:
    """Describe the graphs of a step that has run at least once."""
    if isinstance(step.graph, torch.jit.ScriptModule):
        return report_torchscript(step, example=example)
    if isinstance(step.graph, Recorded):
        return report_cuda_graphs(step)
    if dynamo_is_loaded():
        return report_dynamo(step, example=example)
    return nothing_captured()


def nothing_captured(*, kernels: int | None = None) -> GraphReport:
    """Return the report of a step that ran eagerly."""
    return GraphReport(
        captures=Captures.NONE,
        captures_count=0,
        kernels=kernels,
        control_flow=(Idiom.IN_PYTHON,),
    )


def report_dynamo(step: TrainingStep, *, example: Any) -> GraphReport:
    """Report Dynamo's captures; none means that the code ran eagerly."""
    from torch._dynamo.utils import counters
    from torch._inductor import metrics

    if not (count := captures_count(step)):
        return nothing_captured(kernels=0)
    frames = counters["frames"]
    breaks = sum(counters["graph_break"].values())
    breaks += frames["total"] - frames["ok"]
    return GraphReport(
        # After a graph break, code may have run eagerly: report only a part.
        captures=Captures.FORWARD
        if breaks
        else read_compiled_captures(step, example=example),
        captures_count=count,
        graph_breaks=breaks,
        nodes=counters["stats"]["calls_captured"],
        # A graph from the compile cache adds the kernels stored with it.
        kernels=metrics.generated_kernel_count,
        # Past the limit of recompilations, Dynamo runs a frame eagerly.
        fell_back=count_given_up() > 0,
        control_flow=read_control_flow(
            generated_programs(), leaves_graph=breaks > 0
        ),
    )


def count_given_up() -> int:
    """Return how often Dynamo gave up a frame at the limit of captures."""
    from torch._dynamo.utils import counters

    return sum(
        count
        for reason, count in counters["unimplemented"].items()
        if reason.startswith(RECOMPILE_LIMIT)
    )


def generated_programs() -> list[ast.AST]:
    """Return the programs that Inductor generated, which call its kernels."""
    from torch._inductor.codecache import PyCodeCache

    files = {module.__file__ for module in PyCodeCache.modules}
    return [ast.parse(Path(file).read_text()) for file in files if file]


def read_compiled_captures(step: TrainingStep, *, example: Any) -> Captures:
    """Return how much of a step runs in its compiled graphs."""
    with profile() as recorded:
        captures = read_captures(step.run(*example))
    is_whole = not any(
        event.cpu_parent is None and event.name.startswith("aten::")
        for event in recorded.function_events
    )
    if captures is Captures.TRAINING_STEP and not is_whole:
        return Captures.FORWARD_BACKWARD  # the update ran outside
    return captures


def report_torchscript(step: TrainingStep, *, example: Any) -> GraphReport:
    """Report TorchScript's graph: the model inlined, not optimized."""
    if not runs_graph(step, example=example):
        return nothing_captured()
    graph = step.graph.inlined_graph
    captures = read_captures(step.run(*example))
    if captures is Captures.TRAINING_STEP and not updates_parameters(graph):
        captures = Captures.FORWARD_BACKWARD  # the update ran outside
    return GraphReport(
        captures=captures,
        captures_count=1,
        nodes=sum(1 for _ in graph.nodes()),
        text=str(graph),
        control_flow=read_control_flow([graph], leaves_graph=False),
    )


def read_control_flow(
    graphs: list[Any], *, leaves_graph: bool
) -> tuple[Idiom, ...]:
    """Return where loops and branches run, by the operations of graphs."""
    found = {Idiom.IN_PYTHON} if leaves_graph else set()
    for graph in graphs:
        found |= control_flow_of(graph) or {Idiom.UNROLLED}
    return tuple(each for each in Idiom if each in found)


# differs: each compiler stores its own here; operations have one list there
def control_flow_of(graph: Any) -> set[Idiom]:
    """Return what a graph of TorchScript or a program of Inductor contains."""
    if isinstance(graph, ast.AST):
        return control_flow_of_program(graph)
    nodes = list(every_node(graph))
    loops = any(node.kind() == "prim::Loop" for node in nodes)
    branches = any(
        node.kind() == "prim::If" and reads_tensor(node.inputsAt(0).node())
        for node in nodes
    )
    found = {Idiom.LOOP} if loops else set()
    return found | ({Idiom.BRANCH} if branches else set())


def control_flow_of_program(program: ast.AST) -> set[Idiom]:
    """Return the loops and branches of a program that Inductor generated.

    It runs a loop of the graph as ``while``, and a branch as ``if`` with the
    item of a tensor; its other conditions do not depend on data.
    """
    found = set()
    for node in ast.walk(program):
        if isinstance(node, ast.While):
            found.add(Idiom.LOOP)
        elif isinstance(node, ast.If) and ".item()" in ast.unparse(node.test):
            found.add(Idiom.BRANCH)
    return found


def every_node(block: Any) -> Iterator[Any]:
    """Yield the nodes of a graph of TorchScript, those of loops included."""
    for node in block.nodes():
        yield node
        for inner in node.blocks():
            yield from every_node(inner)


def reads_tensor(node: Any) -> bool:
    """Return whether a number is computed from the value of a tensor.

    Other conditions, such as whether an argument is None, are no decisions
    about data.
    """
    kinds = [each.type().kind() for each in node.inputs()]
    if node.kind() in CONVERSIONS and "TensorType" in kinds:
        return True
    # A number from a tensor that was not converted is a size or a dtype.
    numbers = zip(node.inputs(), kinds, strict=True)
    return any(
        reads_tensor(each.node())
        for each, kind in numbers
        if kind != "TensorType"
    )


def updates_parameters(graph: Any) -> bool:
    """Return whether a graph of TorchScript changes a module's tensor."""
    in_place = [node for node in graph.nodes() if node.kind().endswith("_")]
    changed = [next(node.inputs()).node().kind() for node in in_place]
    return "prim::GetAttr" in changed


def runs_graph(step: TrainingStep, *, example: Any) -> bool:
    """Return whether a step calls the module that it declares as its graph."""
    called = []
    hook = register_module_forward_pre_hook(
        lambda module, _: called.append(module)
    )
    try:
        step.run(*example)
    finally:
        hook.remove()
    return step.graph in called


def report_cuda_graphs(step: TrainingStep) -> GraphReport:
    """Report CUDA graphs. PyTorch does not list the kernels in them."""
    count = captures_count(step)
    return GraphReport(
        captures=Captures.TRAINING_STEP if count else Captures.NONE,
        captures_count=count,
        # A recording is a sequence of kernels.
        control_flow=(Idiom.UNROLLED if count else Idiom.IN_PYTHON,),
    )


def read_captures(evidence: Any) -> Captures:
    """Return how much of a step a graph holds, by the loss it returned."""
    if evidence.grad_fn is None:  # gradients were computed within the graph
        return Captures.TRAINING_STEP
    backward = type(evidence.grad_fn).__name__
    if "Compiled" in backward:
        return Captures.FORWARD_BACKWARD
    return Captures.FORWARD
