"""End a worker with its parent, however the parent ends.

The parent keeps the writing end of a pipe, on which it never writes. The system closes
that end when the parent ends, and kills the worker and its children:

- Linux sends the signal itself, so that code that never returns to Python ends too. A
  death signal (``PR_SET_PDEATHSIG``) would follow the thread that started the worker,
  not the process, and would not reach the worker's children.
- On other systems, a thread of the worker waits for the end of its requests.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
from threading import Thread


def kill_at_end_of(lifeline: int, *, group: int) -> None:
    """Have a process group killed when the last writer of a pipe closes its end.

    Call it in the parent. The group must keep `lifeline` open.
    """
    if sys.platform != "linux":
        return
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -group)
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)


def end_with_parent(requests: int) -> None:
    """Kill this process and its children when the parent ends; call it in a worker.

    Args:
        requests: the reading end of the pipe that the parent sends requests on.
    """
    if sys.platform != "linux":
        start_watching(requests)


def start_watching(requests: int) -> None:
    """Start a thread that kills this process group when a pipe has no writer left."""
    Thread(target=_kill_at_hangup, args=[requests], daemon=True).start()


def _kill_at_hangup(pipe: int) -> None:
    poll = select.poll()
    poll.register(pipe, 0)  # wakes up when the other end is closed, not for requests
    poll.poll()
    has_own_group = os.getpgrp() == os.getpid()
    (os.killpg if has_own_group else os.kill)(os.getpid(), signal.SIGKILL)
