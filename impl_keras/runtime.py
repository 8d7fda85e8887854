"""Devices, threads, settings, clocks and memory: those of the backend.

They are set as in the backend's own package, so that both compare.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

import keras
from compare.contract import Limit, LimitKernel

PACKAGES = {"torch": "torch", "tensorflow": "tf", "jax": "jax"}
PACKAGE = f"impl_{PACKAGES[keras.backend.backend()]}"
native = import_module(f"{PACKAGE}.runtime")


def configure(*, threads: int) -> None:
    """Apply what the environment cannot set; once, before any tensor."""
    native.configure(threads=threads)


def device_scope(device: str) -> Any:
    """Return a context in which tensors are created on a device."""
    return keras.device("gpu" if device == "cuda" else "cpu")


def missing(*, device: str) -> str:
    """Return why this device cannot be used; empty if it can."""
    return str(native.missing(device=device))


def versions() -> dict[str, str]:
    """Return the versions that results depend on."""
    return {**native.versions(), "keras": version("keras")}


def settings() -> dict[str, str]:
    """Return every setting that can change a result."""
    return {
        **native.settings(),
        "float64 in Keras' type promotion": "kept, where it is float32",
        "memory format of images": "NHWC",
        "optimizer, where one is named": "keras.optimizers.SGD; others are "
        "written with keras.ops",
    }


def mark(*, device: str) -> Any:
    """Record a time on the device's own clock; None if it has none."""
    return native.mark(device=device)


def between_ns(start: Any, end: Any) -> int | None:
    """Wait for two marks and return the time between them."""
    found: int | None = native.between_ns(start, end)
    return found


def peak_device_bytes(*, device: str) -> int | None:
    """Return the peak of allocated device memory since `forget_peak`."""
    found: int | None = native.peak_device_bytes(device=device)
    return found


def reserved_bytes(*, device: str) -> int | None:
    """Return the peak of reserved device memory since `forget_peak`."""
    found: int | None = native.reserved_bytes(device=device)
    return found


def forget_peak(*, device: str) -> None:
    """Reset the peaks of device memory."""
    native.forget_peak(device=device)


def matrix_product(
    *, size: int, dtype: str, device: str
) -> Callable[[], None]:
    """Prepare a square matrix product, limited by arithmetic."""
    return prepare_limit("arithmetic", size=size, dtype=dtype, device=device)


def accumulation(*, size: int, dtype: str, device: str) -> Callable[[], None]:
    """Prepare an in-place addition, limited by memory bandwidth."""
    return prepare_limit("bandwidth", size=size, dtype=dtype, device=device)


def prepare_limit(limit: Limit, **options: Any) -> Callable[[], None]:
    """Prepare a kernel of the backend; Keras has none of its own."""
    kernel: LimitKernel = native.LIMITS[limit]
    return kernel(**options)


LIMITS: dict[Limit, LimitKernel] = {
    "arithmetic": matrix_product,
    "bandwidth": accumulation,
}
