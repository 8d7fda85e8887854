"""The parent's end of a worker: start it, ask it, time it out, bury it."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Self, TypeVar

import msgspec

from compare.errors import WorkerError
from compare.workers import messages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from compare.contract import Framework

COMMAND = (sys.executable, "-m", "compare.workers.worker")
LOG_LINES = 5  # how much of a worker's log a reason quotes
PATIENCE_S = 0.2  # between looks at whether the run is being ended
GRACE_S = 2.0  # for a worker that closed its pipe to end, and say with what code

R = TypeVar("R", bound=messages.Message)
T = TypeVar("T")
Result = TypeVar("Result")


class InterruptedWorkError(Exception):
    """The run is being ended: no fault of the worker, no result of its cell."""


class CannotRunError(Exception):
    """The worker found that this cell cannot run here."""


class Worker:
    """One child process and its two pipes; use as a context manager.

    Args:
        framework: whose environment the process gets, before it imports anything.
        cores: the processors it may use.
        cache: a folder for code that the framework compiles.
        log: where what it prints goes.
        device: ``cpu`` hides every GPU from it.
        command: how a worker is started; another interpreter or worker fits in here.
        ended: set when the whole run is being ended.
    """

    def __init__(  # noqa: PLR0913 - a process has so many circumstances
        self,
        framework: Framework,
        *,
        cores: Sequence[int],
        threads: int,
        device: str,
        cache: Path,
        log: Path,
        command: Sequence[str] = COMMAND,
        time_limit_s: float = 300.0,
        ended: Event | None = None,
    ) -> None:
        self._log = log
        self._limit_s = time_limit_s
        self._ended = ended or Event()
        self._buffer = b""
        log.parent.mkdir(parents=True, exist_ok=True)
        environment = worker_environment(
            framework, threads=threads, cache=cache, device=device
        )
        # It is killed in the end: what it leaves lying about goes with this folder.
        self._temporary = tempfile.TemporaryDirectory(prefix="graph-compare-")
        if "TMPDIR" not in framework.environment:
            environment["TMPDIR"] = self._temporary.name
        requests_out, self._requests = os.pipe()
        self._replies, replies_in = os.pipe()
        self._log_start = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*command, str(requests_out), str(replies_in)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                pass_fds=(requests_out, replies_in),
                start_new_session=True,  # Ctrl-C reaches the parent alone
            )
        os.close(requests_out)
        os.close(replies_in)
        self._hello = messages.Hello(
            package=framework.package, threads=threads, cores=list(cores)
        )

    def __enter__(self) -> Self:
        """Nothing to do: the process runs since it was made."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process: it keeps nothing that is not on disk already."""
        self.kill()
        self._process.wait()
        os.close(self._requests)
        os.close(self._replies)
        self._temporary.cleanup()

    def hello(self) -> messages.Ready:
        """Let it import its framework."""
        return self.ask(self._hello, messages.Ready)

    def ask(self, request: messages.Request, reply: type[R]) -> R:
        """Send a request and wait for its reply.

        Raises:
            CannotRunError: the worker says that the cell cannot run here.
            WorkerError: it died, hung past its time limit, printed garbage on its
                pipe, or the request raised; names the end of its log.
        """
        try:
            os.write(self._requests, msgspec.json.encode(request) + b"\n")
        except BrokenPipeError:
            raise self._failure(self._obituary()) from None
        line = self._read_line(what=type(request).__name__)
        try:
            answer: messages.Reply = msgspec.json.decode(line, type=messages.Reply)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            received = line[:60].decode(errors="replace")
            raise self._failure(
                f"expected a reply to {type(request).__name__}; "
                f'received "{received}" ({error})'
            ) from error
        if isinstance(answer, messages.Missing):
            raise CannotRunError(answer.reason)
        if isinstance(answer, messages.Failed):
            said = self._last_words()
            with self._log.open("a") as log:
                log.write(answer.detail)
            raise WorkerError(f"{answer.error}{said}")
        if not isinstance(answer, reply):
            received = type(answer).__name__
            raise self._failure(f"expected {reply.__name__}; received {received}")
        return answer

    def pin(self, cores: Sequence[int]) -> None:
        """Move every thread of the process to these processors."""
        if hasattr(os, "sched_setaffinity"):
            for thread in Path(f"/proc/{self._process.pid}/task").iterdir():
                with contextlib.suppress(ProcessLookupError):  # ended meanwhile
                    os.sched_setaffinity(int(thread.name), cores)

    def kill(self) -> None:
        """End the process and everything that it started; whoever waits is told."""
        with contextlib.suppress(ProcessLookupError):  # none of them lives
            os.killpg(self._process.pid, signal.SIGKILL)

    def _read_line(self, *, what: str) -> bytes:
        deadline = monotonic() + self._limit_s
        with selectors.DefaultSelector() as selector:
            selector.register(self._replies, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if not selector.select(max(0.0, deadline - monotonic())):
                    raise self._failure(
                        f"no reply to {what} within {self._limit_s:g} s; it was ended"
                    )
                chunk = os.read(self._replies, 1 << 16)
                if not chunk:
                    raise self._failure(self._obituary())
                self._buffer += chunk
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line

    def _obituary(self) -> str:
        try:
            code = self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            return "the worker closed its pipe"
        if code < 0:
            return f"the worker was ended by {signal.Signals(-code).name}"
        return f"the worker exited with code {code}"

    def _failure(self, reason: str) -> Exception:
        """The error to raise; a worker that failed once is of no more use."""
        self.kill()
        if self._ended.is_set():
            return InterruptedWorkError()
        return WorkerError(f"{reason}{self._last_words()}")

    def _last_words(self) -> str:
        """The end of what this worker printed, as the end of a sentence."""
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").splitlines()
        said = [line.strip() for line in lines if line.strip()][-LOG_LINES:]
        if not said:
            return "; it printed nothing"
        return f"; its last words: {' | '.join(said)}"


def worker_environment(
    framework: Framework, *, threads: int, cache: Path, device: str
) -> dict[str, str]:
    """The environment of a worker: ours, with what its framework must find there."""
    cache.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "OPENBLAS_NUM_THREADS": str(threads),
        "PYTHONHASHSEED": "0",
        **({"CUDA_VISIBLE_DEVICES": "-1"} if device == "cpu" else {}),
        **{
            name: value.format(threads=threads, cache=cache)
            for name, value in framework.environment.items()
        },
    }


