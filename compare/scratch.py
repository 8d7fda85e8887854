"""Temporary folders that are removed even after their process was killed.

Every process locks its folders. The system releases the lock when the process ends,
however it ends. A folder whose lock can be taken is therefore stale.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "graph-compare-scratch-"


class ScratchFolder:
    """A temporary folder of this process; use it as a context manager."""

    def __init__(self) -> None:
        while True:
            self._folder = tempfile.TemporaryDirectory(
                prefix=PREFIX, ignore_cleanup_errors=True
            )
            self.path = Path(self._folder.name)
            with suppress(FileNotFoundError):  # another process has just swept it
                self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
                with suppress(OSError):  # no locks here, so nothing is ever swept
                    fcntl.flock(self._lock, fcntl.LOCK_EX)
                if self.path.exists():
                    return
                os.close(self._lock)
            self._folder.cleanup()

    def __enter__(self) -> Path:
        """Return the path of the folder."""
        return self.path

    def __exit__(self, *_: object) -> None:
        """Remove the folder; files that cannot be removed are left to the next run."""
        self._folder.cleanup()
        os.close(self._lock)


def open_scratch() -> ScratchFolder:
    """Return a new folder; remove those of killed processes first."""
    sweep_stale_folders()
    return ScratchFolder()


def sweep_stale_folders() -> None:
    """Remove the folders of this user whose processes have ended without doing so."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # no folder of this user, or its process still runs
            _sweep(folder)


def _sweep(folder: Path) -> None:
    """Remove a folder.

    Raises:
        OSError: it is not a folder of this user, or its process still runs.
    """
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(lock).st_uid == os.geteuid():
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)
