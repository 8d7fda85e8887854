"""The parent's end of a worker's pipes: send a request, wait for its reply."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from time import monotonic
from typing import TYPE_CHECKING

from compare.workers.framing import MessageBuffer

if TYPE_CHECKING:
    from compare.workers.output import Output

CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Three pipes that are served together, so that neither process waits for a pipe.

    Attributes:
        requests: Writing end of the pipe to the worker.
        replies: Reading end of the pipe from the worker.
        output: What the worker prints.
    """

    requests: int
    replies: int
    output: Output
    _received: MessageBuffer = field(default_factory=MessageBuffer)

    def __post_init__(self) -> None:
        """Let writing return before the whole request is written."""
        os.set_blocking(self.requests, False)

    def exchange(self, request: bytes, *, limit_s: float) -> bytes:
        """Send a request with its header; return the reply without its header.

        Raises:
            TimeoutError: The whole reply did not arrive in time.
            EOFError: The worker closed its end.
            InvalidMessageError: What arrived is no message.
        """
        deadline = monotonic() + limit_s
        unsent = memoryview(request)
        with DefaultSelector() as selector:
            selector.register(self.requests, EVENT_WRITE)
            selector.register(self.replies, EVENT_READ)
            selector.register(self.output.pipe, EVENT_READ)
            while (reply := self._received.take()) is None:
                left_s = deadline - monotonic()
                if left_s <= 0:
                    raise TimeoutError
                for key, _ in selector.select(left_s):
                    if key.fd == self.requests:
                        unsent = unsent[self._send(unsent) :]
                        if not unsent:
                            selector.unregister(self.requests)
                    elif key.fd == self.replies:
                        self._receive()
                    elif not self.output.read():
                        selector.unregister(self.output.pipe)
        return reply

    def _send(self, unsent: memoryview) -> int:
        """Write as much as the pipe takes; return the number of bytes."""
        try:
            return os.write(self.requests, unsent)
        except BrokenPipeError:
            raise EOFError from None

    def _receive(self) -> None:
        received = os.read(self.replies, CHUNK_BYTES)
        if not received:
            raise EOFError
        self._received.add(received)
