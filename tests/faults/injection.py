"""Count the system calls of this process, and let exactly one of them fail.

Only calls of Python code are seen: opening, reading and writing files, pipes, folders,
renaming, and starting processes. Files of the Python installation and of this project
do not count.
"""

from __future__ import annotations

import builtins
import fcntl
import io
import os
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from errno import EAGAIN, EIO, EMFILE, ENOLCK, ENOSPC
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PROJECT = f"{ROOT / 'compare'}/"
CALLERS = 3  # how many distinguish two calls
IGNORED = tuple({PROJECT, sys.prefix, sys.base_prefix, os.devnull})

# The kinds of call, each with the error that it gives when it fails.
ERRORS = {
    "open": EMFILE,
    "read": EIO,
    "write": ENOSPC,
    "fsync": EIO,
    "replace": EIO,
    "mkdir": ENOSPC,
    "create": ENOSPC,
    "lock": ENOLCK,
    "spawn": EAGAIN,
    "pipe": EMFILE,
    "receive": EIO,
    "send": EIO,
}
# Functions that are wrapped as they are: module, name, kind of call.
FUNCTIONS = (
    (os, "fsync", "fsync"),
    (os, "replace", "replace"),
    (os, "rename", "replace"),
    (os, "link", "replace"),
    (os, "mkdir", "mkdir"),
    (os, "pipe", "pipe"),
    (os, "read", "receive"),
    (os, "write", "send"),
    (fcntl, "flock", "lock"),
)


@dataclass(frozen=True, kw_only=True)
class Point:
    """The n-th call of a kind, from 1; `is_lasting`: every later one fails as well."""

    kind: str
    number: int
    is_lasting: bool = False

    def __str__(self) -> str:
        """Return a short text."""
        return f"{self.kind} {self.number}{' and later' if self.is_lasting else ''}"

    def includes(self, kind: str, number: int) -> bool:
        """Return whether a call fails."""
        is_later = self.is_lasting and number > self.number
        return kind == self.kind and (number == self.number or is_later)


@dataclass(kw_only=True)
class Injector:
    """Counts calls by kind, and raises at one point."""

    point: Point | None = None
    log: int | None = None  # a file descriptor; gets a line for each counted call
    counts: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    spawning: threading.local = field(default_factory=threading.local)

    def install(self) -> None:
        """Replace the functions for the rest of this process."""
        self._write_log = os.write
        for module, name, kind in FUNCTIONS:
            setattr(module, name, self._wrapped(getattr(module, name), kind))
        os.open = self._wrapped_creation(os.open)
        io.open = builtins.open = self._open
        spawn = subprocess.Popen._execute_child  # forks and executes
        subprocess.Popen._execute_child = self._wrapped_spawn(spawn)

    def count(self, kind: str, detail: object = "") -> None:
        """Count a call.

        Raises:
            OSError: this call is to fail.
        """
        if getattr(self.spawning, "now", False):
            return
        with self.lock:
            self.counts[kind] += 1
            number = self.counts[kind]
        if self.log is not None:
            line = f"{kind}\t{number}\t{callers()}\t{detail}\n"
            self._write_log(self.log, line.encode())
        if self.point and self.point.includes(kind, number):
            error = ERRORS[kind]
            raise OSError(error, os.strerror(error), str(detail) or None)

    def _wrapped(self, function: Callable[..., Any], kind: str) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:  # any function
            self.count(kind, args[0] if args else "")
            return function(*args, **options)

        return call

    def _wrapped_creation(self, function: Callable[..., int]) -> Callable[..., int]:
        def call(path: Any, flags: int, *args: Any, **options: Any) -> int:
            if flags & (os.O_WRONLY | os.O_RDWR):  # shutil opens folders to remove them
                self.count("create", path)
            return function(path, flags, *args, **options)

        return call

    def _wrapped_spawn(self, function: Callable[..., None]) -> Callable[..., None]:
        def call(*args: Any, **options: Any) -> None:
            self.count("spawn")
            self.spawning.now = True  # its own pipes and reads do not count
            try:
                function(*args, **options)
            finally:
                self.spawning.now = False

        return call

    def _open(  # noqa: PLR0917 - the parameters of `open`
        self,
        file: Any,  # a path or a descriptor
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,  # noqa: FBT001, FBT002
        opener: Callable[..., int] | None = None,
    ) -> Any:  # a file
        """Open a file like `open`; its reads and writes are counted."""
        injector = None if is_ignored(file) else self
        if injector:
            injector.count("open", file)
        kind = mode.replace("t", "").replace("b", "")
        raw = CountedFile(file, kind, closefd, opener)
        raw.injector = injector
        if buffering == 0:
            return raw
        binary = _buffered(raw, kind)
        if "b" in mode:
            return binary
        text = io.TextIOWrapper(
            binary, encoding or "utf-8", errors, newline, line_buffering=buffering == 1
        )
        text.mode = mode
        return text


class CountedFile(io.FileIO):
    """A file whose first read and first write are counted."""

    injector: Injector | None = None
    seen: frozenset[str] = frozenset()

    def readinto(self, *args: Any) -> Any:
        """Read into a buffer."""
        self._count("read")
        return super().readinto(*args)

    def readall(self) -> bytes:
        """Read everything."""
        self._count("read")
        return super().readall()

    def write(self, *args: Any) -> Any:
        """Write a part."""
        self._count("write")
        return super().write(*args)

    def _count(self, kind: str) -> None:
        if self.injector and kind not in self.seen:
            self.seen |= {kind}
            self.injector.count(kind, self.name)


def callers() -> str:
    """Return the innermost places in this project that lead to the current call."""
    places: list[str] = []
    frame = sys._getframe(1)
    while frame and len(places) < CALLERS:
        path = frame.f_code.co_filename
        if path.startswith(PROJECT):
            places.append(f"{path.removeprefix(PROJECT)}:{frame.f_lineno}")
        frame = frame.f_back
    return " ".join(places)


def is_ignored(file: object) -> bool:
    """Return whether a file is part of the installation or of this project."""
    return isinstance(file, str | Path) and str(file).startswith(IGNORED)


def _buffered(raw: CountedFile, kind: str) -> Any:  # a buffered file
    if "+" in kind:
        return io.BufferedRandom(raw)
    return io.BufferedReader(raw) if kind == "r" else io.BufferedWriter(raw)
