"""Devices, threads, settings, clocks and memory: NumPy has a processor only."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np


def configure(*, threads: int) -> None:
    """Do nothing: the environment has set the threads."""


def missing(*, device: str) -> str:
    """Return why this device cannot be used; empty if it can."""
    return "" if device == "cpu" else f"NumPy does not compute on {device}"


def versions() -> dict[str, str]:
    """Return the versions that results depend on."""
    return {"numpy": np.__version__}


def settings() -> dict[str, str]:
    """Return every setting that can change a result."""
    return {"threads of BLAS": os.environ["OMP_NUM_THREADS"]}


def mark(*, device: str) -> None:
    """Return None: there is no clock of a device."""


def between_ns(start: Any, end: Any) -> int | None:
    """Return None, as there are no marks."""
    return None


def peak_device_bytes(*, device: str) -> int | None:
    """Return None: there is no memory of a device."""
    return None


def reserved_bytes(*, device: str) -> int | None:
    """Return None for the same reason."""
    return None


def forget_peak(*, device: str) -> None:
    """Do nothing for the same reason."""


def matrix_product(*, size: int, dtype: str, device: str) -> Callable[[], None]:
    """Prepare a square matrix product, limited by arithmetic."""
    a = np.ones((size, size), dtype)
    out = np.empty_like(a)

    def multiply() -> None:
        np.matmul(a, a, out=out)

    return multiply


def accumulation(*, size: int, dtype: str, device: str) -> Callable[[], None]:
    """Prepare an in-place addition, limited by memory bandwidth."""
    x, y = np.ones(size, dtype), np.ones(size, dtype)

    def accumulate() -> None:
        np.add(y, x, out=y)

    return accumulate


LIMITS = {"arithmetic": matrix_product, "bandwidth": accumulation}
