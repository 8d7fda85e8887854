"""Failures that end one cell and not the run."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from compare.errors import CompareError, StorageError
from compare.wording import shorten
from compare.workers.process import (
    REASON_CHARACTERS,
    CannotRunError,
    InterruptedWorkError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class UnexpectedError(CompareError):
    """The harness raised an exception while it worked on one cell."""


@contextmanager
def naming_bugs() -> Iterator[None]:
    """Raise exceptions that nothing expects as `UnexpectedError`.

    Its message is the reason that is stored with the cell. Too little memory is no bug:
    the cell cannot run here.
    """
    try:
        yield
    except (CompareError, CannotRunError, InterruptedWorkError, StorageError):
        raise
    except MemoryError as error:
        raise CannotRunError(
            f"not enough memory: {error}. Choose smaller sizes"
        ) from error
    except Exception as error:
        raise UnexpectedError(describe_unexpected(error)) from error


def describe_unexpected(error: Exception) -> str:
    """Return the type, message and place of an exception."""
    text = shorten(f"{type(error).__name__}: {error}", limit=REASON_CHARACTERS)
    if isinstance(error, OSError):  # of the machine, for example a full disk
        return text
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}, line {frame.lineno}"
    return f"{text} ({place}). This is a bug in graph-compare"
