"""Start a worker process, send requests, enforce time limits, clean up."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Self, TypeVar

import msgspec

from compare.errors import WorkerError
from compare.workers import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Framework

COMMAND = (sys.executable, "-m", "compare.workers.worker")
TIME_LIMIT_S = 300.0  # for a reply
LOG_LINES = 5  # how many lines of a worker's log an error message quotes
EXIT_S = 2.0  # for a worker that closed its pipe to exit, so that its code is known

R = TypeVar("R", bound=messages.Message)


class InterruptedWorkError(Exception):
    """The run is being ended. The worker did not fail, its cell has no result."""


class CannotRunError(Exception):
    """The worker reports that this cell cannot run here."""


@dataclass(frozen=True, kw_only=True)
class WorkerSpec:
    """How a worker process is started.

    Attributes:
        framework: Its environment is set before the process imports anything.
        cores: Processors that the process may use.
        threads: Threads within an operation.
        device: ``cpu`` hides every GPU from the process.
        cache: Folder for code that the framework compiles.
        log: File for what the process prints.
        command: Starts the worker; tests pass another program here.
        time_limit_s: Longest time to wait for a reply.
    """

    framework: Framework
    cores: Sequence[int]
    threads: int
    device: str
    cache: Path
    log: Path
    command: Sequence[str] = COMMAND
    time_limit_s: float = TIME_LIMIT_S


class Worker:
    """One worker process and its two pipes; use it as a context manager.

    Args:
        spec: How the process is started.
        ended: Set when the whole run is being ended.
    """

    def __init__(self, spec: WorkerSpec, *, ended: Event | None = None) -> None:
        self._spec = spec
        self._ended = ended or Event()
        self._buffer = b""
        # The process is killed at the end, so it cannot remove its temporary files.
        self._temporary = tempfile.TemporaryDirectory(prefix="graph-compare-")
        spec.log.parent.mkdir(parents=True, exist_ok=True)
        self._log_start = spec.log.stat().st_size if spec.log.exists() else 0
        requests_out, self._requests = os.pipe()
        self._replies, replies_in = os.pipe()
        self._process = self._spawn(requests_out, replies_in)
        os.close(requests_out)
        os.close(replies_in)

    def _spawn(self, *pipe_ends: int) -> subprocess.Popen[bytes]:
        spec = self._spec
        environment = worker_environment(
            spec.framework, threads=spec.threads, cache=spec.cache, device=spec.device
        )
        if "TMPDIR" not in spec.framework.environment:
            environment["TMPDIR"] = self._temporary.name
        with spec.log.open("ab") as output:
            return subprocess.Popen(
                [*spec.command, *map(str, pipe_ends)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                pass_fds=pipe_ends,
                start_new_session=True,  # Ctrl-C reaches the parent only
            )

    def __enter__(self) -> Self:
        """Return the worker; its process already runs."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill the process: everything that must remain is already on disk."""
        self.kill()
        self._process.wait()
        os.close(self._requests)
        os.close(self._replies)
        self._temporary.cleanup()

    def hello(self) -> messages.Ready:
        """Have the worker import its framework."""
        spec = self._spec
        hello = messages.Hello(
            package=spec.framework.package,
            threads=spec.threads,
            cores=list(spec.cores),
        )
        return self.request(hello, messages.Ready)

    def request(self, request: messages.Request, reply: type[R]) -> R:
        """Send a request, wait for its reply and return it.

        Raises:
            CannotRunError: The worker replied that the cell cannot run here.
            WorkerError: The worker crashed, exceeded its time limit or sent an invalid
                reply, or the request raised an exception. The message quotes the end
                of the worker's log.
        """
        try:
            os.write(self._requests, msgspec.json.encode(request) + b"\n")
        except BrokenPipeError:
            raise self._failure(self._exit_description()) from None
        line = self._read_line(request=type(request).__name__)
        try:
            received: messages.Reply = msgspec.json.decode(line, type=messages.Reply)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            text = line[:60].decode(errors="replace")
            raise self._failure(
                f"expected a reply to {type(request).__name__}; "
                f'received "{text}" ({error})'
            ) from error
        if isinstance(received, messages.Unavailable):
            raise CannotRunError(received.reason)
        if isinstance(received, messages.Failed):
            tail = self._log_tail()
            with self._spec.log.open("a") as log:
                log.write(received.detail)
            raise WorkerError(f"{received.error}{tail}")
        if not isinstance(received, reply):
            raise self._failure(
                f"expected {reply.__name__}; received {type(received).__name__}"
            )
        return received

    def pin(self, cores: Sequence[int]) -> None:
        """Move every thread of the process to these processors."""
        if hasattr(os, "sched_setaffinity"):
            for thread in Path(f"/proc/{self._process.pid}/task").iterdir():
                with contextlib.suppress(ProcessLookupError):  # the thread has ended
                    os.sched_setaffinity(int(thread.name), cores)

    def kill(self) -> None:
        """Kill the process and all its children; a waiting `request` then raises."""
        with contextlib.suppress(ProcessLookupError):  # all of them have ended
            os.killpg(self._process.pid, signal.SIGKILL)

    def _read_line(self, *, request: str) -> bytes:
        limit_s = self._spec.time_limit_s
        deadline = monotonic() + limit_s
        with selectors.DefaultSelector() as selector:
            selector.register(self._replies, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if not selector.select(max(0.0, deadline - monotonic())):
                    raise self._failure(
                        f"no reply to {request} within {limit_s:g} s; "
                        "the worker was killed"
                    )
                chunk = os.read(self._replies, 1 << 16)
                if not chunk:
                    raise self._failure(self._exit_description())
                self._buffer += chunk
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line

    def _exit_description(self) -> str:
        """Return how the process ended."""
        try:
            code = self._process.wait(EXIT_S)
        except subprocess.TimeoutExpired:
            return "the worker closed its pipe"
        if code < 0:
            return f"the worker was ended by {signal.Signals(-code).name}"
        return f"the worker exited with code {code}"

    def _failure(self, reason: str) -> Exception:
        """Return the error to raise; kill the worker, which cannot be used again."""
        self.kill()
        if self._ended.is_set():
            return InterruptedWorkError()
        return WorkerError(f"{reason}{self._log_tail()}")

    def _log_tail(self) -> str:
        """Return the last lines that this worker printed, as the end of a sentence."""
        with self._spec.log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").splitlines()
        printed = [line.strip() for line in lines if line.strip()][-LOG_LINES:]
        if not printed:
            return "; it printed nothing"
        return f"; last output: {' | '.join(printed)}"


def worker_environment(
    framework: Framework, *, threads: int, cache: Path, device: str
) -> dict[str, str]:
    """Return the environment of a worker: this process's, plus its framework's."""
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
