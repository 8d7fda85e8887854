"""Exit codes, and the one place that turns errors into messages."""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

from compare.cli.console import print_message
from compare.cli.signals import SignalInterrupt, raising_interrupts
from compare.errors import CompareError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable


class ExitCode(IntEnum):
    """The exit codes of ``graph-compare``."""

    OK = 0
    FAILED = 1  # a cell failed, a check failed, or something got worse
    USAGE = 2  # wrong use, or input that cannot be read
    # Nothing failed, but --precision was not reached, or ci cannot tell.
    IMPRECISE = 3
    # A signal, as shells report it.
    HANGUP = 129  # SIGHUP: the terminal was closed
    INTERRUPTED = 130  # SIGINT: Ctrl-C
    CLOSED_PIPE = 141  # SIGPIPE: the reader of the output has ended
    TERMINATED = 143  # SIGTERM


def run_guarded(work: Callable[[], int], *, debug: bool) -> NoReturn:
    """Call a command's function and exit; print errors without a traceback.

    Args:
        work: the function; returns the exit code.
        debug: raise errors instead of printing them.
    """
    try:
        with raising_interrupts():
            code = work()
    except KeyboardInterrupt as interrupt:
        code = report_interrupt(interrupt, "Interrupted.")
    except BrokenPipeError:  # `main` discards the rest
        code = ExitCode.CLOSED_PIPE
    except Exception as error:
        if cause := _find_interrupt(error):
            sys.exit(report_interrupt(cause, "Interrupted."))
        if debug:
            raise
        print_message(f"error: {_message(error)}")
        code = ExitCode.USAGE if isinstance(error, CompareError) else ExitCode.FAILED
    sys.exit(code)


def report_interrupt(interrupt: KeyboardInterrupt, message: str) -> ExitCode:
    """Print a message if there still is a terminal, and return the exit code."""
    print_message(message)
    if isinstance(interrupt, SignalInterrupt):
        return ExitCode(128 + interrupt.number)
    return ExitCode.INTERRUPTED


def _find_interrupt(error: BaseException | None) -> SignalInterrupt | None:
    """Return the signal whose handling raised an error.

    After a terminal is closed, the clean-up may fail to print to it.
    """
    while error and not isinstance(error, SignalInterrupt):
        error = error.__context__
    return error if isinstance(error, SignalInterrupt) else None


def _message(error: Exception) -> str:
    if isinstance(error, (CompareError, StorageError)):
        return str(error)
    if isinstance(error, OSError):  # a full disk, a folder without write permission
        return f"{error}. Rerun with --debug for a traceback."
    return (
        f"{type(error).__name__}: {error}\n"
        "This is a bug in graph-compare. Rerun with --debug for a traceback."
    )