@dataclass(frozen=True, kw_only=True)
class Launcher:
    """Starts the workers of one run, and knows which processors they may use."""

    frameworks: Mapping[str, Framework]
    threads: int
    device: str
    logs: Path
    time_limit_s: float = 300.0
    command: Sequence[str] = COMMAND
    _started: list[Worker] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)

    def start(  # noqa: PLR0913 - a worker has so many circumstances
        self,
        framework: str,
        *,
        cores: Sequence[int],
        cache: Path,
        log: str,
        device: str = "",
        threads: int = 0,
    ) -> Worker:
        """Start a worker that compiles into `cache` and prints into ``LOG.log``.

        Args:
            framework: whose worker.
            cores: the processors it may use.
            cache: a folder for code that it compiles.
            log: the name of its log.
            device: where not the launcher's own.
            threads: where not the launcher's own.

        Raises:
            InterruptedWorkError: the run is being ended.
        """
        if self._ended.is_set():
            raise InterruptedWorkError
        worker = Worker(
            self.frameworks[framework],
            cores=cores,
            threads=threads or self.threads,
            device=device or self.device,
            cache=cache,
            log=self.logs / f"{log}.log",
            command=self.command,
            time_limit_s=self.time_limit_s,
            ended=self._ended,
        )
        self._started.append(worker)
        return worker

    def kill_all(self) -> None:
        """End every worker, and start no more."""
        self._ended.set()
        for worker in self._started:
            worker.kill()

    def wait_for(self, future: Future[Result]) -> Result:
        """The result of other work, given up when the run is being ended."""
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                return future.result(PATIENCE_S)
        raise InterruptedWorkError

    @property
    def measured_cores(self) -> list[int]:
        """The processors on which blocks are timed: as many as there are threads."""
        return self._core_groups()[-1]

    def in_parallel(
        self, work: Callable[[T, list[int]], Result], items: Sequence[T]
    ) -> list[Result]:
        """Do `work` on every item, each on processors of its own.

        As many at a time as there are groups of processors; results in order.
        Interrupted, it ends the workers first, so that nothing waits for them.
        """
        groups: SimpleQueue[list[int]] = SimpleQueue()
        for group in self._core_groups():
            groups.put(group)

        def on_free_cores(item: T) -> Result:
            group = groups.get()
            try:
                return work(item, group)
            finally:
                groups.put(group)

        pool = ThreadPoolExecutor(max_workers=groups.qsize())
        try:
            return list(pool.map(on_free_cores, items))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            self.kill_all()
            raise
        finally:
            pool.shutdown()

    def _core_groups(self) -> list[list[int]]:
        cores = available_cores()
        starts = range(0, len(cores) - self.threads + 1, self.threads)
        return [cores[start : start + self.threads] for start in starts]


def available_cores() -> list[int]:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))
