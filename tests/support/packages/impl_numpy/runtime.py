"""The runtime of a processor without a clock or memory of its own."""

from __future__ import annotations

import numpy as np


def configure(*, threads):
    pass


def missing(*, device):
    return "NumPy uses no device" if device == "cuda" else ""


def versions():
    return {"numpy": np.__version__}


def settings():
    return {"threads within an operation": "1"}


def mark(*, device):
    return None


def between_ns(start, end):
    return None


def peak_device_bytes(*, device):
    return None


def reserved_bytes(*, device):
    return None


def forget_peak(*, device):
    pass


def matrix_product(*, size, dtype, device):
    square = np.ones((8, 8))
    return lambda: square @ square


def accumulation(*, size, dtype, device):
    array = np.ones(8)
    return lambda: array + array


LIMITS = {"arithmetic": matrix_product, "bandwidth": accumulation}
