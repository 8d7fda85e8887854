"""What this machine can do at most: the two limits that a step runs against.

Measured in the run itself, with as many threads and in the same dtype as the steps, by
the frameworks' own kernels; the best that any of them reaches is the machine's.

- *arithmetic*: a square matrix product of n rows is 2 n^3 floating-point operations.
- *bandwidth*: y += x reads two arrays and writes one, each far larger than the caches.
  Bytes are counted as STREAM counts them. What is written was read before, so that no
  line is fetched for a write alone (write-allocate), which STREAM leaves uncounted. In
  16 bits a kernel may be busier with converting than with memory.

Source: McCalpin, "Memory bandwidth and machine balance in current high performance
computers", IEEE TCCA Newsletter (1995). Williams, Waterman, Patterson, "Roofline: an
insightful visual performance model", Comm. ACM 52 (2009).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compare.errors import WorkerError
from compare.numerics.dtypes import ITEM_BYTES
from compare.workers import messages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.contract import Device, Dtype, Limit
    from compare.runs.results import RunRecord
    from compare.workers.process import Worker

MATRIX_SIZE = {"cpu": 1024, "cuda": 8192}  # large enough to outlast its own dispatch
CACHES = 4  # an array is so many times the largest cache, as STREAM has it
LEAST_BYTES, MOST_BYTES = 2**26, 2**30  # of an array
REPEATS, SECONDS = 10, 0.5  # whichever is reached first


@dataclass(frozen=True, kw_only=True)
class Peak:
    """The best that was reached, a second, and whose kernel reached it."""

    per_second: float
    framework: str


def reached(
    workers: Mapping[str, Worker], *, limit: Limit, device: Device, dtype: Dtype
) -> Peak | None:
    """The best of these frameworks; ``None`` where none of them got there."""
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
        with suppress(WorkerError):  # its cell has what it needs already
            seconds = worker.request(request, messages.Elapsed).seconds
            peaks.append(Peak(per_second=work / seconds, framework=framework))
    return max(peaks, key=lambda peak: peak.per_second, default=None)


def array_bytes(device: Device) -> int:
    """So much memory that no cache helps."""
    if device == "cuda":
        return MOST_BYTES
    return min(max(CACHES * largest_cache_bytes(), LEAST_BYTES), MOST_BYTES)


def largest_cache_bytes() -> int:
    """The largest cache of the first processor; 0 where the system does not tell."""
    sizes = Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")
    kibibytes = [file.read_text().strip().removesuffix("K") for file in sizes]
    return max((int(size) * 1024 for size in kibibytes if size.isdigit()), default=0)


def note(record: RunRecord, limit: Limit, *, peak: Peak) -> None:
    """Keep the best over all workloads."""
    dtype = record.request.dtype
    best = {
        "arithmetic": record.peak_flops_per_second,
        "bandwidth": record.peak_bytes_per_second,
    }[limit]
    if peak.per_second > best.get(dtype, 0.0):
        best[dtype] = peak.per_second
        record.peak_frameworks.setdefault(dtype, {})[limit] = peak.framework
