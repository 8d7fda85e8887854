"""A cluster without Dask: its workers reply with results that were made before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from compare.cluster.dispatch import LostTaskError
from compare.runs.record import RunRecord

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(kw_only=True)
class FakeTask:
    """A task that is done when the cluster was looked at a few times."""

    reply: bytes
    looks: int
    is_lost: bool = False
    is_cancelled: bool = False

    def is_done(self) -> bool:
        self.looks -= 1
        return self.looks < 0

    def read_result(self) -> bytes:
        if self.is_lost:
            raise LostTaskError("lost")
        return self.reply

    def cancel(self) -> None:
        self.is_cancelled = True


@dataclass(kw_only=True)
class FakeCluster:
    """Workers by name, with their machines. Each task takes two looks.

    Args:
        workers: address -> machine; a test changes it.
        reply: returns the reply to a part, by its label and machine.
        before_look: called before each look with the number of the look.
    """

    workers: dict[str, str]
    reply: Callable[[str, str], bytes] = lambda label, _: label.encode()
    before_look: Callable[[int], None] = lambda _: None
    looks: int = 0
    started: list[tuple[str, str]] = field(default_factory=list)  # label, machine
    tasks: list[FakeTask] = field(default_factory=list)
    busiest: int = 0  # the largest number of parts on one machine at once

    def find_workers(self) -> dict[str, str]:
        self.before_look(self.looks)
        self.looks += 1
        return self.workers

    def start_task(self, part: bytes, *, worker: str) -> FakeTask:
        label = read_label(part)
        machine = self.workers[worker]
        task = FakeTask(reply=self.reply(label, machine), looks=2)
        self.started.append((label, machine))
        self.tasks.append(task)
        running = zip(self.started, self.tasks, strict=True)
        here = [t for (_, on), t in running if on == machine and t.looks >= 0]
        self.busiest = max(self.busiest, len(here))
        return task


def read_label(part: bytes) -> str:
    """Return the label of an encoded part; of other bytes, their text."""
    try:
        record = msgspec.msgpack.decode(part, type=RunRecord)
    except msgspec.MsgspecError:
        return part.decode()
    (workload,) = record.request.workloads
    return workload.label
