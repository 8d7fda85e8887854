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

    from compare.contract import Array

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
    return [
        pages
        for mapping, permissions, is_file in _list_mappings()
        if is_file and permissions.startswith("r")
        for pages in _find_resident_file_pages(mapping)
    ]


def read_pages(pages: Iterable[range]) -> None:
    """Read a byte of each page of a file, so that the page becomes resident.

    Pages that are not mapped any more are left out.
    """
    files = [mapping for mapping, _, is_file in _list_mappings() if is_file]
    for addresses in pages:
        first, last = addresses[0], addresses[-1]
        if any(first in mapping and last in mapping for mapping in files):
            _first_bytes(addresses).max()


def _first_bytes(pages: range) -> Array:
    """Return a view of the first byte of each page."""
    memory = (ctypes.c_uint8 * (len(pages) * PAGESIZE)).from_address(pages.start)
    return np.ctypeslib.as_array(memory)[::PAGESIZE]


def _list_mappings() -> Iterator[tuple[range, str, bool]]:
    """Yield the pages of each mapping, its permissions, and whether it is of a file."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, permissions, _, _, inode, *_ = line.split()
        start, end = (int(address, 16) for address in addresses.split("-"))
        yield range(start, end, PAGESIZE), permissions, inode != "0"


def _find_resident_file_pages(pages: range) -> list[range]:
    """Return the runs of resident pages that are not this process's own copies."""
    with Path("/proc/self/pagemap").open("rb", buffering=0) as pagemap:
        pagemap.seek(pages.start // PAGESIZE * ENTRY_BYTES)
        entries = array("Q")
        entries.frombytes(pagemap.read(len(pages) * ENTRY_BYTES))
    bits = np.frombuffer(entries, np.uint64) & (PRESENT | OF_FILE)
    is_found = bits == PRESENT | OF_FILE
    edges = np.flatnonzero(np.diff(is_found, prepend=False, append=False))
    start = pages.start
    return [
        range(start + first * PAGESIZE, start + end * PAGESIZE, PAGESIZE)
        for first, end in edges.reshape(-1, 2).tolist()
    ]
