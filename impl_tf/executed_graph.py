"""The operations of a step that runs eagerly, as a graph."""

import sys
from collections.abc import Callable, Iterator, Mapping
from types import FrameType, MappingProxyType
from typing import Any

import tensorflow as tf
from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.graphs.naming import UniqueNames
from compare.graphs.operations import CommonOperation
from compare.graphs.places import Place, find_own_place
from tensorflow import Tensor
from tensorflow.python.framework import op_callbacks
from tensorflow.python.ops import handle_data_util

from impl_tf.graph_names import common_name

VIEW = "step, as executed"
TAPE = "tensorflow/python/eager/backprop.py"  # computes gradients
NOTHING: Mapping[str, Any] = MappingProxyType({})
UNLIMITED = sys.maxsize


def record_executed(
    run: Callable[[], Any], *, example: Any, state: Mapping[str, tf.Variable]
) -> tuple[Any, CapturedGraph]:
    """Run a step eagerly; return its result and the operations that it ran.

    Args:
        run: runs the step.
        example: the batch that it runs on.
        state: parameters and buffers by name.

    Operations of the backward pass have the line that asks the tape for
    gradients: the tape does not keep where an operation was recorded.
    """
    recorder = Recorder(example=example, state=state)
    op_callbacks.add_op_callback(recorder)
    try:
        result = run()
    finally:
        op_callbacks.remove_op_callback(recorder)
    graph = CapturedGraph(
        stage=GraphStage.RECORDED, view=VIEW, nodes=tuple(recorder.nodes)
    )
    return result, graph


# differs: the tape keeps no place of an operation; autograd does
class Recorder:
    """Stores each operation after TensorFlow has run it.

    Args:
        example: the batch of the step.
        state: parameters and buffers by name.
        limit: the number of nodes after which it stores no more.
    """

    def __init__(
        self,
        *,
        example: Any = (),
        state: Mapping[str, tf.Variable] = NOTHING,
        limit: int = UNLIMITED,
    ) -> None:
        self.nodes: list[GraphNode] = []
        self._limit = limit
        self._names = UniqueNames()
        self._made: dict[int, str] = {}  # by the id of a tensor
        self._alive: list[Tensor] = []  # no id is used twice
        self._state = {memory(each): name for name, each in state.items()}
        for number, tensor in enumerate(tf.nest.flatten(example)):
            self._add_given(
                tensor, f"input_{number}", common=CommonOperation.INPUT
            )

    def __call__(
        self, kind: Any, inputs: Any, *others: Any, **at: Any
    ) -> None:
        # Operations of a graph have no results yet.
        if at.get("graph") is not None or len(self.nodes) >= self._limit:
            return
        # TensorFlow's Python code has some types as bytes.
        kind = kind.decode() if isinstance(kind, bytes) else kind
        sources = tuple(self._name_of(each) for each in inputs)
        outputs = others[1]
        places = list(walk_frames(sys._getframe(1)))
        file, line = find_own_place(reversed(places))
        node = GraphNode(
            name=self._names.take(kind),
            operation=kind,
            common=common_name(kind),
            inputs=sources,
            is_gradient=any(name.endswith(TAPE) for name, _ in places),
            file=file,
            line=line,
            **describe_tensor(outputs[0] if outputs else None),
        )
        self.nodes.append(node)
        for tensor in outputs:
            self._keep(tensor, node.name)

    def _name_of(self, tensor: Tensor) -> str:
        """Return the node of a tensor; one from outside gets its own."""
        if id(tensor) not in self._made:
            is_state = id(tensor) in self._state
            is_variable = is_state or tensor.dtype == tf.resource
            self._add_given(
                tensor,
                self._state.get(
                    id(tensor), "variable" if is_variable else "constant"
                ),
                common=CommonOperation.PARAMETER
                if is_variable
                else CommonOperation.CONSTANT,
            )
        return self._made[id(tensor)]

    def _add_given(
        self, tensor: Tensor, wanted: str, *, common: CommonOperation
    ) -> None:
        node = GraphNode(
            name=self._names.take(wanted),
            operation="Variable" if tensor.dtype == tf.resource else "Tensor",
            common=common,
            **describe_tensor(tensor),
        )
        self.nodes.append(node)
        self._keep(tensor, node.name)

    def _keep(self, tensor: Tensor, name: str) -> None:
        self._alive.append(tensor)
        self._made[id(tensor)] = name


def memory(variable: tf.Variable) -> int:
    """Return what identifies a variable as an operation's input."""
    value = getattr(variable, "value", None)  # of a variable of Keras
    own = value if isinstance(value, tf.Variable) else variable
    return id(own.handle)


def describe_tensor(tensor: Tensor | None) -> dict[str, Any]:
    """Return shape and dtype as fields of a node; variable sizes are -1."""
    if tensor is None:
        return {}
    data = getattr(tensor, "_handle_data", None)
    if tensor.dtype == tf.resource and tf.is_symbolic_tensor(tensor):
        data = handle_data_util.get_resource_handle_data(tensor)
    if data is not None and data.shape_and_type:  # of a variable's content
        (content, *_) = data.shape_and_type
        return {
            "shape": shape_of(tf.TensorShape(content.shape)),
            "dtype": tf.as_dtype(content.dtype).name,
        }
    return {"shape": shape_of(tensor.shape), "dtype": tensor.dtype.name}


def shape_of(shape: tf.TensorShape) -> tuple[int, ...] | None:
    """Return the sizes, -1 where one varies; None for any number of them."""
    if shape.rank is None:
        return None
    return tuple(-1 if size is None else size for size in shape)


def walk_frames(frame: FrameType | None) -> Iterator[Place]:
    """Return the places of a stack, innermost first."""
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
