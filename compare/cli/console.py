"""The terminal, file or pipe that commands print to.

Output never ends a command with an exception: what the encoding lacks is replaced, and
what is printed to a closed pipe is discarded. No control character in a text reaches a
terminal.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from compare.render.visible import make_visible

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console


def make_console(*, stderr: bool = False) -> Console:
    """Return a console that prints text literally.

    Names, paths and reasons come from files and people. With rich's defaults, ``[x]``
    in them would be markup, ``:x:`` an emoji, and numbers would be coloured. Styles
    are set with `rich.text.Text` instead.

    Raises:
        BrokenPipeError: when something is printed to a closed pipe, unless it is
            stderr: a run continues without its messages.
    """
    from compare.render.console import VisibleConsole  # noqa: PLC0415 - heavy

    class PipeConsole(VisibleConsole):
        """A console without rich's own exit code for a closed pipe."""

        def on_broken_pipe(self) -> None:
            """Discard all further output."""
            is_message = stderr or _is_redirected()
            discard_output(sys.stderr if is_message else sys.stdout)
            if not is_message:
                raise BrokenPipeError

    return PipeConsole(stderr=stderr, markup=False, emoji=False, highlight=False)


def echo(text: str) -> None:
    """Print a line to stdout, or as a message if stdout gets a document."""
    if _is_redirected():
        print_message(text)
    else:
        click.echo(make_visible(text))


def _is_redirected() -> bool:
    """Return whether stdout is stderr, as with ``--json -``."""
    return sys.stdout is sys.stderr


def print_message(text: str) -> None:
    """Print a line to stderr, unless that is a closed pipe or terminal."""
    try:
        click.echo(make_visible(text), err=True)
    except OSError:
        discard_output(sys.stderr)


def replace_unencodable() -> None:
    """Print a replacement for each character that the encoding of stdout lacks."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


def flush_output() -> bool:
    """Write everything that is still in memory; return whether no pipe was closed."""
    is_read = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # closed by the shell: program >&-
                stream.flush()
        except BrokenPipeError:
            is_read = False
            discard_output(stream)
    return is_read


def discard_output(stream: TextIO) -> None:
    """Connect a stream to nothing, so that printing to it succeeds from now on."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, stream.fileno())
    os.close(nothing)
