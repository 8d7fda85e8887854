"""The formats in which PyTorch exports a model; imports no framework."""

from compare.contract import ONNX_RUNTIME, ExportFormat, Runner

INCLUDE = (
    "-I{module}/include",
    "-I{module}/include/torch/csrc/api/include",
)
LINK = (
    "-L{module}/lib",
    "-ltorch",
    "-ltorch_cpu",
    "-lc10",
    "-Wl,-rpath,{module}/lib",
)
TORCHSCRIPT = Runner(
    name="libtorch",
    program="runners/torchscript.cpp",
    options=INCLUDE + LINK,
)

EXPORTS = (
    ExportFormat(
        name="script",
        summary="legacy TorchScript file, compiled from source",
        runner=TORCHSCRIPT,
        suffix=".pt",
    ),
    ExportFormat(
        name="trace",
        summary="legacy TorchScript file, traced on a batch",
        runner=TORCHSCRIPT,
        suffix=".pt",
    ),
    ExportFormat(
        name="program",
        summary="torch.export: a graph of ATen operations",
        runner=Runner(
            name="Python",
            program="impl_torch.runners.program",
        ),
        suffix=".pt2",
    ),
    ExportFormat(
        name="aotinductor",
        summary="torch.export, compiled to a shared library",
        runner=Runner(
            name="libtorch",
            program="runners/aotinductor.cpp",
            options=INCLUDE + LINK,
        ),
        suffix=".pt2",
        needs=("C++ compiler",),
    ),
    ExportFormat(
        name="onnx",
        summary="torch.onnx.export(dynamo=True)",
        runner=ONNX_RUNTIME,
        suffix=".onnx",
        has_independent_evaluator=True,
    ),
)
