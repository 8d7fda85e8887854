"""The processes of the other replicas: start them, have them follow.

The first replica sends each call that replicas make together through a pipe.
Batches are sent when they are placed; a step then names one by its number.
"""

import os
import signal
import subprocess
import sys
import traceback
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from tempfile import TemporaryDirectory
from typing import Any

from compare.workers.lifeline import start_watching
from torch import distributed

PROGRAM = "from impl_torch.replica_process import main; main()"
COMMAND = (sys.executable, "-c", PROGRAM)
LIMIT = timedelta(minutes=4)  # for replicas to meet in an operation
EXIT_S = 5.0  # for the process of a lost connection to exit
LOOPBACK = "lo0" if sys.platform == "darwin" else "lo"


class BatchNumber(int):
    """The number of a placed batch, the same in all replicas."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A placed batch: the share of the first replica, and all of it."""

    number: BatchNumber
    own: Any
    whole: Mapping[str, Any]


class Group:
    """The first replica's connections to the others."""

    def __init__(self, replicas: int) -> None:
        self._count, self._has_joined = replicas, False
        self._folder = TemporaryDirectory()
        self._file = f"{self._folder.name}/replicas"
        self._numbers, self._freed = 0, list[int]()
        self._others = [self._start(rank) for rank in range(1, replicas)]

    def _start(self, rank: int) -> tuple[subprocess.Popen[bytes], Connection]:
        own, other = Pipe()
        numbers = map(str, (other.fileno(), rank, self._count))
        process = subprocess.Popen(
            [*COMMAND, *numbers, self._file],
            stdin=subprocess.DEVNULL,
            pass_fds=[other.fileno()],
        )
        other.close()
        return process, own

    def join(self) -> None:
        """Wait until all replicas can communicate; once per process."""
        if self._has_joined:
            return
        with self.explaining():
            for _, connection in self._others:
                connection.recv()  # it has imported PyTorch
            join_group(self._file, 0, self._count)
            for _, connection in self._others:
                connection.recv()  # it has joined
        self._folder.cleanup()  # workers are killed: they cannot do it later
        self._has_joined = True

    def send(self, name: str, *arguments: Any) -> None:
        """Have the others call a method of their session."""
        sent = replace_batches(arguments, Placed, lambda batch: batch.number)
        freed, self._freed[:] = self._freed[:], []
        with self.explaining():
            for _, connection in self._others:
                connection.send((name, sent, freed))

    def place(self, batch: Mapping[str, Any], *, own: Any) -> Placed:
        """Have the others place their shares of a batch."""
        self._numbers += 1
        placed = Placed(BatchNumber(self._numbers), own=own, whole=batch)
        weakref.finalize(placed, self._freed.append, self._numbers)
        self.send("place", placed.number, dict(batch))
        return placed

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Name the replica whose process ended, if an operation fails."""
        try:
            yield
        except (RuntimeError, OSError, EOFError) as error:
            for rank, (process, _) in enumerate(self._others, start=1):
                try:
                    code = process.wait(EXIT_S)
                except subprocess.TimeoutExpired:
                    continue
                raise RuntimeError(
                    f"replica {rank}, numbered from 0, "
                    f"{describe_end(code)}: {error}"
                ) from error
            raise


def describe_end(code: int) -> str:
    """Return how a process ended, by its exit code."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"exited with code {code}"


GROUPS: dict[int, Group] = {}


def join_group(file: str, rank: int, replicas: int) -> None:
    """Join the process group of all replicas, which meet in a file."""
    os.environ["GLOO_SOCKET_IFNAME"] = LOOPBACK
    distributed.init_process_group(
        "gloo",
        init_method=f"file://{file}",
        rank=rank,
        world_size=replicas,
        timeout=LIMIT,
    )


def main() -> None:
    """Follow the first replica until it closes its end of the pipe."""
    handle, rank, replicas = (int(text) for text in sys.argv[1:4])
    start_watching(handle)
    connection = Connection(handle)
    from impl_torch import runtime

    runtime.configure(threads=int(os.environ.get("OMP_NUM_THREADS", "1")))
    connection.send("imported")
    join_group(sys.argv[4], rank, replicas)
    connection.send("joined")
    try:
        follow(connection, rank=rank, replicas=replicas)
    except EOFError:
        return
    except BaseException:
        traceback.print_exc()
        raise


def follow(connection: Connection, *, rank: int, replicas: int) -> None:
    """Make the calls that the first replica makes."""
    from impl_torch.replica import Replica, ReplicaPlace

    place = ReplicaPlace(rank=rank, replicas=replicas)
    session: Any = None
    batches: dict[int, Any] = {}
    result = None
    while True:
        name, arguments, freed = connection.recv()
        for number in freed:
            batches.pop(number, None)
        try:
            if name == "build":
                workload, options = arguments
                session = Replica(workload, **options, place=place)
            elif name == "place":
                number, batch = arguments
                batches[number] = session.place(batch)
            elif name == "read_loss":
                session.read_loss(result)
            else:
                own = replace_batches(
                    arguments, BatchNumber, batches.__getitem__
                )
                result = getattr(session, name)(*own)
        except NotImplementedError:  # the first replica refuses it, too
            pass


def replace_batches(
    arguments: Sequence[Any], kind: type, replace: Callable[[Any], Any]
) -> list[Any]:
    """Return arguments with each batch of a kind replaced, in lists too."""
    return [
        replace_batches(each, kind, replace)
        if isinstance(each, list)
        else replace(each)
        if isinstance(each, kind)
        else each
        for each in arguments
    ]
