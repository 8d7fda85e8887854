"""The formats in which TensorFlow exports a model; imports no framework."""

from compare.contract import ONNX_RUNTIME, ExportFormat, Runner

GRAPH = Runner(
    name="C API",
    program="runners/graph.cpp",
    options=(
        "-I{module}/include",
        "{module}/libtensorflow_cc.so.2",
        "{module}/libtensorflow_framework.so.2",
        "-Wl,-rpath,{module}",
    ),
)

EXPORTS = (
    ExportFormat(
        name="saved-model",
        summary="SavedModel: a folder with functions and variables",
        runner=GRAPH,
    ),
    ExportFormat(
        name="frozen",
        summary="GraphDef with the variables as constants",
        runner=GRAPH,
        suffix=".pb",
    ),
    ExportFormat(
        name="litert",
        summary="LiteRT file, for phones and small devices",
        runner=Runner(
            name="LiteRT",
            program="impl_tf.runners.litert",
            module="ai_edge_litert",
            install="pip install 'graph-compare[deploy]'",
            needs_framework=False,
        ),
        suffix=".tflite",
    ),
    ExportFormat(
        name="onnx",
        summary="tf2onnx, from the frozen graph",
        runner=ONNX_RUNTIME,
        suffix=".onnx",
        has_independent_evaluator=True,
    ),
)
