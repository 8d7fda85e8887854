"""The workers of one run: start them, share out processors, end all of them."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from threading import Event
from typing import TYPE_CHECKING, Self, TypeVar

from compare.errors import WorkerError
from compare.machine import available_cores
from compare.workers.failures import naming_bugs
from compare.workers.process import (
    TIME_LIMIT_S,
    InterruptedWorkError,
    Worker,
    WorkerSpec,
)
from compare.workers.starting import COMMAND, with_interpreter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from compare.contract import Framework
    from compare.workers.forking import ForkServers
    from compare.workers.messages import Ready
    from compare.workers.starting import StartProcess

POLL_S = 0.2  # between checks whether the run is being ended

T = TypeVar("T")
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class WorkerPool:
    """Starts the workers of one run and assigns processors to them.

    Attributes:
        frameworks: By name.
        threads: Within an operation, of each worker.
        device: On which workers run.
        logs: Folder for what workers print.
        time_limit_s: Longest time to wait for a reply.
        command: Starts a worker as a new process.
        servers: Fork workers for the processor, if this system allows it.
        replicas: That sessions of a worker have, each with these threads.
        generation: The workers of one generation are forked from the same process of
            each framework.
    """

    frameworks: Mapping[str, Framework]
    threads: int
    device: str
    logs: Path
    time_limit_s: float = TIME_LIMIT_S
    command: Sequence[str] = COMMAND
    servers: ForkServers | None = None
    generation: int = 0
    replicas: int = 1
    _started: list[Worker] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)

    def with_threads(self, threads: int) -> Self:
        """Return this pool with another number of threads per worker.

        Both start and end the same set of workers.
        """
        return replace(self, threads=threads)

    def with_replicas(self, replicas: int) -> Self:
        """Return this pool for sessions of another number of replicas.

        Both start and end the same set of workers.
        """
        return replace(self, replicas=replicas)

    def without_servers(self) -> Self:
        """Return this pool with every worker a new process, none of them forked.

        Both start and end the same set of workers.
        """
        return replace(self, servers=None)

    def with_generation(self, generation: int) -> Self:
        """Return this pool for workers of another generation.

        Both start and end the same set of workers.
        """
        return replace(self, generation=generation)

    def start(
        self,
        framework: str,
        *,
        cores: Sequence[int],
        cache: Path,
        log: str,
        device: str = "",
    ) -> Worker:
        """Start a worker that compiles into `cache` and prints into ``LOG.log``.

        Args:
            framework: Name of its framework.
            cores: Processors that it may use.
            cache: Folder for code that it compiles.
            log: Name of its log.
            device: The pool's own by default.

        Raises:
            WorkerError: The framework could not be imported for it.
            InterruptedWorkError: The run is being ended.
        """
        if self._ended.is_set():
            raise InterruptedWorkError
        spec = WorkerSpec(
            framework=self.frameworks[framework],
            cores=cores,
            threads=self.threads,
            device=device or self.device,
            cache=cache,
            log=self.logs / f"{log}.log",
            command=with_interpreter(self.command, self.frameworks[framework].python),
            time_limit_s=self.time_limit_s,
            replicas=self.replicas,
        )
        try:
            worker = Worker(spec, ended=self._ended, start=self._choose_start(spec))
        except WorkerError:  # of a fork server, which may have been killed with the run
            if self._ended.is_set():
                raise InterruptedWorkError from None
            raise
        self._started.append(worker)
        if self._ended.is_set():  # since the first look
            worker.kill()
        return worker

    def _choose_start(self, spec: WorkerSpec) -> StartProcess | None:
        """Return how to start a worker; None as a new process.

        A GPU's driver does not survive a fork.
        """
        if self.servers is None or spec.device != "cpu":
            return None
        name = spec.framework.name
        return self.servers.choose_start(name, generation=self.generation)

    @contextmanager
    def start_ready(
        self,
        framework: str,
        *,
        cores: Sequence[int],
        cache: Path,
        log: str,
        device: str = "",
    ) -> Iterator[tuple[Worker, Ready]]:
        """Start a worker that has imported its framework; end it afterwards.

        The arguments are those of `start`.

        Raises:
            CompareError, CannotRunError: The worker cannot be used.
            InterruptedWorkError: The run is being ended.
        """
        with ExitStack() as stack:
            with naming_bugs():
                worker = stack.enter_context(
                    self.start(
                        framework, cores=cores, cache=cache, log=log, device=device
                    )
                )
                ready = worker.hello()
            yield worker, ready

    def kill_all(self) -> None:
        """Kill every worker and start no more."""
        self._ended.set()
        if self.servers is not None:
            self.servers.kill_all()
        for worker in self._started:
            worker.kill()

    def wait_for(self, future: Future[Result]) -> Result:
        """Return the result of other work, or raise its exception.

        Raises:
            InterruptedWorkError: The run is being ended.
        """
        while not self._ended.is_set():
            if wait([future], timeout=POLL_S).done:
                return future.result()
        raise InterruptedWorkError

    @property
    def measured_cores(self) -> list[int]:
        """Processors on which blocks are timed: as many as a worker has threads.

        Every replica has its own.
        """
        return self._core_groups()[-1]

    def in_parallel(
        self, work: Callable[[T, list[int]], Result], items: Sequence[T]
    ) -> list[Result]:
        """Call `work` on every item, each with processors of its own.

        One item per group of processors runs at a time. Results are in the order of
        the items. On an exception the workers are killed first, so that no thread
        waits for their replies.
        """
        groups: SimpleQueue[list[int]] = SimpleQueue()
        for group in self._core_groups():
            groups.put(group)

        def work_on_free_cores(item: T) -> Result:
            group = groups.get()
            try:
                return work(item, group)
            finally:
                groups.put(group)

        executor = ThreadPoolExecutor(max_workers=groups.qsize())
        try:
            return list(executor.map(work_on_free_cores, items))
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            self.kill_all()
            raise
        finally:
            executor.shutdown()

    def _core_groups(self) -> list[list[int]]:
        cores = available_cores()
        count = self.threads * self.replicas
        starts = range(0, len(cores) - count + 1, count)
        return [cores[start : start + count] for start in starts]
