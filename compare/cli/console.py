"""The terminal that commands print to. No control character in a text reaches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from compare.render.visible import make_visible

if TYPE_CHECKING:
    from rich.console import Console


def make_console(*, stderr: bool = False) -> Console:
    """Return a console that prints text literally.

    Names, paths and reasons come from files and people. With rich's defaults, ``[x]``
    in them would be markup, ``:x:`` an emoji, and numbers would be coloured. Styles
    are set with `rich.text.Text` instead.
    """
    from compare.render.console import VisibleConsole  # noqa: PLC0415 - heavy

    return VisibleConsole(stderr=stderr, markup=False, emoji=False, highlight=False)


def echo(text: str, *, err: bool = False) -> None:
    """Print a line."""
    click.echo(make_visible(text), err=err)
