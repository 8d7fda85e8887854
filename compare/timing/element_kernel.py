"""Measure the bare kernel: an element-wise operation without its dispatch.

Two arrays of different size, both in the processor's cache, are added in place by each
framework in eager mode. Dispatching the operation takes the same time for both, so the
difference of the two times is the kernel's alone: divided by the difference of the
sizes, it is the time of one element. The shortest time counts, because every
disturbance makes an operation longer.

The fastest framework counts as the machine's. The result is an upper bound of what a
fused operation takes: each operation of a chain that runs one by one reads and writes
memory, a fused one keeps its values in registers. It is a lower bound of the kernel's
time where the arrays are larger than the cache.

Source: Hockney, "The science of computer benchmarking" (1996): time as a line in the
size, with the asymptotic rate as the inverse of its slope.
"""

from __future__ import annotations

from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING

from compare.errors import CompareError
from compare.workers import messages
from compare.workers.failures import naming_bugs
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.contract import Device, Dtype
    from compare.runs.record import RunRecord
    from compare.workers.process import Worker

# Elements of the two arrays. The larger ones take longer than their dispatch.
SIZES = {"cpu": (2**13, 2**16), "cuda": (2**22, 2**25)}
REPEATS, SECONDS = 1000, 0.05  # the first one reached ends a measurement


def measure_element_ns(
    workers: Mapping[str, Worker], *, device: Device, dtype: Dtype
) -> float | None:
    """Return the shortest time per element in ns, or None if no framework has one.

    Args:
        workers: framework -> a worker of it.
        device: where the arrays are.
        dtype: of their elements.
    """
    found = []
    for worker in workers.values():
        # Its cell has been measured already.
        with suppress(CannotRunError, CompareError), naming_bugs():
            found.append(_measure_in(worker, device=device, dtype=dtype))
    return min((each for each in found if each > 0), default=None)


def record_element_ns(record: RunRecord, measured: float | None) -> None:
    """Store the time per element if it is the shortest over all workloads."""
    if measured is not None:
        dtype = record.request.dtype
        shortest = min(measured, record.element_ns.get(dtype, inf))
        record.element_ns[dtype] = shortest


def _measure_in(worker: Worker, *, device: Device, dtype: Dtype) -> float:
    """Return the difference of two times per element of difference, in ns.

    It is not above 0 if noise hides the difference.
    """
    small, large = SIZES[device]
    shortest = {
        size: worker.request(
            messages.MeasurePeak(
                limit="bandwidth",
                size=size,
                dtype=dtype,
                device=device,
                repeats=REPEATS,
                seconds=SECONDS,
            ),
            messages.Elapsed,
        ).seconds
        for size in (small, large)
    }
    return 1e9 * (shortest[large] - shortest[small]) / (large - small)
