"""Start a worker process, send requests, enforce time limits, clean up."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Self, TypeVar

from compare.errors import CompareError, WorkerError
from compare.scratch import ScratchFolder
from compare.wording import shorten
from compare.workers import framing, messages
from compare.workers.connection import Connection
from compare.workers.lifeline import kill_at_end_of
from compare.workers.output import Output
from compare.workers.starting import COMMAND, WorkerEnds, start_new

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Framework, GraphBreak
    from compare.workers.starting import StartProcess

TIME_LIMIT_S = 300.0  # for a reply
REASON_CHARACTERS = 2000  # of an error message, which tables store; the log has more
EXIT_S = 2.0  # for a worker that closed its pipe to exit, so that its code is known

R = TypeVar("R", bound=messages.Message)


class InterruptedWorkError(Exception):
    """The run is being ended. The worker did not fail, its cell has no result."""


class CannotRunError(Exception):
    """The worker reports that this cell cannot run here.

    Attributes:
        refusal: The user's code that the mode refused; None for other reasons.
    """

    def __init__(self, reason: str, *, refusal: GraphBreak | None = None) -> None:
        super().__init__(reason)
        self.refusal = refusal


class TargetRefusedError(CompareError):
    """A user's model cannot be used. The message states where and what to do."""

    def __init__(self, refused: messages.Refused) -> None:
        place = f"\n  at {refused.file}:{refused.line}" if refused.file else ""
        advice = f"\n  {refused.advice}" if refused.advice else ""
        super().__init__(f"{refused.stage} failed: {refused.reason}{place}{advice}")


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
        time_limit_s: Longest time to wait for a reply, for each shape of batches.
        replicas: That its sessions may have, each with these threads.
    """

    framework: Framework
    cores: Sequence[int]
    threads: int
    device: str
    cache: Path
    log: Path
    command: Sequence[str] = COMMAND
    time_limit_s: float = TIME_LIMIT_S
    replicas: int = 1


class Worker:
    """One worker process and its pipes; use it as a context manager.

    Args:
        spec: How the process is started.
        ended: Set when the whole run is being ended.
        start: Starts the process with its ends of the pipes; a new one by default.
    """

    def __init__(
        self,
        spec: WorkerSpec,
        *,
        ended: Event | None = None,
        start: StartProcess | None = None,
    ) -> None:
        self._spec = spec
        start = start or partial(start_new, spec.command)
        self._ended = ended or Event()
        self._is_closed = False
        self._cycle = 1  # of the session, see `messages.Prepared`
        with ExitStack() as kept, ExitStack() as inherited:
            # The process is killed at the end, so it cannot remove temporary files.
            temporary = kept.enter_context(ScratchFolder())
            requests_out, requests = open_pipe(inherited, kept)
            replies, replies_in = open_pipe(kept, inherited)
            printed, output_in = open_pipe(kept, inherited)
            lifeline, _ = open_pipe(inherited, kept)
            self._output = Output(printed, log=spec.log)
            kept.callback(self._output.close)
            self._connection = Connection(
                requests=requests, replies=replies, output=self._output
            )
            ends = WorkerEnds(
                requests=requests_out,
                replies=replies_in,
                output=output_in,
                lifeline=lifeline,
            )
            self._process = start(ends, self._environment(temporary))
            kept.callback(self._process.release)
            kill_at_end_of(lifeline, group=self._process.pid)
            self._resources = kept.pop_all()

    def _environment(self, temporary: Path) -> dict[str, str]:
        spec = self._spec
        environment = worker_environment(
            spec.framework, threads=spec.threads, cache=spec.cache, device=spec.device
        )
        if "TMPDIR" not in spec.framework.environment:
            environment["TMPDIR"] = str(temporary)
        return environment

    def __enter__(self) -> Self:
        """Return the worker; its process already runs."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill the process: everything that must remain is already on disk."""
        self.kill()
        self._is_closed = True
        self._process.wait()
        self._output.read_rest()
        self._resources.close()

    def hello(self) -> messages.Ready:
        """Have the worker import its framework."""
        spec = self._spec
        hello = messages.Hello(
            package=spec.framework.package,
            framework=spec.framework.base,
            threads=spec.threads,
            cores=list(spec.cores),
            replicas=spec.replicas,
        )
        return self.request(hello, messages.Ready)

    def request(self, request: messages.Request, reply: type[R]) -> R:
        """Send a request, wait for its reply and return it.

        Raises:
            CannotRunError: The worker replied that the cell cannot run here.
            TargetRefusedError: The user's model cannot be used.
            WorkerError: The worker crashed, exceeded its time limit or sent an invalid
                reply, or the request raised an exception. The message quotes the end
                of the worker's log.
        """
        received = self._exchange(request)
        if isinstance(received, messages.Unavailable):
            reason = shorten(received.reason, limit=REASON_CHARACTERS)
            raise CannotRunError(reason, refusal=received.refusal)
        if isinstance(received, messages.Refused):
            raise TargetRefusedError(received)
        if isinstance(received, messages.Failed):
            self._output.read_rest()
            tail = self._output.describe_tail()
            self._output.add(received.detail.encode(errors="replace"))
            raise WorkerError(
                shorten(f"{received.error}{tail}", limit=REASON_CHARACTERS),
                stated=received.error,
                detail=received.detail,
            )
        if not isinstance(received, reply):
            raise self._failure(
                f"expected {reply.__name__}; received {type(received).__name__}"
            )
        if isinstance(received, messages.Prepared):
            self._cycle = received.cycle
        return received

    def _exchange(self, request: messages.Request) -> messages.Reply:
        """Send a request and return its reply, which may be of any type.

        Raises:
            WorkerError: The worker crashed, exceeded its time limit or sent an invalid
                reply.
        """
        name = type(request).__name__
        # A request may capture and compile a graph for every shape of batches.
        limit_s = self._spec.time_limit_s * self._cycle
        encoded = framing.encode(request)
        try:
            body = self._connection.exchange(encoded, limit_s=limit_s)
            return framing.decode_reply(body)
        except EOFError:
            reason = self._exit_description()
        except TimeoutError:
            reason = f"no reply to {name} within {limit_s:g} s; the worker was killed"
        except framing.InvalidMessageError as error:
            reason = f"expected a reply to {name}; received {error}"
        raise self._failure(reason)

    def pin(self, cores: Sequence[int]) -> None:
        """Move every thread of the process to these processors, if it still runs."""
        if hasattr(os, "sched_setaffinity"):
            for thread in Path(f"/proc/{self._process.pid}/task").glob("*"):
                with contextlib.suppress(ProcessLookupError):  # the thread has ended
                    os.sched_setaffinity(int(thread.name), cores)

    def kill(self) -> None:
        """Kill the process and all its children; a waiting `request` then raises."""
        if self._is_closed:  # its number may belong to another process by now
            return
        with contextlib.suppress(ProcessLookupError):  # all of them have ended
            os.killpg(self._process.pid, signal.SIGKILL)

    def _exit_description(self) -> str:
        """Return how the process ended."""
        try:
            code = self._process.wait(EXIT_S)
        except subprocess.TimeoutExpired:
            return "the worker closed its pipe"
        if code < 0:
            return f"the worker was ended by {name_signal(-code)}"
        return f"the worker exited with code {code}"

    def _failure(self, reason: str) -> Exception:
        """Return the error to raise; kill the worker, which cannot be used again."""
        self.kill()
        if self._ended.is_set():
            return InterruptedWorkError()
        self._output.read_rest()
        described = f"{reason}{self._output.describe_tail()}"
        return WorkerError(shorten(described, limit=REASON_CHARACTERS))


def open_pipe(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
    """Return both ends of a new pipe; each is closed by the stack of its user."""
    reading, writing = os.pipe()
    reader.callback(os.close, reading)
    writer.callback(os.close, writing)
    return reading, writing


def name_signal(number: int) -> str:
    """Return the name of a signal; some have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


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
