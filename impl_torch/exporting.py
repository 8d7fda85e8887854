"""Write models to files, and read what each of their operations computes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import torch
from compare.contract import INPUT, ExportedNames, NodeValue
from compare.graphs.naming import UniqueNames
from compare.runners.onnx_nodes import number_outputs, trace_onnx
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from impl_torch.layout import to_numpy
from impl_torch.step import inference
from impl_torch.targets import flatten


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A model and the inputs of a batch."""

    model: nn.Module
    inputs: tuple[Tensor, ...]

    def __call__(self) -> Any:
        return self.model(*self.inputs)


# differs: tracers need the names of tensors; tf.function takes any number
class PairModel(nn.Module):
    """A model whose input is a pair, as a module of two tensors."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return self.model((first, second))


class ListModel(nn.Module):
    """The outputs of an objective, as a function of any tensors."""

    def __init__(self, objective: Any) -> None:
        super().__init__()
        self.objective = objective

    def forward(self, *tensors: Tensor) -> list[Tensor]:
        return self.objective.outputs(tensors)


def read_inputs(model: Deployed) -> list[Any]:
    """Return the inputs as arrays, in PyTorch's own layout."""
    return [to_numpy(tensor) for tensor in model.inputs]


def run(model: Deployed) -> list[Any]:
    """Return the floating-point outputs, in PyTorch's own layout."""
    with inference(model.model):
        return [to_numpy(tensor) for _, tensor in flatten(model())]


def time_calls(model: Deployed, *, calls: int) -> int:
    """Run the model eagerly `calls` times; return the nanoseconds of all."""
    with inference(model.model):
        start = perf_counter_ns()
        for _ in range(calls):
            model()
        return perf_counter_ns() - start


def export_script(model: Deployed, path: Path) -> ExportedNames:
    """Compile the model's Python source to TorchScript."""
    with inference(model.model):
        torch.jit.script(model.model).save(str(path))
    return ExportedNames()


def export_trace(model: Deployed, path: Path) -> ExportedNames:
    """Trace the operations that the model runs on its inputs."""
    with inference(model.model):
        torch.jit.trace(model.model, model.inputs, strict=False).save(
            str(path)
        )
    return ExportedNames()


def export_program(model: Deployed, path: Path) -> ExportedNames:
    """Write the program of torch.export."""
    torch.export.save(capture(model), path)
    return ExportedNames()


def export_aotinductor(model: Deployed, path: Path) -> ExportedNames:
    """Compile the program of torch.export to a shared library."""
    from torch._inductor import aoti_compile_and_package

    with inference(model.model):
        aoti_compile_and_package(capture(model), package_path=str(path))
    return ExportedNames()


def export_onnx(model: Deployed, path: Path) -> ExportedNames:
    """Translate the program of torch.export to operators of ONNX."""
    with inference(model.model):
        made = torch.onnx.export(capture(model), dynamo=True, verbose=False)
    if made is None:
        raise RuntimeError("torch.onnx.export returned nothing")
    made.save(str(path))
    graph = made.model.graph
    return ExportedNames(
        inputs=tuple(str(each.name) for each in graph.inputs),
        outputs=tuple(str(each.name) for each in graph.outputs),
    )


def capture(model: Deployed) -> torch.export.ExportedProgram:
    """Return the model's program; the first sizes vary where they can."""
    sizes: Any = tuple(
        {0: torch.export.Dim.AUTO} if tensor.ndim else None
        for tensor in model.inputs
    )
    if isinstance(model.model, ListModel):
        sizes = (sizes,)
    with inference(model.model):
        return torch.export.export(
            model.model, model.inputs, dynamic_shapes=sizes
        )


EXPORTERS: dict[str, Callable[[Deployed, Path], ExportedNames]] = {
    "script": export_script,
    "trace": export_trace,
    "program": export_program,
    "aotinductor": export_aotinductor,
    "onnx": export_onnx,
}


def trace_model(model: Deployed) -> list[NodeValue]:
    """Return every operation that the eager model runs, with its result."""
    with inference(model.model), ValueRecorder() as recorder:
        model()
    return recorder.nodes


class ValueRecorder(TorchDispatchMode):
    """Stores the result of each operation below autograd."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.nodes: list[NodeValue] = []
        self._names = UniqueNames()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        operation = str(func)
        for each in tree_leaves(result):
            name = self._names.take(operation.split(".")[1])
            self.nodes.append(value_of(name, operation, each))
        return result


def value_of(
    name: str, operation: str, result: Any, *, inputs: Sequence[str] = ()
) -> NodeValue:
    """Return a node with its result, if that is a floating-point tensor."""
    is_float = isinstance(result, Tensor) and result.is_floating_point()
    return NodeValue(
        name=name,
        operation=operation,
        inputs=tuple(inputs),
        value=to_numpy(result).copy() if is_float else None,
    )


def trace_export(
    name: str, path: Path, inputs: Sequence[Any]
) -> list[NodeValue]:
    """Return every node of an exported model, with its result."""
    if name == "onnx":
        return trace_onnx(path, inputs)
    if name != "program":
        raise NotImplementedError(
            f"a file of {name} does not show what its operations compute"
        )
    return trace_program(torch.export.load(path), inputs)


def trace_program(
    program: torch.export.ExportedProgram, inputs: Sequence[Any]
) -> list[NodeValue]:
    """Return every operation of a program, with its result."""
    module = program.module()
    recorder = NodeRecorder(module)
    with torch.no_grad():
        recorder.run(*map(torch.from_numpy, inputs))
    return recorder.nodes


class NodeRecorder(torch.fx.Interpreter):
    """Runs a graph and stores what each node computes."""

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.nodes: list[NodeValue] = []
        (last,) = module.graph.find_nodes(op="output")
        self._outputs = [str(each) for each in tree_leaves(last.args)]

    def run_node(self, n: torch.fx.Node) -> Any:
        result = super().run_node(n)
        if n.op != "output":
            found = value_of(
                n.name,
                INPUT if n.op == "placeholder" else str(n.target),
                result,
                inputs=[each.name for each in n.all_input_nodes],
            )
            outputs = number_outputs(n.name, self._outputs)
            self.nodes.append(replace(found, outputs=outputs))
        return result
