"""The PyTorch side of every comparison; imports no framework."""

from typing import TYPE_CHECKING

from compare.contract import Captures, Framework, Mode, Replication

from impl_torch.export_formats import EXPORTS
from impl_torch.remedies import REMEDIES

if TYPE_CHECKING:  # mypy checks the parts of this package with the contract
    from compare.contract import (
        CallablesModule,
        ExportingModule,
        ModelsModule,
        QuirksModule,
        ReplicasModule,
        Runtime,
        SessionModule,
    )

    from impl_torch import (
        callables,
        exporting,
        models,
        quirks,
        replicas,
        runtime,
        session,
    )

    SESSION: SessionModule = session
    RUNTIME: Runtime = runtime
    MODELS: ModelsModule = models
    QUIRKS: QuirksModule = quirks
    REPLICAS: ReplicasModule = replicas
    EXPORTING: ExportingModule = exporting
    CALLABLES: CallablesModule = callables

DOCUMENTATION = "https://docs.pytorch.org/docs/stable"

FRAMEWORK = Framework(
    name="torch",
    title="PyTorch",
    package=__name__,
    module="torch",
    install="pip install 'graph-compare[torch]'",
    distributions=("torch",),
    built_on_it=("torchvision", "transformers", "timm", "lightning"),
    rank=1,
    modes=(
        Mode(
            name="eager",
            family="dynamic",
            captures=Captures.NONE,
            summary="operation by operation; autograd records each",
        ),
        Mode(
            name="manual",
            family="dynamic",
            captures=Captures.NONE,
            summary="eager, with gradients by hand; two_layer only",
            unnamed_in=(),
        ),
        Mode(
            name="script",
            family="static",
            captures=Captures.FORWARD,
            summary="legacy TorchScript: model and loss compiled from source",
        ),
        Mode(
            name="script-step",
            family="static",
            captures=Captures.TRAINING_STEP,
            summary="TorchScript of the step with gradients by hand",
            unnamed_in=(),
        ),
        Mode(
            name="trace",
            family="static",
            captures=Captures.FORWARD,
            summary="legacy TorchScript: model and loss traced on a batch",
        ),
        Mode(
            name="compile",
            family="static",
            captures=Captures.FORWARD_BACKWARD,
            summary="torch.compile of model and loss",
            needs=("C++ compiler",),
            compiles=True,
        ),
        Mode(
            name="compile-dynamic",
            family="static",
            captures=Captures.FORWARD_BACKWARD,
            summary="torch.compile with dynamic=True: sizes are variables",
            needs=("C++ compiler",),
            compiles=True,
            unnamed_in=(),
        ),
        Mode(
            name="compile-step",
            family="static",
            captures=Captures.TRAINING_STEP,
            summary="torch.compile of gradients and update in one graph",
            needs=("C++ compiler",),
            compiles=True,
        ),
        Mode(
            name="cudagraph",
            family="static",
            captures=Captures.TRAINING_STEP,
            summary="CUDA graph: a step's kernels are recorded and replayed",
            devices=("cuda",),
        ),
    ),
    exports=EXPORTS,
    remedies=REMEDIES,
    environment={
        "CUDA_CACHE_PATH": "{cache}",
        "OMP_NUM_THREADS": "{threads}",
        "MKL_NUM_THREADS": "{threads}",
        "TORCHINDUCTOR_CACHE_DIR": "{cache}",
        # Precompiled headers are stored here. In a shared folder, only the
        # first run on a machine would have a cold first call.
        "TMPDIR": "{cache}",
        # Compile in the worker: memory of helper processes is not measured.
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
    },
    replication=Replication(
        method="DistributedDataParallel over gloo, a process each",
        refused={
            "manual": "DistributedDataParallel averages gradients of "
            "autograd, not those by hand",
            "script": "TorchScript cannot compile DistributedDataParallel",
            "script-step": "DistributedDataParallel averages gradients of "
            "autograd, not those by hand",
            "trace": "a trace leaves out the Python code with which "
            "DistributedDataParallel prepares each backward pass",
            "compile-step": "it allows no graph break, and Dynamo cannot "
            "capture DistributedDataParallel without one",
            "cudagraph": "replicas run on the processor only",
        },
        has_breaks=True,
    ),
    captures_functions_with="`torch.compile` without a compiler behind it",
    api_pages={
        "torch.": f"{DOCUMENTATION}/generated/{{name}}.html",
        # Names without a page of their own are on the page of their module.
        "torch.Tensor": f"{DOCUMENTATION}/tensors.html#{{name}}",
        "torch.Tensor.": f"{DOCUMENTATION}/generated/{{name}}.html",
        "torch.autograd.Function": f"{DOCUMENTATION}/autograd.html#{{name}}",
        "torch.device": f"{DOCUMENTATION}/tensor_attributes.html#{{name}}",
        "torch.dtype": f"{DOCUMENTATION}/tensor_attributes.html#{{name}}",
        "torch.export.": f"{DOCUMENTATION}/export/api_reference.html#{{name}}",
        "torch.nn.init.": f"{DOCUMENTATION}/nn.init.html#{{name}}",
        "torch.utils.data.": f"{DOCUMENTATION}/data.html#{{name}}",
        "torch.utils.tensorboard.": f"{DOCUMENTATION}/tensorboard.html",
    },
)

FRAMEWORKS = (FRAMEWORK,)
