"""Write models to files, and read what each of their operations computes."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import tensorflow as tf
from compare.contract import INPUT, ExportedNames, NodeValue
from compare.graphs.naming import UniqueNames
from compare.runners.onnx_nodes import number_outputs, trace_onnx
from compare.runners.serving import sort_by_number
from tensorflow import Tensor
from tensorflow.python.framework import op_callbacks
from tensorflow.python.framework.convert_to_constants import (
    convert_variables_to_constants_v2 as freeze,
)

from impl_tf.layout import to_numpy
from impl_tf.step import infer
from impl_tf.targets import flatten


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A model and the inputs of a batch."""

    model: tf.Module
    inputs: tuple[Tensor, ...]

    def __call__(self) -> Any:
        return self.model(*self.inputs)


# differs: it takes any number of tensors; PyTorch's tracers need their names
class InferenceModel(tf.Module):
    """A model in inference mode, as a function of tensors."""

    def __init__(self, model: tf.Module) -> None:
        super().__init__()
        self.model = model

    def __call__(self, *tensors: Tensor) -> Tensor:
        return infer(self.model, tensors[0] if len(tensors) == 1 else tensors)


class ListModel(tf.Module):
    """The outputs of an objective, as a function of any tensors."""

    def __init__(self, objective: Any) -> None:
        super().__init__()
        self.objective = objective

    def __call__(self, *tensors: Tensor) -> list[Tensor]:
        return self.objective.outputs(tensors, training=False)


def read_inputs(model: Deployed) -> list[Any]:
    """Return the inputs as arrays, in TensorFlow's own layout."""
    return [to_numpy(tensor) for tensor in model.inputs]


def run(model: Deployed) -> list[Any]:
    """Return the floating-point outputs, in TensorFlow's own layout."""
    return [to_numpy(tensor) for _, tensor in flatten(model())]


def time_calls(model: Deployed, *, calls: int) -> int:
    """Run the model eagerly `calls` times; return the nanoseconds of all."""
    start = perf_counter_ns()
    for _ in range(calls):
        model()
    return perf_counter_ns() - start


def export_saved_model(model: Deployed, path: Path) -> ExportedNames:
    """Write functions and variables to a folder."""
    function = capture(model)
    owner = track_variables(function)
    tf.saved_model.save(owner, str(path), signatures=function)
    return read_signature(path)


def track_variables(function: Any) -> tf.Module:
    """Return an object that owns the variables which a function reads.

    Of a Keras model, tf.saved_model.save would write each variable twice,
    and restore the one that no function reads.
    """
    owner = tf.Module()
    owner.kept = list(function.variables)
    return owner


def read_signature(path: Path) -> ExportedNames:
    """Return the names of a SavedModel's inputs and outputs, in order."""
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = SavedModel.FromString((path / "saved_model.pb").read_bytes())
    signature = saved.meta_graphs[0].signature_def["serving_default"]

    def list_names(tensors: Any) -> tuple[str, ...]:
        return tuple(tensors[key].name for key in sort_by_number(tensors))

    return ExportedNames(
        inputs=list_names(signature.inputs),
        outputs=list_names(signature.outputs),
    )


def export_frozen(model: Deployed, path: Path) -> ExportedNames:
    """Write one graph, with the variables as constants."""
    frozen = freeze(capture(model))
    path.write_bytes(frozen.graph.as_graph_def().SerializeToString())
    return ExportedNames(
        inputs=tuple(each.name for each in frozen.inputs),
        outputs=tuple(each.name for each in frozen.outputs),
    )


def export_litert(model: Deployed, path: Path) -> ExportedNames:
    """Convert the graph to operators of LiteRT."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tf.lite moves to another package
        function = capture(model)
        converter = tf.lite.TFLiteConverter.from_concrete_functions(
            [function], track_variables(function)
        )
        path.write_bytes(converter.convert())
    return ExportedNames()


def export_onnx(model: Deployed, path: Path) -> ExportedNames:
    """Translate the frozen graph to operators of ONNX."""
    import tf2onnx

    frozen = freeze(capture(model))
    names = ExportedNames(
        inputs=tuple(each.name for each in frozen.inputs),
        outputs=tuple(each.name for each in frozen.outputs),
    )
    tf2onnx.convert.from_graph_def(
        frozen.graph.as_graph_def(),
        input_names=list(names.inputs),
        output_names=list(names.outputs),
        opset=18,
        output_path=str(path),
    )
    return names


def capture(model: Deployed) -> Any:
    """Return the model's graph; the first sizes vary where they can."""
    try:
        return make_function(model, first_sizes_vary=True)
    except (TypeError, ValueError):  # the code needs to know a size
        return make_function(model, first_sizes_vary=False)


