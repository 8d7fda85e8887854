"""A terminal in which control characters of a text are shown, not executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.segment import Segment

from compare.render.visible import make_visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType


class VisibleConsole(Console):
    """A console that makes every text visible, whatever contains it.

    Rich's own control sequences, such as those of a progress bar, are kept.
    """

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield the segments of a renderable, with visible text."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(make_visible(segment.text), segment.style)
