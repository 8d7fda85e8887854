"""Messages as bytes: a mark, the length and the message in MessagePack.

MessagePack represents every floating-point number exactly. JSON has neither NaN nor
infinity.
"""

from __future__ import annotations

import struct
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import msgspec

from compare.workers import messages

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = b"GCM1"  # what does not start with it was not written as a message
HEADER = struct.Struct(">4sI")
MAX_BYTES = 16 * 2**20  # of a message
QUOTED_BYTES = 60  # of bytes that are no message


class InvalidMessageError(Exception):
    """The received bytes are no message; the text quotes them."""


def encode(message: messages.Message) -> bytes:
    """Return a message with its header.

    Raises:
        ValueError: The message is too large.
    """
    body = msgspec.msgpack.encode(message)
    if len(body) > MAX_BYTES:
        raise ValueError(
            f"expected a message of at most {MAX_BYTES:,} bytes; "
            f"{type(message).__name__} has {len(body):,}"
        )
    return HEADER.pack(MARK, len(body)) + body


def decode_request(body: bytes) -> messages.Request:
    """Return the request that a worker received.

    Raises:
        InvalidMessageError: The bytes are no request.
    """
    with _quoting(body):
        request: messages.Request = msgspec.msgpack.decode(body, type=messages.Request)
        return request


def decode_reply(body: bytes) -> messages.Reply:
    """Return the reply that a worker sent.

    Raises:
        InvalidMessageError: The bytes are no reply, or a number is out of its range.
    """
    with _quoting(body):
        reply: messages.Reply = msgspec.msgpack.decode(body, type=messages.Reply)
        return reply


@contextmanager
def _quoting(body: bytes) -> Iterator[None]:
    """Raise errors of decoding with the bytes that caused them."""
    try:
        yield
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidMessageError(f"{_quote(body)} ({error})") from error


def read_message(stream: IO[bytes]) -> bytes | None:
    """Wait for a message and return it without its header; None at the end.

    Raises:
        InvalidMessageError: What follows in the stream is no message.
    """
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    size = _parse_header(header)
    body = stream.read(size)
    return body if len(body) == size else None


class MessageBuffer:
    """Collects received bytes until they hold a whole message."""

    def __init__(self) -> None:
        self._received = bytearray()

    def add(self, received: bytes) -> None:
        """Append bytes."""
        self._received += received

    def take(self) -> bytes | None:
        """Remove a message and return it without its header; None if incomplete.

        Raises:
            InvalidMessageError: The bytes are no message, or a message is too large.
        """
        start = bytes(self._received[: HEADER.size])
        if start[: len(MARK)] != MARK[: len(start)]:
            raise InvalidMessageError(_quote(bytes(self._received)))
        if len(start) < HEADER.size:
            return None
        end = HEADER.size + _parse_header(start)
        if len(self._received) < end:
            return None
        body = bytes(self._received[HEADER.size : end])
        del self._received[:end]
        return body


def _parse_header(header: bytes) -> int:
    """Return the length of the message that follows.

    Raises:
        InvalidMessageError: This is no header, or the message is too large.
    """
    mark, size = HEADER.unpack(header)
    if mark != MARK:
        raise InvalidMessageError(_quote(header))
    if size > MAX_BYTES:
        raise InvalidMessageError(
            f"a message of {size:,} bytes (expected at most {MAX_BYTES:,})"
        )
    return int(size)


def _quote(received: bytes) -> str:
    return repr(received[:QUOTED_BYTES]).removeprefix("b")
