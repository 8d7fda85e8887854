"""The workers of a Dask scheduler, or of one that is started for a run (``local``).

Dask sends functions and replies with pickle. Every user who reaches the scheduler can
execute code on every machine of the cluster, so it must be on a trusted network or use
TLS (``tls://``), which is set in the configuration of Dask.
"""

from __future__ import annotations

import logging
import re
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import msgspec

from compare.cluster.dispatch import ClusterTask, LostTaskError
from compare.cluster.machines import ClusterMachine
from compare.cluster.task import describe_here, plan_here, run_part
from compare.cluster.transfer import PartReply
from compare.errors import RunError, UsageError
from compare.machine import available_cores
from compare.runs.record import Cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from distributed import Client, Future

    from compare.runs.record import Request

LOCAL = re.compile(r"local(:(?P<count>[1-9]\d*))?")
# Their messages are about lost connections, which are reported here.
LOGGERS = ("distributed", "distributed.client")
CONNECT_S = 10
FIRST_WORKER_S = 30.0  # how long to wait for the first worker
READ_S = 60  # a result is lost if its worker does not send it
LOOK_S = 0.5  # between looks for the first worker


@dataclass(kw_only=True)
class DaskTask:
    """A future of Dask."""

    future: Future[bytes]

    def is_done(self) -> bool:
        """Return whether there is a result or an error."""
        return bool(self.future.done())

    def read_result(self) -> bytes:
        """Return the result; an error of the task as a reply with its text.

        Raises:
            LostTaskError: the worker was lost.
        """
        from distributed import KilledWorker  # noqa: PLC0415 - heavy
        from distributed.client import FutureCancelledError  # noqa: PLC0415

        try:
            reply = self.future.result(timeout=READ_S)
        except (KilledWorker, FutureCancelledError, TimeoutError, OSError) as error:
            raise LostTaskError(str(error)) from error
        except Exception as error:  # noqa: BLE001 - whatever a task raises
            text = f"{type(error).__name__}: {error}"
            return msgspec.msgpack.encode(PartReply(error=text))
        return reply if isinstance(reply, bytes) else b""

    def cancel(self) -> None:
        """End the task if it runs, and forget it."""
        self.future.cancel()


