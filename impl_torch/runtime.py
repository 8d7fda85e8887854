"""Devices, threads, settings, waiting and memory, as PyTorch has them."""

from collections.abc import Callable
from typing import Any

import torch


def configure(*, threads: int) -> None:
    """Force what the environment cannot: once, before any tensor is made."""
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True  # TensorFlow picks kernels so too


def missing(*, device: str) -> str:
    """Why this device cannot be used; empty if it can."""
    if device == "cuda" and not torch.cuda.is_available():
        built = "with" if torch.version.cuda else "without"
        version = torch.__version__
        return f"torch {version} (built {built} CUDA) finds no CUDA device"
    return ""


def versions() -> dict[str, str]:
    """The versions that results depend on."""
    return {"torch": str(torch.__version__)}


def settings() -> dict[str, str]:
    """Every setting that can change a result: read, or as step.py gives it."""
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
    """Wait until the device has done everything asked of it."""
    if device == "cuda":
        torch.cuda.synchronize()


# differs: TensorFlow shows nobody its device's clock
def mark(*, device: str) -> Any:
    """A moment on the device's own clock; ``None`` where it has none."""
    if device != "cuda":
        return None
    event = torch.cuda.Event(enable_timing=True)
    event.record()
    return event


def between_ns(start: Any, end: Any) -> int | None:
    """The time between two marks, waited for."""
    if start is None:
        return None
    end.synchronize()
    return round(start.elapsed_time(end) * 1e6)


def peak_device_bytes(*, device: str) -> int | None:
    """Most device memory allocated since the peak was forgotten."""
    return torch.cuda.max_memory_allocated() if device == "cuda" else None


# differs: TensorFlow does not tell
def reserved_bytes(*, device: str) -> int | None:
    """Most device memory held, allocated or not, since then."""
    return torch.cuda.max_memory_reserved() if device == "cuda" else None


def forget_peak(*, device: str) -> None:
    """Let the next peak be that of what follows."""
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()


def matrix_product(
    *, size: int, dtype: str, device: str
) -> Callable[[], None]:
    """A square matrix product: the most of arithmetic."""
    a = torch.ones(size, size, dtype=getattr(torch, dtype), device=device)

    def multiply() -> None:
        torch.matmul(a, a)
        synchronize(device=device)

    return multiply


def accumulation(*, size: int, dtype: str, device: str) -> Callable[[], None]:
    """An array added to another: the most of memory traffic."""
    x = torch.ones(size, dtype=getattr(torch, dtype), device=device)
    y = torch.ones_like(x)

    def accumulate() -> None:
        y.add_(x)
        synchronize(device=device)

    return accumulate


LIMITS = {"arithmetic": matrix_product, "bandwidth": accumulation}
