"""Start workers as forks of a process that has imported their framework.

Importing a framework takes seconds, a fork milliseconds. Forks of one process have the
same addresses of libraries and data, which is one reason why step times differ between
launches. Each launch therefore forks from processes of its own, its *generation*.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from signal import SIGKILL
from threading import Lock
from typing import TYPE_CHECKING, Self

import msgspec

from compare.errors import WorkerError
from compare.scratch import ScratchFolder
from compare.workers.fork_server import NUMBER, Fork
from compare.workers.lifeline import kill_at_end_of
from compare.workers.process import worker_environment
from compare.workers.starting import with_interpreter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from compare.contract import Framework
    from compare.workers.starting import StartProcess, WorkerEnds

COMMAND = (sys.executable, "-m", "compare.workers.fork_server")
EXIT_S = 2.0
KEPT_GENERATIONS = 2  # whose processes stay, because the next worker may need them
CAN_FORK = sys.platform == "linux"  # elsewhere, libraries may not survive a fork


class ForkedProcess:
    """A worker that a fork server has forked.

    Args:
        pid: its number.
        status: receives its exit status. The number is not used for another process
            before this socket is closed.
    """

    def __init__(self, pid: int, *, status: socket.socket) -> None:
        self.pid = pid
        self._status = status
        self._code: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code of the process, or minus the signal that ended it.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        if self._code is None:
            self._status.settimeout(timeout)
            try:
                received = self._status.recv(NUMBER.size)
            except TimeoutError:
                raise subprocess.TimeoutExpired("fork", timeout or 0.0) from None
            # Empty if the server ended before its fork: something killed both.
            self._code = NUMBER.unpack(received)[0] if received else -SIGKILL
        return self._code

    def release(self) -> None:
        """Let the system use the process's number again."""
        self._status.close()


class ForkServer:
    """The parent's end of a process that forks workers of one framework.

    Args:
        framework: what the process imports.
        environment: of the process.
        log: file for what the import prints.
        time_limit_s: longest time to wait for a fork, the import included.
    """

    def __init__(
        self,
        framework: Framework,
        *,
        environment: Mapping[str, str],
        log: Path,
        time_limit_s: float,
    ) -> None:
        self._environment = environment
        self._time_limit_s = time_limit_s
        self._lock = Lock()
        with ExitStack() as kept, ExitStack() as inherited:
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._control = kept.enter_context(here)
            inherited.enter_context(there)
            lifeline, writer = os.pipe()
            inherited.callback(os.close, lifeline)
            kept.callback(os.close, writer)
            log.parent.mkdir(parents=True, exist_ok=True)
            printed = inherited.enter_context(log.open("ab"))
            self._process = subprocess.Popen(
                [
                    *with_interpreter(COMMAND, framework.python),
                    *(framework.package, framework.base, str(there.fileno())),
                ],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                env=environment,
                pass_fds=(there.fileno(), lifeline),
                start_new_session=True,  # Ctrl-C reaches the parent only
            )
            kill_at_end_of(lifeline, group=self._process.pid)
            self._resources = kept.pop_all()

    def fork(self, ends: WorkerEnds, environment: Mapping[str, str]) -> ForkedProcess:
        """Fork a worker with these ends of its pipes and this environment.

        Raises:
            WorkerError: the framework is not imported within the time limit, or the
                server has ended.
        """
        changed = {
            name: value
            for name, value in environment.items()
            if self._environment.get(name) != value
        }
        with ExitStack() as unless_forked:
            status, there = socket.socketpair()
            unless_forked.enter_context(status)
            inherited = [ends.requests, ends.replies, ends.output, ends.lifeline]
            with self._lock, there:
                message = msgspec.json.encode(Fork(environment=changed))
                try:
                    socket.send_fds(
                        self._control, [message], [*inherited, there.fileno()]
                    )
                except OSError as error:
                    raise WorkerError(
                        f"the process that imports the framework has ended ({error})"
                    ) from error
            pid = self._receive_pid(status)
            unless_forked.pop_all()
        return ForkedProcess(pid, status=status)

    def _receive_pid(self, status: socket.socket) -> int:
        status.settimeout(self._time_limit_s)
        try:
            received = status.recv(NUMBER.size)
        except TimeoutError:
            self.kill()
            raise WorkerError(
                f"the framework was not imported within {self._time_limit_s:g} s"
            ) from None
        if not received:
            raise WorkerError("the process that imports the framework has ended")
        return int(NUMBER.unpack(received)[0])

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended, so that it cannot fork any more."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """Kill the process; its forks continue."""
        self._process.kill()

    def close(self) -> None:
        """End the process. Its forks should have ended, or it is killed."""
        self._control.close()
        try:
            self._process.wait(EXIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._resources.close()


class ForkServers:
    """The fork servers of one run: one per framework and generation.

    Use it as a context manager. Only the last generations are kept.

    Args:
        frameworks: those that the run needs. All are imported at the same time.
        threads: of each worker, until the worker sets its own.
        logs: folder for what imports print.
        time_limit_s: longest time to wait for an import.
    """

    def __init__(
        self,
        frameworks: Sequence[Framework],
        *,
        threads: int,
        logs: Path,
        time_limit_s: float,
    ) -> None:
        self._frameworks = {each.name: each for each in frameworks}
        self._threads = threads
        self._logs = logs
        self._time_limit_s = time_limit_s
        self._generations: dict[int, dict[str, ForkServer]] = {}
        self._lock = Lock()
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        """Start nothing yet; servers start with the first worker of a generation."""
        self._scratch = self._resources.enter_context(ScratchFolder())
        return self

    def __exit__(self, *_: object) -> None:
        """End every server."""
        for generation in [*self._generations]:
            self._close(generation)
        self._resources.close()

    def start_generation(self, generation: int) -> None:
        """Import every framework in a process of its own, without waiting for it."""
        with self._lock:
            servers = self._generations.pop(generation, {})
            self._generations[generation] = servers  # now the last one
            for oldest in [*self._generations][:-KEPT_GENERATIONS]:
                self._close(oldest)
            for name, framework in self._frameworks.items():
                if name in servers and servers[name].has_ended:
                    servers.pop(name).close()
                if name not in servers:
                    servers[name] = self._start_server(framework, generation)

    def choose_start(self, framework: str, *, generation: int) -> StartProcess | None:
        """Return how to start a worker of a framework; None as a new process."""
        if framework not in self._frameworks:
            return None
        self.start_generation(generation)
        return self._generations[generation][framework].fork

    def kill_all(self) -> None:
        """Kill every server, so that no thread waits for an import."""
        for servers in [*self._generations.values()]:
            for server in [*servers.values()]:
                server.kill()

    def _start_server(self, framework: Framework, generation: int) -> ForkServer:
        name = f"{framework.name}-{generation}"
        folder = self._scratch / name
        environment = worker_environment(
            framework, threads=self._threads, cache=folder, device="cpu"
        )
        return ForkServer(
            framework,
            environment={**environment, "TMPDIR": str(folder)},
            log=self._logs / f"import-{name}.log",
            time_limit_s=self._time_limit_s,
        )

    def _close(self, generation: int) -> None:
        for server in self._generations.pop(generation).values():
            server.close()
