"""Measure the two limits of this machine: arithmetic and memory bandwidth.

Both are measured within the run, with as many threads and in the same dtype as the
steps, by kernels of the frameworks. The highest rate that any framework reaches counts
as the machine's.

- *arithmetic*: the product of two n x n matrices takes 2 n^3 floating-point operations.
- *bandwidth*: ``y += x`` reads two arrays and writes one. Each is far larger than the
  caches. Bytes are counted as in STREAM, which ignores cache lines that are fetched
  only to be written (write-allocate). There are none here: ``y`` is read before it is
  written. In 16-bit formats, conversion may limit a kernel more than memory does.

Source: McCalpin, "Memory bandwidth and machine balance in current high performance
computers", IEEE TCCA Newsletter (1995). Williams, Waterman, Patterson, "Roofline: an
insightful visual performance model", Comm. ACM 52 (2009).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compare.errors import CompareError
from compare.numerics.dtypes import ITEM_BYTES
from compare.workers import messages
from compare.workers.failures import naming_bugs
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.contract import Device, Dtype, Limit
    from compare.runs.record import RunRecord
    from compare.workers.process import Worker

MATRIX_SIZE = {"cpu": 1024, "cuda": 8192}  # the product takes longer than its dispatch
CACHES = 4  # size of an array in largest caches, as STREAM requires
MIN_BYTES, MAX_BYTES = 2**26, 2**30  # of an array
REPEATS, SECONDS = 10, 0.5  # the first one reached ends a measurement


@dataclass(frozen=True, kw_only=True)
class Peak:
    """The highest rate measured, per second, and the framework that reached it."""

    per_second: float
    framework: str


def measure_peak(
    workers: Mapping[str, Worker], *, limit: Limit, device: Device, dtype: Dtype
) -> Peak | None:
    """Return the highest rate of these frameworks, or None if all of them fail."""
    if limit == "arithmetic":
        size = MATRIX_SIZE[device]
        work = 2.0 * size**3
    else:
        size = array_bytes(device) // ITEM_BYTES[dtype]
        work = 3.0 * size * ITEM_BYTES[dtype]
    request = messages.MeasurePeak(
        limit=limit,
        size=size,
        dtype=dtype,
        device=device,
        repeats=REPEATS,
        seconds=SECONDS,
    )
    peaks = []
    for framework, worker in workers.items():
        # Its cell has been measured already.
        with suppress(CannotRunError, CompareError), naming_bugs():
            seconds = worker.request(request, messages.Elapsed).seconds
            peaks.append(Peak(per_second=work / seconds, framework=framework))
    return max(peaks, key=lambda peak: peak.per_second, default=None)


def array_bytes(device: Device) -> int:
    """Return the size of an array that is too large for every cache."""
    if device == "cuda":
        return MAX_BYTES
    return min(max(CACHES * largest_cache_bytes(), MIN_BYTES), MAX_BYTES)


def largest_cache_bytes() -> int:
    """Return the size of the first processor's largest cache; 0 if it is unknown."""
    sizes = Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")
    kibibytes = [file.read_text().strip().removesuffix("K") for file in sizes]
    return max((int(size) * 1024 for size in kibibytes if size.isdigit()), default=0)


def record_peak(record: RunRecord, limit: Limit, *, peak: Peak) -> None:
    """Store a rate in the record if it is the highest over all workloads."""
    dtype = record.request.dtype
    best = {
        "arithmetic": record.peak_flops_per_second,
        "bandwidth": record.peak_bytes_per_second,
    }[limit]
    if peak.per_second > best.get(dtype, 0.0):
        best[dtype] = peak.per_second
        record.peak_frameworks.setdefault(dtype, {})[limit] = peak.framework
