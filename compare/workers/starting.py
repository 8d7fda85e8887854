"""Start a worker process with its ends of the pipes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

COMMAND = (sys.executable, "-m", "compare.workers.worker")


def with_interpreter(command: Sequence[str], python: str) -> Sequence[str]:
    """Return a command that runs a module, in another interpreter if there is one."""
    return (python, *command[1:]) if python else command


class Process(Protocol):
    """A started worker process."""

    pid: int

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; return its exit code, or minus the signal that ended it.

        Raises:
            subprocess.TimeoutExpired: It still runs.
        """

    def release(self) -> None:
        """Let the system use its number again; after `wait`."""


@dataclass(frozen=True, kw_only=True)
class WorkerEnds:
    """The ends of a worker's pipes that the worker inherits."""

    requests: int
    replies: int
    output: int
    lifeline: int


# Starts a process with these ends and this environment.
StartProcess = Callable[[WorkerEnds, Mapping[str, str]], Process]


class NewProcess(subprocess.Popen[bytes]):
    """A process that runs a program from its start."""

    def release(self) -> None:
        """Do nothing: `wait` has released the number."""


def start_new(
    command: Sequence[str], ends: WorkerEnds, environment: Mapping[str, str]
) -> Process:
    """Start a worker as a new process."""
    return NewProcess(
        [*command, str(ends.requests), str(ends.replies)],
        stdin=subprocess.DEVNULL,
        stdout=ends.output,
        stderr=ends.output,
        env=environment,
        pass_fds=(ends.requests, ends.replies, ends.lifeline),
        start_new_session=True,  # Ctrl-C reaches the parent only
    )
