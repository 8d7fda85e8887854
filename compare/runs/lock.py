"""Let one process at a time write into a run folder.

The lock belongs to the open file, so the kernel releases it when the process ends, in
whatever way it ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from compare.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_FILE = "run.lock"
# File systems without locks: the run works there, but is not protected.
UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Lock an existing run folder; release the lock at the end.

    Raises:
        RunError: another process holds the lock, or no file can be created there.
    """
    file = _lock(folder)
    try:
        yield
    finally:
        with suppress(OSError):
            (folder / LOCK_FILE).unlink()
        os.close(file)


def _lock(folder: Path) -> int:
    """Return the locked file. It contains the number of this process."""
    path = folder / LOCK_FILE
    while True:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise RunError(
                f"{path}: cannot be created: {error.strerror}. "
                "Give yourself the right to write into the folder, or copy it"
            ) from error
        try:
            _require_lock(file, folder)
            if _is_at(path, file):
                with suppress(OSError):  # a full disk: the number is only for messages
                    os.truncate(file, 0)
                    os.write(file, str(os.getpid()).encode())
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)  # the process that held it has removed it


def _require_lock(file: int, folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(file, 20).decode(errors="replace").strip() or "unknown"
        raise RunError(
            f"{folder}: expected a run that no process is writing; received one in use "
            f"by process {holder}. Wait until that process ends, or stop it: "
            f"kill -INT {holder}"
        ) from error
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise


def _is_at(path: Path, file: int) -> bool:
    """Return whether a path still leads to the open file."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False
