"""In a format of 16 bits: which operations are really computed in it?

Kernels may sum in float32 and round once, at the end. A result that is the exact one
rounded once cannot have been summed in 16 bits: the share of such results tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from compare.agreement.examine import take_saved
from compare.agreement.expectation import as_float64
from compare.numerics.arrays import save_arrays
from compare.numerics.convolution import extract_windows
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum
from compare.workers import messages
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from pathlib import Path

    from compare.contract import Arrays, Dtype
    from compare.workers.process import Worker

LENGTH = 512  # of the sums: long enough that 16 bits show
ROUNDED_ONCE = 0.9  # a share above which an operation sums wider than it stores


def operations(worker: Worker, *, dtype: Dtype, folder: Path) -> dict[str, float]:
    """Return the share of results that were rounded only once, by kind of sum.

    Empty where the session's mode shows nothing but its loss.

    Raises:
        WorkerError: the worker failed.
    """
    given = {name: round_to_dtype(a, dtype) for name, a in operands().items()}
    save_arrays(folder / "operands.npz", given)
    saved = folder / "operations.npz"
    request = messages.TakeOperations(
        operands=str(folder / "operands.npz"), save_to=str(saved)
    )
    try:
        worker.request(request, messages.Done)
    except CannotRunError:
        return {}
    received = take_saved(saved)
    return {
        name: float((received[name] == round_to_dtype(array, dtype)).mean())
        for name, array in expected(given).items()
    }


def operands() -> Arrays:
    """What the operations are tried on.

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


def expected(given: Arrays) -> dict[str, Any]:
    """What each operation gives, exactly."""
    known = as_float64(given)
    taken = extract_windows(known["images"], size=3, stride=1)
    return {
        "matrix product": matmul_einsum("ik,jk->ij", known["matrix"], known["matrix"]),
        "convolution": matmul_einsum("nhwijc,ijco->nhwo", taken, known["kernel"]),
        "sum": matmul_einsum("ik->i", known["matrix"]),
    }
