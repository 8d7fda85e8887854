"""What a worker prints: stored up to a size, with its end kept for error messages."""

from __future__ import annotations

import contextlib
import os
from typing import IO, TYPE_CHECKING

from compare.wording import shorten

if TYPE_CHECKING:
    from pathlib import Path

LOG_BYTES = 4 * 2**20  # of a log file; what is printed after that is not stored
TAIL_BYTES = 1 << 14  # of the last output, kept in memory
CHUNK_BYTES = 1 << 16
TAIL_LINES, LINE_CHARACTERS = 5, 300  # that an error message quotes
CUT = b"\n[graph-compare: the log is full; further output is not stored]\n"


class Output:
    """The output of one worker, read from a pipe and appended to its log.

    Args:
        pipe: its reading end.
        log: file that earlier workers may have written to. A log that cannot be written
            is left out: it must not cost a result.
    """

    def __init__(self, pipe: int, *, log: Path) -> None:
        self.pipe = pipe
        os.set_blocking(pipe, False)
        self._tail = b""
        self._log: IO[bytes] | None = None
        with contextlib.suppress(OSError):
            log.parent.mkdir(parents=True, exist_ok=True)
            self._log = log.open("ab", buffering=0)

    def close(self) -> None:
        """Close the log."""
        if self._log is not None:
            self._log.close()

    def read(self) -> bool:
        """Read what was printed, at most one chunk; return whether more may follow."""
        try:
            chunk = os.read(self.pipe, CHUNK_BYTES)
        except BlockingIOError:
            return True
        self.add(chunk)
        return bool(chunk)

    def read_rest(self) -> None:
        """Read what is in the pipe, without waiting for more.

        A process that prints faster than this one reads is not read to the end.
        """
        with contextlib.suppress(BlockingIOError):
            for _ in range(LOG_BYTES // CHUNK_BYTES):
                chunk = os.read(self.pipe, CHUNK_BYTES)
                if not chunk:
                    return
                self.add(chunk)

    def add(self, printed: bytes) -> None:
        """Append to the log, as far as it has room."""
        self._tail = (self._tail + printed)[-TAIL_BYTES:]
        if self._log is None:
            return
        with contextlib.suppress(OSError):  # a full disk
            room = LOG_BYTES - self._log.tell()
            if room > 0:
                self._log.write(printed[:room])
                if len(printed) >= room:
                    self._log.write(CUT)

    def describe_tail(self) -> str:
        """Return the last lines that were printed, as the end of a sentence."""
        lines = self._tail.decode(errors="replace").splitlines()
        printed = [line.strip() for line in lines if line.strip()][-TAIL_LINES:]
        if not printed:
            return "; it printed nothing"
        quoted = (shorten(line, limit=LINE_CHARACTERS) for line in printed)
        return f"; last output: {' | '.join(quoted)}"
