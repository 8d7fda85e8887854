"""Compute the reference of a workload without a NumPy one, in a worker of its own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from compare.agreement.session_reference import compute_expectations
from compare.frameworks import find_variant, frameworks
from compare.machine import available_cores
from compare.pipeline.context import PROOF
from compare.workers import messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.agreement.expectation import Expected
    from compare.contract import Dtype
    from compare.pipeline.context import RunContext
    from compare.workers.process import Worker


def compute_in_session(
    context: RunContext, label: str, *, dtype: Dtype, steps: int
) -> list[Expected]:
    """Return the expected results of a workload, from an eager float64 session.

    The session is that of the baseline's framework, in its first mode.

    Raises:
        CannotRunError: the framework cannot be used here.
        WorkerError: the worker failed.
    """
    folder = context.scratch / "expected" / label / f"{dtype}-{steps}"
    with open_session(context, label, log=f"reference-{dtype}") as worker:
        return compute_expectations(worker, dtype=dtype, steps=steps, folder=folder)


@contextmanager
def open_session(context: RunContext, label: str, *, log: str) -> Iterator[Worker]:
    """Yield a worker with an eager float64 session of a workload.

    Raises:
        CannotRunError: the framework cannot be used here.
        WorkerError: the worker failed.
    """
    framework = frameworks()[find_variant(context.record.baseline)[0].name]
    staged = context.staged[label]
    with context.pool.start_ready(
        framework.name,
        cores=available_cores(),
        cache=context.compile_cache(framework.name),
        log=f"{log}-{label}",
        device="cpu",
    ) as (worker, _):
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
