"""Determine in which precision the operations of a 16-bit session accumulate.

A kernel may sum in float32 and round the result to 16 bits once, at the end. Its
results then equal the exact ones, rounded once. A sum in 16 bits rounds after every
addition and rarely gives that value. The share of equal results distinguishes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from compare.agreement.examine import read_saved_arrays
from compare.numerics.arrays import save_arrays
from compare.numerics.convolution import extract_windows
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum
from compare.reference.evaluation import as_float64
from compare.workers import messages
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from pathlib import Path

    from compare.contract import Arrays, Dtype
    from compare.workers.process import Worker

LENGTH = 512  # of the sums; long enough that sums in 16 bits are recognised
ROUNDED_ONCE = 0.9  # a larger share means that an operation accumulates in more bits


def measure_rounded_once(
    worker: Worker, *, dtype: Dtype, folder: Path
) -> dict[str, float]:
    """Return the share of results that were rounded only once, by operation.

    The result is empty if the session's mode does not expose single operations.

    Raises:
        WorkerError: the worker failed.
    """
    operands = {name: round_to_dtype(a, dtype) for name, a in draw_operands().items()}
    try:
        received = request_operations(worker, operands, folder=folder)
    except CannotRunError:
        return {}
    return {
        name: float((received[name] == round_to_dtype(array, dtype)).mean())
        for name, array in compute_exactly(operands).items()
    }


def request_operations(worker: Worker, operands: Arrays, *, folder: Path) -> Arrays:
    """Return the results of a session's single operations.

    Raises:
        CannotRunError: the session's mode does not expose them.
        WorkerError: the worker failed.
    """
    save_arrays(folder / "operands.npz", operands)
    saved = folder / "operations.npz"
    request = messages.TakeOperations(
        operands=str(folder / "operands.npz"), save_to=str(saved)
    )
    worker.request(request, messages.Done)
    return read_saved_arrays(saved)


def draw_operands() -> Arrays:
    """Return the operands of the operations, the same in every run.

    Shape:
        ``matrix`` (32, LENGTH), ``images`` (4, 8, 8, LENGTH / 8),
        ``kernel`` (3, 3, LENGTH / 8, 8).
    """
    rng = np.random.default_rng(0)
    channels = LENGTH // 8
    return {
        "matrix": rng.standard_normal((32, LENGTH)),
        "images": rng.standard_normal((4, 8, 8, channels)),
        "kernel": rng.standard_normal((3, 3, channels, 8)),
    }


def compute_exactly(operands: Arrays) -> dict[str, Any]:
    """Return the float64 result of each operation."""
    exact = as_float64(operands)
    windows = extract_windows(exact["images"], size=3, stride=1)
    return {
        "matrix product": matmul_einsum("ik,jk->ij", exact["matrix"], exact["matrix"]),
        "convolution": matmul_einsum("nhwijc,ijco->nhwo", windows, exact["kernel"]),
        "sum": matmul_einsum("ik->i", exact["matrix"]),
    }
