"""Read and write named arrays, the format in which parent and worker exchange them."""

from __future__ import annotations

import struct
import tokenize
import zipfile
import zlib
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy

from compare.files import require_regular_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compare.contract import Arrays

# An archive may be expanded to so much, or by this factor.
FREE_BYTES = 2**30
MAX_EXPANSION = 200
MAX_ITEM_BYTES = 2**20  # of one element, e.g. of a text
# Version of the format -> the function that reads its header. The third differs from
# the second in the encoding of field names only.
HEADERS = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
    (3, 0): npy.read_array_header_2_0,
}
# Exceptions that zipfile and NumPy raise for damaged files, documented or not.
DAMAGED = (
    *(ValueError, TypeError, LookupError, OverflowError, RuntimeError),
    *(EOFError, SyntaxError, SystemError, struct.error, tokenize.TokenError),
    *(zipfile.BadZipFile, zlib.error),
)


def save_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays to an ``.npz`` file."""
    named: dict[str, Any] = dict(arrays)
    np.savez(path, **named)


def load_arrays(path: Path) -> Arrays:
    """Return the arrays of an ``.npz`` file. Pickled objects are refused.

    Raises:
        OSError, MemoryError, ValueError, ...: one of these, or of `DAMAGED`.
    """
    require_sizes(path)
    with _reveal_io_errors(), np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def require_sizes(path: Path) -> None:
    """Raise if an archive would expand too far, or an array is not in its member.

    NumPy reserves the memory that a header announces, before it reads the elements.

    Raises:
        ValueError: it would.
        OSError, ...: the archive cannot be read, or is damaged (`DAMAGED`).
    """
    limit = max(FREE_BYTES, MAX_EXPANSION * require_regular_file(path))
    with _reveal_io_errors(), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        size = sum(member.file_size for member in members)
        if size > limit:
            raise ValueError(f"expected at most {limit:,} bytes; received {size:,}")
        for member in members:
            _require_size(archive, member)


@contextmanager
def _reveal_io_errors() -> Iterator[None]:
    """Raise the error of the system that zipfile takes for a wrong format.

    Raises:
        OSError: the file could not be read.
    """
    try:
        yield
    except zipfile.BadZipFile as error:
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise


def _require_size(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Raise if a member is shorter than the array that its header describes.

    Other damage is left to NumPy, which reads the same header.
    """
    try:
        with archive.open(member) as stream:
            shape, _, dtype = HEADERS[npy.read_magic(stream)](stream)
    except DAMAGED:
        return
    if dtype.hasobject:
        return  # NumPy refuses it
    if (
        dtype.itemsize > MAX_ITEM_BYTES
        or prod(shape) * dtype.itemsize > member.file_size
    ):
        raise ValueError(
            f"{member.filename}: expected an array in {member.file_size:,} bytes; "
            f"received the shape {shape} of {dtype}"
        )
