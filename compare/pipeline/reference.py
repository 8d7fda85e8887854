"""Compute references in a worker of their own, where a user's code may run."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from compare import workloads
from compare.agreement.session_reference import compute_expectations
from compare.frameworks import find_variant
from compare.machine import available_cores
from compare.pipeline.context import PROOF
from compare.reference.expectation import Expected
from compare.workers import messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.contract import Dtype
    from compare.pipeline.context import RunContext
    from compare.workers.process import Worker


def compute_in_worker(
    context: RunContext, label: str, *, dtype: Dtype, steps: int
) -> list[Expected]:
    """Return the expected results of a workload without a reference of this toolkit.

    They are computed by the NumPy reference of the user's folder, if it defines one,
    and otherwise by an eager float64 session.

    Raises:
        CannotRunError: the framework cannot be used here.
        WorkerError: the worker failed.
    """
    folder = context.scratch / "expected" / label / f"{dtype}-{steps}"
    staged = context.staged[label]
    workload = workloads.build(staged.name, staged.config)
    if (source := getattr(workload, "own_reference", None)) is not None:
        request = messages.ComputeInNumpy(
            source=source,
            config=staged.config,
            dtype=dtype,
            steps=steps,
            save_in=str(folder),
        )
        return request_own_reference(context, label, request)
    with open_session(context, label, log=f"reference-{dtype}") as worker:
        return compute_expectations(worker, dtype=dtype, steps=steps, folder=folder)


def request_own_reference(
    context: RunContext, label: str, request: messages.ComputeInNumpy
) -> list[Expected]:
    """Return the expected results that a folder's own reference computes.

    Raises:
        TargetRefusedError: it fails, or its result has another form.
        WorkerError: the worker failed.
    """
    log = f"reference-{request.dtype}"
    with start_eager_worker(context, label, log=log) as worker:
        found = worker.request(request, messages.InNumpy).expected
    return [
        Expected(
            check=each.check,
            step=each.step,
            state=Path(each.state),
            arrays=Path(each.arrays),
            tolerance=each.tolerance,
            floor=each.floor,
            restarts={step: Path(path) for step, path in each.restarts.items()},
        )
        for each in found
    ]


@contextmanager
def start_eager_worker(
    context: RunContext, label: str, *, log: str
) -> Iterator[Worker]:
    """Yield a worker of the baseline's framework.

    Raises:
        CannotRunError: the framework cannot be used here.
        WorkerError: the worker failed.
    """
    framework = find_variant(context.record.baseline)[0].name
    with context.pool.start_ready(
        framework,
        cores=available_cores(),
        cache=context.compile_cache(framework),
        log=f"{log}-{label}",
        device="cpu",
    ) as (worker, _):
        yield worker


@contextmanager
def open_session(context: RunContext, label: str, *, log: str) -> Iterator[Worker]:
    """Yield a worker with an eager float64 session of a workload.

    The session is that of the baseline's framework, in its first mode.

    Raises:
        CannotRunError: the framework cannot be used here.
        WorkerError: the worker failed.
    """
    framework, staged = find_variant(context.record.baseline)[0], context.staged[label]
    with start_eager_worker(context, label, log=log) as worker:
        worker.request(
            messages.Prepare(
                workload=staged.name,
                config=staged.config,
                mode=framework.modes[0].name,
                device="cpu",
                dtype=PROOF,
            ),
            messages.Prepared,
        )
        yield worker
