"""Check the requested number of replicas: ``--replicas 2``, or ``1,2`` for scaling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare import workloads
from compare.errors import UsageError
from compare.machine import available_cores
from compare.runs.record import REPLICAS
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.runs.record import WorkloadRequest

OPTION = f"--{REPLICAS}"


def split_replicas(text: str | None) -> tuple[list[str], list[str]]:
    """Return the option as texts of ``--set`` and of ``--sweep``; one list is empty.

    Raises:
        UsageError: the text is no positive number, and no list of different ones.
    """
    if text is None:
        return [], []
    numbers = [number.strip() for number in text.split(",")]
    is_listed = all(each.isdecimal() and int(each) > 0 for each in numbers)
    if not is_listed or len(set(map(int, numbers))) < len(numbers):
        raise UsageError(
            f"{OPTION}: expected a positive number, or different ones such as 1,2; "
            f'received "{text}"'
        )
    assignment = [f"{REPLICAS}={','.join(numbers)}"]
    return ([], assignment) if len(numbers) > 1 else (assignment, [])


def require_replicas(configured: Sequence[WorkloadRequest], *, threads: int) -> None:
    """Raise unless each replica has processors of its own and samples to train on.

    Raises:
        UsageError: there are too few.
    """
    for workload in configured:
        _require_processors(workload.replicas, threads=threads)
        if workload.replicas > 1 and workload.name not in workloads.INTERNAL:
            _require_samples(workload)


def _require_processors(replicas: int, *, threads: int) -> None:
    usable = len(available_cores())
    if replicas < 1 or replicas * threads > max(usable, threads):
        raise UsageError(
            f"{OPTION}: expected at most {max(1, usable // threads)}, "
            f"because each replica has {format_count(threads, 'thread')} and "
            f"{format_count(usable, 'processor')} can be used; received {replicas}"
        )


def _require_samples(workload: WorkloadRequest) -> None:
    built = workloads.build(workload.name, workload.config)
    batch = getattr(built, "batch", workload.replicas)
    if isinstance(batch, int) and batch < workload.replicas:
        raise UsageError(
            f"{OPTION}: expected at most {batch}, the samples in a batch of "
            f"{workload.label}; received {workload.replicas}. Choose a larger batch, "
            f"such as --set batch={workload.replicas * 32}"
        )
