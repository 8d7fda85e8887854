"""JAX's devices, threads, settings, clocks and memory."""

import os
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import jax
import jax.numpy as jnp
from compare.contract import Limit, LimitKernel

PLATFORMS = {"cpu": "cpu", "cuda": "gpu"}


def configure(*, threads: int) -> None:
    """Apply what the environment cannot set; once, before any array."""
    # Otherwise a GPU multiplies float32 in TF32.
    jax.config.update("jax_default_matmul_precision", "highest")


def device_of(device: str) -> jax.Device:
    """Return JAX's own object of a device."""
    return jax.devices(PLATFORMS[device])[0]


def missing(*, device: str) -> str:
    """Return why this device cannot be used; empty if it can."""
    try:
        device_of(device)
    except RuntimeError as error:
        return f"jax {jax.__version__}: {str(error).splitlines()[0]}"
    return ""


def versions() -> dict[str, str]:
    """Return the versions that results depend on."""
    found = {
        "jax": jax.__version__,
        "jaxlib": version("jaxlib"),
        "optax": version("optax"),
    }
    if find_spec("flax"):  # lessons and quirks need it
        found["flax"] = version("flax")
    return found


def settings() -> dict[str, str]:
    """Return every setting that can change a result."""
    return {
        "threads of XLA": os.environ.get("NPROC", "all processors"),
        "XLA flags": os.environ.get("XLA_FLAGS", "defaults"),
        "float64": read_setting("jax_enable_x64"),
        "precision of matrix products": read_setting(
            "jax_default_matmul_precision"
        ),
        "memory format of images": "NHWC",
        "optimizer, where one is named": "optax",
    }


def read_setting(name: str) -> str:
    """Return the value of one of JAX's own settings."""
    return str(getattr(jax.config, name))


def mark(*, device: str) -> Any:
    """Record a time on the device's own clock; None if it has none."""
    return None


def between_ns(start: Any, end: Any) -> int | None:
    """Wait for two marks and return the time between them."""
    return None


def peak_device_bytes(*, device: str) -> int | None:
    """Return the peak of allocated device memory; JAX cannot reset it."""
    if device != "cuda":
        return None
    return device_of(device).memory_stats()["peak_bytes_in_use"]


def reserved_bytes(*, device: str) -> int | None:
    """Return the peak of reserved device memory since `forget_peak`."""
    return None


def forget_peak(*, device: str) -> None:
    """Do nothing: JAX does not reset the peaks of device memory."""


def matrix_product(
    *, size: int, dtype: str, device: str
) -> Callable[[], None]:
    """Prepare a square matrix product, limited by arithmetic."""
    a = jax.device_put(jnp.ones((size, size), dtype), device_of(device))
    multiply = jax.jit(lambda a: a @ a)
    return lambda: jax.block_until_ready(multiply(a))


def accumulation(*, size: int, dtype: str, device: str) -> Callable[[], None]:
    """Prepare an in-place addition, limited by memory bandwidth."""
    x = jax.device_put(jnp.ones((size,), dtype), device_of(device))
    y = x + 1
    # The donated memory of y becomes that of the sum.
    add = jax.jit(jnp.add, donate_argnums=0)

    def accumulate() -> None:
        nonlocal y
        y = jax.block_until_ready(add(y, x))

    return accumulate


LIMITS: dict[Limit, LimitKernel] = {
    "arithmetic": matrix_product,
    "bandwidth": accumulation,
}
