"""The terminal that commands print to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def make_console(*, stderr: bool = False) -> Console:
    """Return a console that prints text literally.

    Names, paths and reasons come from files and people. With rich's defaults, ``[x]``
    in them would be markup, ``:x:`` an emoji, and numbers would be coloured. Styles
    are set with `rich.text.Text` instead.
    """
    from rich.console import Console  # noqa: PLC0415 - heavy

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)
