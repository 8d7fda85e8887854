"""What a Dask worker executes: describe the machine, plan, and run a part.

A part runs in a process of its own, because the event loop and the profiler of a Dask
worker would disturb timings in its process. The task only waits for that process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from select import select
from signal import SIGKILL
from typing import TYPE_CHECKING

import msgspec

from compare.cluster.machines import describe_machine
from compare.cluster.part import REASON_FILE
from compare.cluster.transfer import PartReply, collect_files
from compare.errors import CompareError, RunError
from compare.pipeline.plan import plan_cells
from compare.runs.folder import create_folder
from compare.runs.record import Request, RunRecord
from compare.scratch import open_scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

POLL_S = 1.0  # rarely: the processor is being measured
SHOWN_CHARACTERS = 500  # of what a process printed last


def describe_here() -> bytes:
    """Return the encoded description of this machine."""
    return msgspec.msgpack.encode(describe_machine())


def plan_here(request: bytes) -> bytes:
    """Return the encoded cells of a request, with what cannot run on this machine."""
    decoded = msgspec.msgpack.decode(request, type=Request)
    return msgspec.msgpack.encode(plan_cells(decoded))


def run_part(part: bytes) -> bytes:
    """Execute a part on this machine; return an encoded `PartReply`."""
    record = msgspec.msgpack.decode(part, type=RunRecord)
    with open_scratch() as scratch:
        try:
            create_folder(scratch / "run", record)
            execute_in_process(scratch / "run", is_wanted=watch_task())
            reply = PartReply(files=collect_files(scratch / "run"))
        except (CompareError, OSError) as error:
            reply = PartReply(error=str(error))
    return msgspec.msgpack.encode(reply)


def execute_in_process(folder: Path, *, is_wanted: Callable[[], bool]) -> None:
    """Execute the run in a folder in a new process, and wait for its end.

    Raises:
        RunError: it failed, or its results are not wanted any more.
    """
    printed = folder.with_name("printed.txt")
    with (
        printed.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "compare.cluster.part", str(folder)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=remove_nanny_variables(os.environ),
            start_new_session=True,
        ) as process,
    ):
        end = os.pidfd_open(process.pid)
        try:
            while not select([end], [], [], POLL_S)[0]:
                if not is_wanted():
                    raise RunError("the task was cancelled")
        finally:
            os.close(end)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, SIGKILL)
    reason = folder.with_name(REASON_FILE)
    if reason.exists():
        raise RunError(reason.read_text())
    if process.returncode:
        raise RunError(explain_end(process.returncode, printed=printed))


def explain_end(code: int, *, printed: Path) -> str:
    """Return how the process of a part ended, and what it printed last."""
    lines = printed.read_text(errors="replace").split("\n")
    last = next((line for line in reversed(lines) if line.strip()), "")
    last = last[:SHOWN_CHARACTERS]
    how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    return f"the process of the workload {how}; it printed last: {last or 'nothing'}"


def watch_task() -> Callable[[], bool]:
    """Return a function that returns whether the task of this thread is still wanted.

    Dask cannot stop the thread of a task. If the client cancels the task, or ends, the
    worker forgets the task or marks it.
    """
    from distributed import Status, get_worker  # noqa: PLC0415 - heavy

    worker = get_worker()
    key = worker.get_current_task()

    def is_wanted() -> bool:
        task = worker.state.tasks.get(key)
        is_cancelled = task is None or task.state == "cancelled"
        is_there = worker.status in {Status.running, Status.paused}
        return is_there and not is_cancelled

    return is_wanted


def remove_nanny_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what a Dask nanny added: one thread, malloc.

    Workers then have the environment of a run without a cluster.
    """
    import dask  # noqa: PLC0415 - heavy
    import distributed  # noqa: F401, PLC0415 - adds its defaults to the configuration

    added = dask.config.get("distributed.nanny.pre-spawn-environ", {})
    return {n: v for n, v in environment.items() if v != str(added.get(n))}
