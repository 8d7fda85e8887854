"""The compile cache that runs share: where it is, who may write to it, its size.

Frameworks load compiled code and pickles from it, which executes what is stored there.
It is therefore used only if no other user can have written to it.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from compare.errors import RunError

NAME = "graph-compare"
MAX_BYTES = 2**30  # of the whole cache after a run
WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def find_cache_folder(name: str = NAME) -> Path:
    """Return a cache folder of the user; create it if it does not exist.

    Raises:
        RunError: it cannot be used; the message states why and what to do.
    """
    try:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(home, name).absolute()
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        require_private(folder)
    except OSError as error:
        raise RunError(
            f"{error.filename}: {error.strerror}. Set XDG_CACHE_HOME to a folder of "
            "your own"
        ) from error
    except RuntimeError as error:
        raise RunError(
            "this user has no home folder. Set HOME or XDG_CACHE_HOME to one"
        ) from error
    if not os.access(folder, os.W_OK):
        raise RunError(
            f"{folder} is not writable. Set XDG_CACHE_HOME to another folder"
        )
    return folder


def require_private(folder: Path) -> None:
    """Raise if a user other than this one or root could write to a folder.

    Every folder above it is checked too, because who can write there can replace it.

    Raises:
        RunError: another user could; the message names the folder.
    """
    above = {*folder.parents, *folder.resolve().parents}
    for path in sorted({folder, folder.resolve(), *above}):
        found = path.stat()
        if found.st_uid not in {0, os.getuid()}:
            raise RunError(
                f"expected a folder of this user; {path} belongs to user "
                f"{found.st_uid}. Set XDG_CACHE_HOME to a folder of your own"
            )
        # In a sticky folder such as /tmp, others cannot replace what is not theirs.
        is_sticky = bool(found.st_mode & stat.S_ISVTX) and path in above
        if found.st_mode & WRITABLE_BY_OTHERS and not is_sticky:
            raise RunError(
                f"expected folders that only this user can write to; others can write "
                f"to {path}. Delete {folder}, then run: chmod go-w {path}"
            )


def trim_cache(folder: Path, *, max_bytes: int = MAX_BYTES, folders: str = "*") -> None:
    """Remove the oldest entries until the rest is small enough.

    Args:
        folder: has one folder per framework or kind of result; each entry is a file or
            a folder in it.
        max_bytes: how large the rest may be.
        folders: a pattern of those whose entries count.
    """
    entries = sorted(folder.glob(f"{folders}/*"), key=_last_written)
    sizes = {entry: _size(entry) for entry in entries}
    total = sum(sizes.values())
    for entry, size in sizes.items():
        if total <= max_bytes:
            return
        remove_entry(entry)
        total -= size


def remove_entry(path: Path) -> None:
    """Remove a file or a folder as far as possible; another run may use it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _files(entry: Path) -> list[os.stat_result]:
    """Return the status of an entry and of everything in it."""
    found = []
    for path in (entry, *entry.rglob("*")):
        try:
            found.append(path.lstat())
        except FileNotFoundError:  # another run removed it
            continue
    return found


def _size(entry: Path) -> int:
    return sum(each.st_size for each in _files(entry))


def _last_written(entry: Path) -> float:
    return max((each.st_mtime for each in _files(entry)), default=0.0)
