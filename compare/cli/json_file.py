"""The option ``--json``: the result of a command as a document for programs.

``--json FILE`` writes a file, ``--json -`` prints to stdout. In the second case
everything for people is printed to stderr.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compare.cli.options import path_option
from compare.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.documents.failure import Failure

STDOUT = Path("-")
PARTIAL = ".partial"  # added to the name of a file that is being written
OPENING = b'{"schema":"graph-compare/'  # of every document, without white space
OPENING_BYTES = 64  # that contain it

with_json = path_option(
    "--json",
    "json_file",
    metavar="FILE|-",
    help="Also write the result as JSON to a file, or print it to stdout and "
    "everything else to stderr. See: graph-compare schema.",
)


def require_target(path: Path) -> None:
    """Raise if a document cannot be written to a path, before anything is run.

    Raises:
        UsageError: its folder does not exist, or it is a folder or a file that has
            other content.
    """
    if path == STDOUT:
        return
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(
            f"--json: expected a file in a folder that exists; received {path}"
        )
    if path.is_file() and not _is_replaceable(path):
        raise UsageError(
            f"--json: expected a new file, or one that --json wrote; received {path}, "
            "which has other content. Nothing was overwritten: name another"
        )


def _is_replaceable(path: Path) -> bool:
    """Return whether a file is empty or has a document.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            start = b"".join(file.read(OPENING_BYTES).split())
    except OSError as error:
        raise UsageError(f"--json: cannot read {path}: {error.strerror}") from error
    return not start or start.startswith(OPENING)


@contextmanager
def printing_for(path: Path | None) -> Iterator[None]:
    """Let everything for people be printed to stderr if stdout gets the document."""
    if path != STDOUT:
        yield
        return
    with redirect_stdout(sys.stderr):
        yield


def write_document(path: Path, document: bytes) -> None:
    """Write a document at once: a file that exists is complete.

    Raises:
        StorageError: the file cannot be written; what it contained is kept.
        BrokenPipeError: the reader of stdout has ended.
    """
    if path == STDOUT:
        click.echo(document, nl=False)
        return
    try:
        if path.exists() and not path.is_file():  # a pipe or a device
            path.write_bytes(document)
        else:
            _replace(path.resolve(), document)
    except OSError as error:
        raise StorageError(f"--json: cannot write {path}: {error.strerror}") from error


def _replace(path: Path, document: bytes) -> None:
    """Write a file in its place when it is complete."""
    partial = path.with_name(f"{path.name}.{os.getpid()}{PARTIAL}")
    try:
        partial.write_bytes(document)
        partial.replace(path)
    finally:
        with suppress(OSError):
            partial.unlink()


def encode_failure(command: str, failure: Failure, *, code: int) -> bytes:
    """Return the document of a command that has no result."""
    from compare.documents.envelope import encode_document  # noqa: PLC0415 - heavy

    return encode_document(command, code=code, error=failure)
