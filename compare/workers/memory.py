"""The resident memory of this process, which a forked worker reports as a fresh one."""

from __future__ import annotations

import ctypes
from array import array
from contextlib import suppress
from mmap import PAGESIZE
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ENTRY_BYTES = 8  # of a page in /proc/self/pagemap
PRESENT, OF_FILE = 1 << 63, 1 << 61  # bits of an entry


def peak_rss_bytes() -> int:
    """Return the peak resident memory of this process in bytes.

    Read from ``VmHWM``, because ``ru_maxrss`` survives exec: it would include the
    parent's peak.
    """
    status = Path("/proc/self/status")
    if not status.exists():  # not Linux
        import psutil  # noqa: PLC0415 - not needed on Linux

        return int(psutil.Process().memory_info().rss)
    for line in status.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status has no VmHWM line")


def forget_peak_rss() -> None:
    """Reset the peak resident memory, where the system allows it."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def find_file_pages() -> list[range]:
    """Return the addresses of the resident pages of mapped files, such as libraries.

    A forked process starts without them, because the system maps them again only when
    they are used. Its resident memory would be smaller than that of a fresh process.
    """
    found: list[range] = []
    with Path("/proc/self/pagemap").open("rb", buffering=0) as pagemap:
        for addresses in _mapped_files():
            pagemap.seek(addresses.start // PAGESIZE * ENTRY_BYTES)
            entries = array("Q")
            entries.frombytes(pagemap.read(len(addresses) * ENTRY_BYTES))
            resident = np.frombuffer(entries, np.uint64) & (PRESENT | OF_FILE)
            is_resident = resident == PRESENT | OF_FILE
            edges = np.flatnonzero(np.diff(is_resident, prepend=False, append=False))
            for first, end in edges.reshape(-1, 2).tolist():
                start = addresses.start
                found.append(
                    range(start + first * PAGESIZE, start + end * PAGESIZE, PAGESIZE)
                )
    return found


def read_pages(pages: Iterable[range]) -> None:
    """Read a byte of each page, so that the page becomes resident."""
    for addresses in pages:
        length = len(addresses) * PAGESIZE
        of_range = (ctypes.c_uint8 * length).from_address(addresses.start)
        np.ctypeslib.as_array(of_range)[::PAGESIZE].max()


def _mapped_files() -> Iterator[range]:
    """Yield the pages of every readable mapping of a file."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, permissions, _, _, inode, *_ = line.split()
        if permissions.startswith("r") and inode != "0":
            start, end = (int(address, 16) for address in addresses.split("-"))
            yield range(start, end, PAGESIZE)
