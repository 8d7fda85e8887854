"""The bytes of a table file, checked while they are read.

A damaged file cannot fill the memory: its size, its size after decompression and the
length of its lines are limited.
"""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

from compare.files import require_regular_file

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 2**32  # of a table, decompressed
# A compressed table may be expanded to so much, or by this factor.
FREE_BYTES = 2**26
MAX_EXPANSION = 300
MAX_LINE_BYTES = 2**20
CHUNK_BYTES = 2**18


class DamagedTableError(ValueError):
    """The bytes of a file are not those of a table."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


class CheckedStream(io.RawIOBase):
    """A stream of bytes that raises for NUL bytes, endless lines and too much data."""

    def __init__(self, source: gzip.GzipFile | io.FileIO, *, limit: int) -> None:
        self._source, self._limit = source, limit
        self._total, self._lines, self._line_bytes = 0, 0, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read and check the next bytes.

        Raises:
            DamagedTableError: a check failed.
        """
        chunk = self._source.read(len(buffer))
        self._check(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """Close the source as well."""
        self._source.close()
        super().close()

    def _check(self, chunk: bytes) -> None:
        self._total += len(chunk)
        if self._total > self._limit:
            raise DamagedTableError(f"expected at most {self._limit:,} bytes of text")
        if (place := chunk.find(b"\0")) >= 0:
            line = self._lines + chunk.count(b"\n", 0, place) + 1
            raise DamagedTableError("expected text; received a NUL byte", line=line)
        last = chunk.rfind(b"\n")
        self._line_bytes = (
            self._line_bytes + len(chunk) if last < 0 else len(chunk) - last - 1
        )
        self._lines += chunk.count(b"\n")
        if self._line_bytes > MAX_LINE_BYTES:
            raise DamagedTableError(
                f"expected at most {MAX_LINE_BYTES:,} bytes", line=self._lines + 1
            )


def open_table(path: Path) -> io.TextIOWrapper:
    """Open a table file as text."""
    return io.TextIOWrapper(open_bytes(path), encoding="utf-8", newline="")


def open_bytes(path: Path) -> io.BufferedReader:
    """Open a table file; a name that ends in ``.gz`` is decompressed.

    Raises:
        OSError: the file cannot be opened, or is no regular file.
    """
    size, limit = require_regular_file(path), MAX_BYTES
    is_compressed = path.name.endswith(".gz")
    if is_compressed:
        limit = min(MAX_BYTES, max(FREE_BYTES, MAX_EXPANSION * size))
    source = gzip.GzipFile(path) if is_compressed else path.open("rb", buffering=0)
    return io.BufferedReader(CheckedStream(source, limit=limit), CHUNK_BYTES)
