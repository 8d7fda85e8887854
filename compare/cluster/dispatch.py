"""Decide which part runs on which machine, and again elsewhere if one is lost.

One part at a time runs on a machine if steps are timed; otherwise one on each worker.
Dask could distribute the tasks by itself. It would place several of them on a machine
with several threads or workers, while others are idle.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

POLL_S = 0.2
MAX_LOSSES = 3  # of a workload: it may be what ends the machines
WAIT_FOR_WORKERS_S = 60.0


class LostTaskError(Exception):
    """The result of a task was lost with its worker."""


class ClusterTask(Protocol):
    """A task that was started on a worker."""

    def is_done(self) -> bool:
        """Return whether there is a result or an error."""

    def read_result(self) -> bytes:
        """Return the result.

        Raises:
            LostTaskError: the worker was lost.
        """

    def cancel(self) -> None:
        """End the task if it runs, and forget it."""


class Cluster(Protocol):
    """The workers of a cluster."""

    def find_workers(self) -> Mapping[str, str]:
        """Return the usable workers that are there: address -> name of the machine."""

    def start_task(self, part: bytes, *, worker: str) -> ClusterTask:
        """Start a part on a worker."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A part that runs on a worker."""

    worker: str
    machine: str
    task: ClusterTask


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """The end of a part: what its task returned, or why there is no result."""

    label: str
    machine: str
    reply: bytes = b""
    error: str = ""


@dataclass(kw_only=True)
class Dispatch:
    """Parts that wait, parts that run, and how often each was lost.

    Args:
        cluster: runs them.
        pending: the labels of the workloads that wait.
        encode: returns a part as bytes.
        is_exclusive: at most one part runs on a machine.
        show: is called with a line when a part is started or lost.
        advance: is called often with what runs where.
    """

    cluster: Cluster
    pending: deque[str]
    encode: Callable[[str], bytes]
    is_exclusive: bool
    show: Callable[[str], None]
    advance: Callable[[str], None]
    running: dict[str, Placed] = field(default_factory=dict)
    losses: Counter[str] = field(default_factory=Counter)

    def list_arrivals(self) -> Iterator[Arrival]:
        """Yield the end of every part. Parts that still run at the end are cancelled.

        If there is no worker for a while, the parts that are left are not run.
        """
        alone_since = monotonic()
        try:
            while self.pending or self.running:
                workers = self.cluster.find_workers()
                yield from self._collect(workers)
                self._start(workers)
                if workers:
                    alone_since = monotonic()
                elif monotonic() - alone_since > WAIT_FOR_WORKERS_S:
                    return
                self.advance(self.describe_running())
                sleep(POLL_S)
        finally:
            for placed in self.running.values():
                placed.task.cancel()

    def describe_running(self) -> str:
        """Return which part runs on which machine."""
        placed = (f"{label} on {each.machine}" for label, each in self.running.items())
        return ", ".join(placed) or "waiting for workers"

    def _collect(self, workers: Mapping[str, str]) -> Iterator[Arrival]:
        """Yield the parts that ended; put those of lost workers back."""
        for label, placed in list(self.running.items()):
            if placed.task.is_done():
                del self.running[label]
                try:
                    reply = placed.task.read_result()
                except LostTaskError:
                    yield from self._lose(label, placed)
                    continue
                yield Arrival(label=label, machine=placed.machine, reply=reply)
            elif placed.worker not in workers:
                del self.running[label]
                placed.task.cancel()
                yield from self._lose(label, placed)

    def _lose(self, label: str, placed: Placed) -> Iterator[Arrival]:
        """Put a part back, unless it was lost too often."""
        self.losses[label] += 1
        if self.losses[label] < MAX_LOSSES:
            self.show(f"{label}: {placed.machine} was lost; it runs again elsewhere")
            self.pending.appendleft(label)
            return
        error = f"its machine was lost {MAX_LOSSES} times; it may be what ends them"
        yield Arrival(label=label, machine=placed.machine, error=error)

    def _start(self, workers: Mapping[str, str]) -> None:
        for worker, machine in workers.items():
            if not self.pending:
                return
            if self._is_free(worker, machine):
                label = self.pending.popleft()
                task = self.cluster.start_task(self.encode(label), worker=worker)
                self.running[label] = Placed(worker=worker, machine=machine, task=task)
                self.show(f"{label}: runs on {machine}")

    def _is_free(self, worker: str, machine: str) -> bool:
        busy = self.running.values()
        if self.is_exclusive:
            return all(each.machine != machine for each in busy)
        return all(each.worker != worker for each in busy)
