"""The operations of a step that runs eagerly, as a graph."""

import sys
from collections.abc import Callable, Iterator, Mapping
from types import FrameType, MappingProxyType
from typing import Any

import torch
from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.graphs.naming import UniqueNames
from compare.graphs.operations import CommonOperation
from compare.graphs.places import Place, find_own_place, parse_frames
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from impl_torch.graph_names import common_name

VIEW = "step, as executed"
MARKS = "profiler"  # operations that only mark where a part begins or ends
NOTHING: Mapping[str, Any] = MappingProxyType({})
UNLIMITED = sys.maxsize


def record_executed(
    run: Callable[[], Any], *, example: Any, state: Mapping[str, Tensor]
) -> tuple[Any, CapturedGraph]:
    """Run a step eagerly; return its result and the operations that it ran.

    Args:
        run: runs the step.
        example: the batch that it runs on.
        state: parameters and buffers by name.

    Operations of the backward pass have the line of the forward operation
    whose gradient they compute.
    """
    recorder = Recorder(example=example, state=state)
    with anomalies_traced(), recorder:
        result = run()
    graph = CapturedGraph(
        stage=GraphStage.RECORDED, view=VIEW, nodes=tuple(recorder.nodes)
    )
    return result, graph


# differs: autograd keeps the place of each operation; TensorFlow does not
def anomalies_traced() -> Any:
    """Let autograd store the place where each of its nodes was created."""
    autograd: Any = torch.autograd
    return autograd.set_detect_anomaly(True, check_nan=False)


class Recorder(TorchDispatchMode):
    """Stores each operation that PyTorch runs below autograd.

    Args:
        example: the batch of the step.
        state: parameters and buffers by name.
        limit: the number of nodes after which it stores no more.
    """

    def __init__(
        self,
        *,
        example: Any = (),
        state: Mapping[str, Tensor] = NOTHING,
        limit: int = UNLIMITED,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.nodes: list[GraphNode] = []
        self._limit = limit
        self._names = UniqueNames()
        self._made: dict[int, str] = {}  # by the id of a tensor
        self._alive: list[Tensor] = []  # no id is used twice
        self._state = {memory(each): name for name, each in state.items()}
        for number, tensor in enumerate(tree_leaves(example)):
            self._add_given(
                tensor, f"input_{number}", common=CommonOperation.INPUT
            )

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func.namespace == MARKS or len(self.nodes) >= self._limit:
            return result
        inputs = tensors_of((args, kwargs or {}))
        sources = tuple(self._name_of(each) for each in inputs)
        outputs = tensors_of(result)
        file, line = place_of(sys._getframe(1))
        operation = str(func)
        node = GraphNode(
            name=self._names.take(operation.split(".")[1]),
            operation=operation,
            common=common_name(operation),
            inputs=sources,
            is_gradient=torch._C._current_autograd_node() is not None,
            file=file,
            line=line,
            **describe_tensor(outputs[0] if outputs else None),
        )
        self.nodes.append(node)
        for tensor in outputs or inputs[:1]:
            self._keep(tensor, node.name)
        return result

    def _name_of(self, tensor: Tensor) -> str:
        """Return the node of a tensor; one from outside gets its own."""
        if id(tensor) not in self._made:
            is_state = memory(tensor) in self._state
            self._add_given(
                tensor,
                self._state.get(memory(tensor), "constant"),
                common=CommonOperation.PARAMETER
                if is_state
                else CommonOperation.CONSTANT,
            )
        return self._made[id(tensor)]

    def _add_given(
        self, tensor: Tensor, wanted: str, *, common: CommonOperation
    ) -> None:
        node = GraphNode(
            name=self._names.take(wanted),
            operation=type(tensor).__name__,
            common=common,
            **describe_tensor(tensor),
        )
        self.nodes.append(node)
        self._keep(tensor, node.name)

    def _keep(self, tensor: Tensor, name: str) -> None:
        self._alive.append(tensor)
        self._made[id(tensor)] = name


def memory(tensor: Tensor) -> int:
    """Return where a tensor's elements are, the same for a detached one."""
    return tensor.data_ptr()


def tensors_of(nested: Any) -> list[Tensor]:
    """Return the tensors of nested arguments or results, in their order."""
    return [each for each in tree_leaves(nested) if isinstance(each, Tensor)]


def describe_tensor(tensor: Tensor | None) -> dict[str, Any]:
    """Return shape and dtype as fields of a node; variable sizes are -1."""
    if tensor is None:
        return {}
    return {
        "shape": tuple(
            size if isinstance(size, int) else -1 for size in tensor.shape
        ),
        "dtype": str(tensor.dtype).removeprefix("torch."),
    }


def place_of(frame: FrameType | None) -> Place:
    """Return the line of the code that runs, or whose gradient is computed."""
    current: Any = torch._C._current_autograd_node()
    if current is not None and "traceback_" in current.metadata:
        return find_own_place(
            parse_frames("".join(current.metadata["traceback_"]))
        )
    return find_own_place(reversed(list(walk_frames(frame))))


def walk_frames(frame: FrameType | None) -> Iterator[Place]:
    """Return the places of a stack, innermost first."""
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
