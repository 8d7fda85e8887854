"""A process that imports one framework and forks workers from itself.

Started as ``python -m compare.workers.fork_server PACKAGE FRAMEWORK CONTROL``, with an
inherited socket. The import is made once; a fork takes milliseconds. Every worker is a
process of its own, with its own environment, and runs its first operation after the
fork. No threads and no devices exist at that time.

For each message on the socket, with the pipe ends of a worker, the server forks. Over
the last of these ends it reports the worker's number, and its exit status later. The
worker stays a zombie until the other side closes that end: its number then cannot
belong to another process while the worker may still be sent a signal.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
import traceback
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector
from struct import Struct
from typing import TYPE_CHECKING

import msgspec

from compare.workers.importing import ImportedPackage, import_package
from compare.workers.memory import find_file_pages, read_pages
from compare.workers.worker import RequestHandler, serve

if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGE_BYTES = 1 << 17  # the changed environment of a worker is far smaller
ENDS = 5  # requests, replies, output, lifeline, status
NUMBER = Struct("q")  # a process number, then an exit status


class Fork(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Fork a worker with these variables in its environment."""

    environment: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Child:
    """A forked worker: its number, a descriptor of its process, its status socket."""

    number: int
    process: int
    status: socket.socket


class Server:
    """Forks workers until the other side closes the socket, and reports how they end.

    Args:
        control: where forks are requested.
        imported: what every worker starts with; None if the import failed, so that each
            worker tries again and reports the failure itself.
        pages: of files that are resident, and that each worker makes resident again.
    """

    def __init__(
        self,
        control: socket.socket,
        *,
        imported: ImportedPackage | None,
        pages: list[range],
    ) -> None:
        self._control = control
        self._imported = imported
        self._pages = pages
        self._selector = DefaultSelector()
        self._children: dict[int, Child] = {}
        self._is_open = True

    def run(self) -> None:
        """Fork workers and report how they end."""
        self._selector.register(self._control, EVENT_READ, self._fork)
        while self._is_open or self._children:
            for key, _ in self._selector.select():
                # An earlier event of the same child may have unregistered this one.
                if self._selector.get_map().get(key.fileobj) == key:
                    on_event: Callable[[], None] = key.data
                    on_event()

    def _fork(self) -> None:
        message, ends, *_ = socket.recv_fds(self._control, MESSAGE_BYTES, ENDS)
        if not message:
            self._is_open = False
            self._selector.unregister(self._control)
            return
        fork = msgspec.json.decode(message, type=Fork)
        *own, status = ends
        number = os.fork()
        if not number:
            self._become_worker(fork, own, status=status)
        os.setpgid(number, number)  # before the other side can kill the group
        for end in own:
            os.close(end)
        child = Child(
            number=number,
            process=os.pidfd_open(number),
            status=socket.socket(fileno=status),
        )
        self._children[number] = child
        self._selector.register(
            child.process, EVENT_READ, lambda: self._report_end(child)
        )
        self._selector.register(child.status, EVENT_READ, lambda: self._reap(child))
        child.status.send(NUMBER.pack(number))

    def _report_end(self, child: Child) -> None:
        """Report the exit status of a child, and leave it a zombie."""
        self._selector.unregister(child.process)
        ended = os.waitid(os.P_PID, child.number, os.WEXITED | os.WNOWAIT)
        assert ended is not None  # only with WNOHANG
        is_exit = ended.si_code == os.CLD_EXITED
        code = ended.si_status if is_exit else -ended.si_status
        try:
            child.status.send(NUMBER.pack(code))
        except BrokenPipeError:  # the other side has ended
            return

    def _reap(self, child: Child) -> None:
        """Release the number of a child, which is not needed any more."""
        self._selector.unregister(child.status)
        child.status.close()
        if child.process in self._selector.get_map():
            self._selector.unregister(child.process)
        os.kill(child.number, signal.SIGKILL)  # unless it has ended
        os.waitpid(child.number, 0)
        os.close(child.process)
        del self._children[child.number]

    def _become_worker(self, fork: Fork, ends: list[int], *, status: int) -> None:
        """Serve requests in the child process, then exit."""
        code = 1
        try:
            requests, replies, output, _ = ends
            os.dup2(output, sys.__stdout__.fileno())  # type: ignore[union-attr]
            os.dup2(output, sys.__stderr__.fileno())  # type: ignore[union-attr]
            self._close_inherited(output, status)
            os.environ.update(fork.environment)
            tempfile.tempdir = None  # it may be known already, from the old environment
            read_pages(self._pages)
            handler = RequestHandler(self._imported)
            serve(handler, requests=requests, replies=replies)
            code = 0
        except BaseException:  # noqa: BLE001 - the process ends here
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _close_inherited(self, *others: int) -> None:
        """Close what belongs to the server and to its other children."""
        self._selector.close()
        self._control.close()
        for child in self._children.values():
            child.status.close()
            os.close(child.process)
        for other in others:
            os.close(other)


def main() -> None:
    """Import a package and serve forks of this process."""
    package, framework, number = sys.argv[1:]
    control = socket.socket(fileno=int(number))
    imported, pages = None, []
    try:
        imported = import_package(package, framework=framework)
        pages = find_file_pages()
    except Exception:  # noqa: BLE001 - each worker tries again and reports it
        traceback.print_exc()
    sys.stdout.flush()
    Server(control, imported=imported, pages=pages).run()


if __name__ == "__main__":
    main()
