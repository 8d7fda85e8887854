"""Read files that may be damaged, very large, or no regular files."""

from __future__ import annotations

import stat
from errno import EFBIG, EINVAL
from pathlib import Path

MAX_BYTES = 2**30  # of a file that is read as a whole
# What may be in the place of a file. Reading some of them never ends.
KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def read_file(path: Path) -> bytes:
    """Return the content of a regular file of at most `MAX_BYTES`.

    Raises:
        OSError: it cannot be read, is no regular file, or is larger.
    """
    size = require_regular_file(path)
    if size > MAX_BYTES:
        message = f"expected at most {MAX_BYTES:,} bytes; received {size:,}"
        raise OSError(EFBIG, message, str(path))
    return path.read_bytes()


def require_regular_file(path: Path) -> int:
    """Return the size of a regular file in bytes.

    Raises:
        OSError: the path does not exist or is something else.
    """
    status = path.stat()
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        message = f"expected a file; received {KINDS.get(kind, 'something else')}"
        raise OSError(EINVAL, message, str(path))
    return status.st_size


def shorten_path(path: str) -> str:
    """Return a path relative to the current folder if it is in it."""
    here = Path.cwd()
    inside = bool(path) and Path(path).is_relative_to(here)
    return str(Path(path).relative_to(here)) if inside else path
