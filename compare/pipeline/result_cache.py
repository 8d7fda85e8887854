"""Results that runs share: one file per result, named after its key.

Files are written atomically. What is read is data only: arrays without pickles, and
JSON whose types are checked. A digest covers all of it, so that a file which was cut or
edited is noticed.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import numpy as np

from compare.errors import CompareError
from compare.files import require_regular_file
from compare.numerics.arrays import DAMAGED, load_arrays, save_arrays
from compare.pipeline.compile_cache import require_private, trim_cache

if TYPE_CHECKING:
    from pathlib import Path

    from compare.contract import Arrays

MAX_BYTES = 2**27  # of one result; larger ones are not kept
MAX_TOTAL_BYTES = 2**29  # of all results after a run; the rest is for compiled code
DESCRIPTION = "entry.json"  # name of the array that contains the description


class Kind(StrEnum):
    """The kinds of results; each is a folder of the user's cache.

    The ending keeps them apart from the folders of frameworks.
    """

    REFERENCE = "reference-results"
    FINDINGS = "float64-results"


class DamagedResultError(CompareError):
    """The file of a result is damaged, or is not the file of that result."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """A stored result: a description in JSON, and arrays."""

    description: bytes
    arrays: Arrays = field(default_factory=dict)


class _Header(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The description of a result, with what identifies the result."""

    key: str
    digest: str
    description: msgspec.Raw


@dataclass(frozen=True)
class ResultCache:
    """The results in the user's cache folder."""

    folder: Path

    def prepare(self) -> None:
        """Create the folders of all kinds.

        Raises:
            RunError: another user can write to one of them.
            OSError: one cannot be created.
        """
        for kind in Kind:
            folder = self.folder / kind
            folder.mkdir(mode=0o700, exist_ok=True)
            require_private(folder)

    def path_of(self, kind: Kind, key: str) -> Path:
        """Return the file of a result."""
        return self.folder / kind / f"{key}.npz"

    def read(self, kind: Kind, key: str) -> Result | None:
        """Return a stored result, or None if there is none.

        Raises:
            DamagedResultError: its file is damaged; the message names it.
        """
        path = self.path_of(kind, key)
        try:
            if (size := require_regular_file(path)) > MAX_BYTES:
                raise DamagedResultError(
                    f"{path}: expected at most {MAX_BYTES:,} bytes; received {size:,}"
                )
            arrays = dict(load_arrays(path))
            written = arrays.pop(DESCRIPTION).tobytes()
            header = msgspec.json.decode(written, type=_Header)
        except FileNotFoundError:
            return None
        except (OSError, MemoryError, msgspec.MsgspecError, *DAMAGED) as error:
            raise DamagedResultError(f"{path}: {error}") from error
        found = Result(description=bytes(header.description), arrays=arrays)
        if (header.key, header.digest) != (key, _digest(key, found)):
            raise DamagedResultError(f"{path}: its content was changed")
        with suppress(OSError):  # the oldest files are removed first
            os.utime(path)
        return found

    def write(self, kind: Kind, key: str, result: Result) -> None:
        """Store a result, in place of an earlier one. Large ones are left out.

        Raises:
            OSError: it cannot be written.
        """
        size = sum(array.nbytes for array in result.arrays.values())
        if size + len(result.description) > MAX_BYTES // 2:
            return
        header = _Header(
            key=key,
            digest=_digest(key, result),
            description=msgspec.Raw(result.description),
        )
        encoded = np.frombuffer(msgspec.json.encode(header), np.uint8)
        path = self.path_of(kind, key)
        partial = path.with_name(f"{uuid4().hex}.npz")
        try:
            save_arrays(partial, {DESCRIPTION: encoded, **result.arrays})
            partial.replace(path)
        finally:
            with suppress(OSError):
                partial.unlink()


def trim_results(folder: Path) -> None:
    """Remove the results that were not used for the longest time, if all are large."""
    trim_cache(folder, max_bytes=MAX_TOTAL_BYTES, folders="*-results")


def _digest(key: str, result: Result) -> str:
    """Return a digest of a result with its key; the order of the arrays counts."""
    digest = hashlib.sha256(f"{key}\n".encode())
    digest.update(result.description)
    for name, array in result.arrays.items():
        digest.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