@dataclass(kw_only=True)
class DaskCluster:
    """The workers of a Dask scheduler.

    Args:
        client: connected to the scheduler.
        address: as typed, for messages.
        show: is called with a line when a worker is not used.
    """

    client: Client
    address: str
    show: Callable[[str], None]
    machines: dict[str, ClusterMachine] = field(default_factory=dict)  # by worker
    refused: dict[str, str] = field(default_factory=dict)  # worker -> reason
    accepted: dict[str, str] | None = None  # versions; None: whatever they are

    def wait_for_machines(self) -> list[ClusterMachine]:
        """Return the machines; wait for the first one, because workers start slowly.

        Raises:
            UsageError: there is none, or graph-compare cannot be used on one.
        """
        deadline = monotonic() + FIRST_WORKER_S
        while not self._describe_new() and monotonic() < deadline:
            sleep(LOOK_S)
        if self.refused and not self.machines:
            reasons = "; ".join(f"{w}: {r}" for w, r in self.refused.items())
            raise UsageError(
                "--cluster: expected workers that have this version of graph-compare; "
                f"received {reasons}. Install it in the Python of the workers"
            )
        if not self.machines:
            raise UsageError(
                f"--cluster: expected workers at {self.address}; there was none for "
                f"{FIRST_WORKER_S:g} s. Start one on each machine: dask worker "
                f"{self.address} --nthreads 1"
            )
        every = list(self.machines.values())
        return [each for n, each in enumerate(every) if each not in every[:n]]

    def find_workers(self) -> Mapping[str, str]:
        """Return the usable workers that are there: address -> name of the machine."""
        present = self._describe_new()
        return {
            worker: self.machines[worker].name
            for worker in present
            if worker in self.machines
        }

    def start_task(self, part: bytes, *, worker: str) -> ClusterTask:
        """Start a part on a worker, and on no other one."""
        future = self.client.submit(run_part, part, workers=[worker], pure=False)
        return DaskTask(future=future)

    def accept_only(self, versions: dict[str, str]) -> None:
        """Use no worker that joins later with other versions."""
        self.accepted = versions

    def plan(self, request: Request) -> list[Cell]:
        """Return the cells of a request, as planned on one of the machines."""
        encoded = msgspec.msgpack.encode(request)
        workers = [*self.find_workers()][:1]
        found = self.client.run(plan_here, encoded, workers=workers, on_error="return")
        for worker, reply in found.items():
            if isinstance(reply, bytes):
                return msgspec.msgpack.decode(reply, type=list[Cell])
            raise UsageError(f"--cluster: {worker} cannot plan the run: {reply}")
        raise UsageError("--cluster: every worker has left. Start them again")

    def _describe_new(self) -> list[str]:
        """Return the workers that are there; describe those that were not before.

        Raises:
            RunError: the scheduler has ended.
        """
        try:
            present = list(self.client.nthreads())
        except (OSError, RuntimeError) as error:
            raise RunError(
                f"expected the scheduler {self.address}, which cannot be reached any "
                f"more: {_first_line(error)}. Finished results are kept. Start it "
                "again, and continue with: graph-compare run --resume DIR"
            ) from error
        known = self.machines.keys() | self.refused.keys()
        if new := [worker for worker in present if worker not in known]:
            found = self.client.run(describe_here, workers=new, on_error="return")
            for worker, reply in found.items():
                self._add(worker, reply)
        return present

    def _add(self, worker: str, reply: Any) -> None:  # noqa: ANN401 - from Dask
        try:
            decoded = msgspec.msgpack.decode(reply, type=ClusterMachine)
        except (TypeError, msgspec.MsgspecError):  # an exception, or another version's
            self.refused[worker] = f"{type(reply).__name__}: {reply}"
            self.show(f"{worker} is not used: {self.refused[worker]}")
            return
        if self.accepted is not None and decoded.versions != self.accepted:
            self.refused[worker] = "its versions differ"
            self.show(f"{decoded.name} joined and is not used: its versions differ")
            return
        self.machines[worker] = decoded


@contextmanager
def connect_cluster(
    address: str, *, show: Callable[[str], None]
) -> Iterator[DaskCluster]:
    """Yield the cluster at an address, or one of this machine for ``local``.

    Args:
        address: as typed.
        show: is called with a line when a worker is not used.

    Raises:
        UsageError: Dask is not installed, or the scheduler cannot be reached.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise UsageError(
            "--cluster: needs distributed, not installed in this Python environment. "
            "Install with: pip install 'graph-compare[cluster]'"
        ) from error
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        local = LOCAL.fullmatch(address)
        target = stack.enter_context(_start_local(local)) if local else address
        try:
            client = stack.enter_context(Client(target, timeout=CONNECT_S))
        except (OSError, ValueError, TypeError, ImportError) as error:
            raise UsageError(
                f"--cluster: expected the address of a Dask scheduler that runs, such "
                f'as tcp://host:8786, or local; received "{address}", which cannot be '
                f"reached: {_first_line(error)}. Start one with: dask scheduler"
            ) from error
        yield DaskCluster(client=client, address=address, show=show)


@contextmanager
def _start_local(found: re.Match[str]) -> Iterator[Any]:
    """Yield a cluster of worker processes on this machine."""
    import dask  # noqa: PLC0415 - an optional extra
    from distributed import LocalCluster  # noqa: PLC0415

    count = int(found["count"] or 1)
    if count > len(available_cores()):
        raise UsageError(
            f"--cluster: expected at most {len(available_cores())} local workers, one "
            f"for each usable processor; received {count}"
        )
    quiet = {"distributed.worker.profile.enabled": False}
    with dask.config.set(quiet), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as cluster:
            yield cluster


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
