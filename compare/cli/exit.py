"""Exit codes, and the one place that turns errors into messages."""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

from compare.cli.console import echo
from compare.errors import CompareError

if TYPE_CHECKING:
    from collections.abc import Callable


class ExitCode(IntEnum):
    """The exit codes of ``graph-compare``."""

    OK = 0
    FAILED = 1  # a cell failed, a check failed, or something got worse
    USAGE = 2  # wrong use, or input that cannot be read
    INTERRUPTED = 130  # Ctrl-C, as shells report it


def run_guarded(work: Callable[[], int], *, debug: bool) -> NoReturn:
    """Call a command's function and exit; print errors without a traceback.

    Args:
        work: the function; returns the exit code.
        debug: raise errors instead of printing them.
    """
    try:
        code = work()
    except KeyboardInterrupt:
        echo("Interrupted.", err=True)
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:  # the reader, such as head, has left: click exits quietly
        raise
    except Exception as error:
        if debug:
            raise
        echo(f"error: {_message(error)}", err=True)
        code = ExitCode.USAGE if isinstance(error, CompareError) else ExitCode.FAILED
    sys.exit(code)


def _message(error: Exception) -> str:
    if isinstance(error, CompareError):
        return str(error)
    if isinstance(error, OSError):  # a full disk, a folder without write permission
        return f"{error}. Rerun with --debug for a traceback."
    return (
        f"{type(error).__name__}: {error}\n"
        "This is a bug in graph-compare. Rerun with --debug for a traceback."
    )
