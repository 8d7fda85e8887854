"""PyTorch's side of every comparison; importing it imports no framework."""

from compare.contract import Framework, Mode

DOCUMENTATION = "https://docs.pytorch.org/docs/stable"

FRAMEWORK = Framework(
    name="torch",
    title="PyTorch",
    package=__name__,
    module="torch",
    install="pip install 'graph-compare[torch]'",
    rank=1,
    modes=(
        Mode(
            name="eager",
            family="dynamic",
            captures="none",
            summary="operation by operation, autograd records as it goes",
        ),
        Mode(
            name="script",
            family="static",
            captures="forward",
            summary="legacy TorchScript: model and loss compiled from source",
        ),
        Mode(
            name="trace",
            family="static",
            captures="forward",
            summary="legacy TorchScript: model and loss recorded on a batch",
        ),
        Mode(
            name="compile",
            family="static",
            captures="forward+backward",
            summary="torch.compile of model and loss",
            needs=("C++ compiler",),
        ),
        Mode(
            name="compile-step",
            family="static",
            captures="training step",
            summary="torch.compile of gradient and update in one graph",
            needs=("C++ compiler",),
        ),
        Mode(
            name="cudagraph",
            family="static",
            captures="training step",
            summary="the kernels of a whole step recorded, then replayed",
            devices=("cuda",),
        ),
    ),
    environment={
        "CUDA_CACHE_PATH": "{cache}",
        "OMP_NUM_THREADS": "{threads}",
        "MKL_NUM_THREADS": "{threads}",
        "TORCHINDUCTOR_CACHE_DIR": "{cache}",
        # Precompiled headers go here: elsewhere no first call would be cold
        # but the machine's very first.
        "TMPDIR": "{cache}",
        # Compile in the worker itself: no pool of helpers that nobody counts.
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
    },
    api_pages={
        "torch.": f"{DOCUMENTATION}/generated/{{name}}.html",
        # What has no page of its own stands on its module's.
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
