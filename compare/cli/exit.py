"""Exit codes, and the one place that turns errors into messages and documents."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

import click

from compare.cli.console import echo, print_message
from compare.cli.json_file import (
    STDOUT,
    encode_failure,
    printing_for,
    require_target,
    write_document,
)
from compare.cli.signals import SignalInterrupt, raising_interrupts
from compare.documents.failure import Failure, FailureKind, failure_kind_of
from compare.errors import CompareError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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


@dataclass(frozen=True, kw_only=True)
class CommandOutcome:
    """How a command ended.

    Attributes:
        code: the exit code.
        describe: returns the result for programs; called only if it is requested.
        failure: why there is no result.
        error: the exception that ended the command.
        document: the result as JSON, if it is requested.
    """

    code: int
    describe: Callable[[], object] | None = None
    failure: Failure | None = None
    error: Exception | None = None
    document: bytes = b""


if TYPE_CHECKING:
    Work = Callable[[], int | CommandOutcome]

NO_RESULT = Failure(kind=FailureKind.INTERNAL, message="The command has no result.")
CLOSED = Failure(
    kind=FailureKind.INTERRUPTED, message="The reader of the output has ended."
)


def run_guarded(work: Work, *, debug: bool, json_file: Path | None = None) -> NoReturn:
    """Call a command's function and exit; print errors without a traceback.

    Args:
        work: the function; returns the exit code, or also the result for programs.
        debug: raise errors instead of printing them.
        json_file: where to write a document with the result or the error.
    """
    outcome = (
        _attempt(work, debug=debug)
        if json_file is None
        else _attempt_for_program(work, json_file, debug=debug)
    )
    if debug and outcome.error is not None:
        raise outcome.error
    sys.exit(outcome.code)


def _attempt_for_program(work: Work, path: Path, *, debug: bool) -> CommandOutcome:
    """Call a command's function, and write a document whatever happens."""
    refused = _attempt(lambda: require_target(path), debug=debug)
    if refused.failure is not None:
        return refused
    command = str(click.get_current_context().command.name)
    with printing_for(path):
        outcome = _attempt(lambda: _add_document(work(), command), debug=debug)
    document = outcome.document or encode_failure(
        command, outcome.failure or NO_RESULT, code=outcome.code
    )
    delivered = _attempt(lambda: _deliver(document, path), debug=debug)
    return outcome if delivered.failure is None else delivered


def _add_document(returned: int | CommandOutcome, command: str) -> CommandOutcome:
    """Return an outcome with the document of its result, if it has one."""
    from compare.documents.envelope import encode_document  # noqa: PLC0415 - heavy

    found = as_outcome(returned)
    if found.describe is None:
        return found
    document = encode_document(command, code=found.code, result=found.describe())
    return replace(found, document=document)


def _deliver(document: bytes, path: Path) -> None:
    write_document(path, document)
    if path != STDOUT:
        echo(f"Written: {path}")


def as_outcome(returned: int | CommandOutcome | None) -> CommandOutcome:
    """Return what a command's function returned as an outcome."""
    if isinstance(returned, CommandOutcome):
        return returned
    return CommandOutcome(code=returned or ExitCode.OK)


def _attempt(
    work: Callable[[], int | CommandOutcome | None], *, debug: bool
) -> CommandOutcome:
    """Call a function; if it fails, print why unless the error is raised later."""
    try:
        with raising_interrupts():
            return as_outcome(work())
    except KeyboardInterrupt as interrupt:
        return report_interrupt(interrupt, "Interrupted.")
    except BrokenPipeError:  # `main` discards the rest
        return CommandOutcome(code=ExitCode.CLOSED_PIPE, failure=CLOSED)
    except Exception as error:  # noqa: BLE001 - reported, or raised by the caller
        if cause := _find_interrupt(error):
            return report_interrupt(cause, "Interrupted.")
        if not debug:
            print_message(f"error: {_message(error)}")
        return CommandOutcome(
            code=ExitCode.USAGE if isinstance(error, CompareError) else ExitCode.FAILED,
            failure=Failure(kind=failure_kind_of(error), message=_message(error)),
            error=error,
        )


def report_interrupt(interrupt: KeyboardInterrupt, message: str) -> CommandOutcome:
    """Print a message if there still is a terminal, and return the outcome."""
    print_message(message)
    code = (
        ExitCode(128 + interrupt.number)
        if isinstance(interrupt, SignalInterrupt)
        else ExitCode.INTERRUPTED
    )
    failure = Failure(kind=FailureKind.INTERRUPTED, message=message.strip())
    return CommandOutcome(code=code, failure=failure)


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
