"""PyTorch's devices, threads, settings, clocks and memory."""

from collections.abc import Callable
from typing import Any

import torch
from compare.contract import Limit, LimitKernel


def configure(*, threads: int) -> None:
    """Apply what the environment cannot set; once, before any tensor."""
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True  # as TensorFlow does


def missing(*, device: str) -> str:
    """Return why this device cannot be used; empty if it can."""
    if device == "cuda" and not torch.cuda.is_available():
        built = "with" if torch.version.cuda else "without"
        version = torch.__version__
        return f"torch {version} (built {built} CUDA) finds no CUDA device"
    return ""


def versions() -> dict[str, str]:
    """Return the versions that results depend on."""
    return {"torch": str(torch.__version__)}


def settings() -> dict[str, str]:
    """Return every setting that can change a result.

    They are read from the framework, or as step.py sets them.
    """
    mkldnn = torch.backends.mkldnn
    flushed = (torch.tensor(1e-38) * 0.1).item() == 0
    return {
        "threads within an operation": str(torch.get_num_threads()),
        "threads between operations": str(torch.get_num_interop_threads()),
        "denormals": "flushed to zero" if flushed else "kept",
        "TF32 in matrix products": str(torch.backends.cuda.matmul.allow_tf32),
        "TF32 in convolutions": str(torch.backends.cudnn.allow_tf32),
        "convolution kernels on a GPU": "chosen by timing them",
        "modules hidden from it": "none",
        "oneDNN": str(mkldnn.is_available() and mkldnn.enabled),
        "deterministic algorithms only": str(
            torch.are_deterministic_algorithms_enabled()
        ),
        "memory format of images": "NHWC (channels_last strides)",
        "optimizer, where one is named": "torch.optim.SGD; fused, not in "
        "16 bits",
        "compile options": "defaults, without helper processes",
    }


def synchronize(*, device: str) -> None:
    """Wait until the device has finished all submitted work."""
    if device == "cuda":
        torch.cuda.synchronize()


# differs: TensorFlow does not expose the device's clock
def mark(*, device: str) -> Any:
    """Record a time on the device's own clock; None if it has none."""
    if device != "cuda":
        return None
    event = torch.cuda.Event(enable_timing=True)
    event.record()
    return event


def between_ns(start: Any, end: Any) -> int | None:
    """Wait for two marks and return the time between them."""
    if start is None:
        return None
    end.synchronize()
    return round(start.elapsed_time(end) * 1e6)


def peak_device_bytes(*, device: str) -> int | None:
    """Return the peak of allocated device memory since `forget_peak`."""
    return torch.cuda.max_memory_allocated() if device == "cuda" else None


# differs: TensorFlow does not report reserved memory
def reserved_bytes(*, device: str) -> int | None:
    """Return the peak of reserved device memory since `forget_peak`."""
    return torch.cuda.max_memory_reserved() if device == "cuda" else None


def forget_peak(*, device: str) -> None:
    """Reset the peaks of device memory."""
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()


def matrix_product(
    *, size: int, dtype: str, device: str
) -> Callable[[], None]:
    """Prepare a square matrix product, limited by arithmetic."""
    a = torch.ones(size, size, dtype=getattr(torch, dtype), device=device)

    def multiply() -> None:
        torch.matmul(a, a)
        synchronize(device=device)

    return multiply


def accumulation(*, size: int, dtype: str, device: str) -> Callable[[], None]:
    """Prepare an in-place addition, limited by memory bandwidth."""
    x = torch.ones(size, dtype=getattr(torch, dtype), device=device)
    y = torch.ones_like(x)

    def accumulate() -> None:
        y.add_(x)
        synchronize(device=device)

    return accumulate


LIMITS: dict[Limit, LimitKernel] = {
    "arithmetic": matrix_product,
    "bandwidth": accumulation,
}
