"""Why a command has no result."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from compare.errors import (
    CompareError,
    DataError,
    OutOfRangeError,
    RunError,
    StorageError,
    WorkerError,
)


class FailureKind(StrEnum):
    """The kinds of failure."""

    USAGE = "usage"  # an option, a name or a target is wrong
    DATA = "data"  # data, a model or a suite cannot be used
    RUN = "run"  # a run folder cannot be written, resumed or read
    WORKER = "worker"  # a worker process failed
    STORAGE = "storage"  # a file cannot be written
    INTERRUPTED = "interrupted"  # by Ctrl-C, a signal, or a closed pipe
    INTERNAL = "internal"  # a bug in graph-compare


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a command has no result, with the text that it printed."""

    kind: FailureKind
    message: str


# The first class that an error belongs to.
KINDS: dict[type[Exception], FailureKind] = {
    DataError: FailureKind.DATA,
    OutOfRangeError: FailureKind.DATA,
    RunError: FailureKind.RUN,
    WorkerError: FailureKind.WORKER,
    CompareError: FailureKind.USAGE,
    StorageError: FailureKind.STORAGE,
    OSError: FailureKind.STORAGE,
}


def failure_kind_of(error: Exception) -> FailureKind:
    """Return the kind of an error that ended a command."""
    return next(
        (kind for cause, kind in KINDS.items() if isinstance(error, cause)),
        FailureKind.INTERNAL,
    )