def make_function(model: Deployed, *, first_sizes_vary: bool) -> Any:
    """Return the graph of the model for inputs of some shapes."""

    def shape_of(tensor: Tensor) -> list[int | None]:
        sizes: list[int | None] = list(tensor.shape)
        return [None, *sizes[1:]] if first_sizes_vary and sizes else sizes

    signature = [
        tf.TensorSpec(shape_of(tensor), tensor.dtype, name=f"input_{number}")
        for number, tensor in enumerate(model.inputs)
    ]
    call: Any = model.model.__call__
    return tf.function(call, input_signature=signature).get_concrete_function()


EXPORTERS: dict[str, Callable[[Deployed, Path], ExportedNames]] = {
    "saved-model": export_saved_model,
    "frozen": export_frozen,
    "litert": export_litert,
    "onnx": export_onnx,
}


def trace_model(model: Deployed) -> list[NodeValue]:
    """Return every operation that the eager model runs, with its result."""
    recorder = ValueRecorder()
    op_callbacks.add_op_callback(recorder)
    try:
        model()
    finally:
        op_callbacks.remove_op_callback(recorder)
    return recorder.nodes


class ValueRecorder:
    """A callback that stores the result of each operation."""

    def __init__(self) -> None:
        self.nodes: list[NodeValue] = []
        self._names = UniqueNames()

    def __call__(
        self, kind: Any, _inputs: Any, *others: Any, **_at: Any
    ) -> None:
        operation = kind.decode() if isinstance(kind, bytes) else kind
        for each in others[1]:
            name = self._names.take(operation)
            self.nodes.append(value_of(name, operation, each))


def value_of(
    name: str, operation: str, result: Any, *, inputs: Sequence[str] = ()
) -> NodeValue:
    """Return a node with its result, if that is a floating-point tensor."""
    is_float = isinstance(result, Tensor) and result.dtype.is_floating
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
    if name == "litert":
        return trace_litert(path, inputs)
    if name == "saved-model":
        loaded = tf.saved_model.load(str(path))
        graph = freeze(loaded.signatures["serving_default"]).graph
        return trace_graph(graph.as_graph_def(), inputs)
    definition = tf.compat.v1.GraphDef.FromString(path.read_bytes())
    return trace_graph(definition, inputs)


def trace_graph(definition: Any, inputs: Sequence[Any]) -> list[NodeValue]:
    """Return every operation of a graph, with its first result."""
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(definition, name="")
        operations = graph.get_operations()
        placeholders = {
            op.name: op for op in operations if op.type == "Placeholder"
        }
        given = [placeholders[name] for name in sort_by_number(placeholders)]
        feeds = {
            op.outputs[0]: array
            for op, array in zip(given, inputs, strict=True)
        }
        shown = [
            op
            for op in operations
            if op.outputs and op.outputs[0].dtype.is_floating
        ]
        with tf.compat.v1.Session(graph=graph) as session:
            found = session.run([op.outputs[0] for op in shown], feeds)
    values = {op.name: value for op, value in zip(shown, found, strict=True)}
    return [
        NodeValue(
            name=op.name,
            operation=INPUT if op in given else op.type,
            inputs=tuple(each.op.name for each in op.inputs),
            value=values.get(op.name),
        )
        for op in operations
    ]


def trace_litert(path: Path, inputs: Sequence[Any]) -> list[NodeValue]:
    """Return every operator of a LiteRT file, with its first result."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    from impl_tf.runners.litert import fill_inputs, list_places

    # Delegates would replace parts of the graph.
    resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interpreter: Any = Interpreter(
            str(path),
            experimental_op_resolver_type=resolver,
            experimental_preserve_all_tensors=True,
        )
    fill_inputs(interpreter, inputs)
    interpreter.invoke()
    names = {
        each["index"]: f"{each['name']} #{each['index']}"
        for each in interpreter.get_tensor_details()
    }
    signature = interpreter.get_signature_runner
    places = list_places(signature().get_output_details())
    outputs = [names[each["index"]] for each in places]
    found = [
        NodeValue(
            name=names[each["index"]], operation=INPUT, inputs=(), value=None
        )
        for each in interpreter.get_input_details()
    ]
    for operator in interpreter._get_ops_details():
        for index in operator["outputs"]:
            value = interpreter.get_tensor(index)
            found.append(
                NodeValue(
                    name=names[index],
                    operation=operator["op_name"],
                    inputs=tuple(
                        names[each] for each in operator["inputs"] if each >= 0
                    ),
                    value=value if value.dtype.kind == "f" else None,
                    outputs=number_outputs(names[index], outputs),
                )
            )
    return found
