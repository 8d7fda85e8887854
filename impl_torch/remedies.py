"""What a user can change to debug a captured step; imports no framework."""

from compare.contract import DebuggingRemedy

REMEDIES = (
    DebuggingRemedy(
        name="detect_anomaly",
        summary="torch.autograd.set_detect_anomaly(True)",
        mode="eager",
        mistake="nan_in_forward",
    ),
    DebuggingRemedy(
        name="no_jit",
        summary="environment variable PYTORCH_JIT=0",
        mode="script",
        mistake="breakpoint",
    ),
    DebuggingRemedy(
        name="no_jit",
        summary="environment variable PYTORCH_JIT=0",
        mode="trace",
        mistake="print",
    ),
    DebuggingRemedy(
        name="backend_eager",
        summary='torch.compile(model, backend="eager")',
        mode="compile",
        mistake="index_out_of_range",
    ),
    DebuggingRemedy(
        name="disable",
        summary="torch.compiler.disable on the model's forward",
        mode="compile",
        mistake="index_out_of_range",
    ),
    DebuggingRemedy(
        name="force_eager",
        summary='torch.compiler.set_stance("force_eager")',
        mode="compile-step",
        mistake="print",
    ),
    DebuggingRemedy(
        name="logs",
        summary="environment variable TORCH_LOGS=graph_breaks",
        mode="compile",
        mistake="branch_on_tensor",
    ),
    DebuggingRemedy(
        name="reorderable_print",
        summary="torch._dynamo.config.reorderable_logging_functions",
        mode="compile-step",
        mistake="print",
    ),
)
