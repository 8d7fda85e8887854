"""Choose colour, dash and shape of a variant, the same in every chart.

Each framework has a hue, and each of its modes a shade of it; further frameworks than
hues take the next shades of the first ones. Colour is never the only
difference: dash, shape or a label next to the mark repeats it. Colours are CSS
variables, so that one SVG works on a light and a dark page; ``light.css`` and
``dark.css`` define their values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

INK, MUTED, GRID, PAPER, BAND, BAD = (
    f"var(--{name})" for name in ("ink", "muted", "grid", "paper", "band", "bad")
)
# Light to dark on paper: the parts of a bar differ in lightness only.
PARTS = tuple(f"var(--part-{number})" for number in range(3))

HUES, SHADES = 3, 5
DASHES = ((1, 0), (7, 3), (2, 2), (9, 3, 2, 3), (4, 2))
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one variant is drawn."""

    colour: str
    dash: tuple[int, ...]
    shape: str


class Drawn(Protocol):
    """Anything of one variant that a chart shows."""

    @property
    def framework(self) -> str:
        """The framework of the variant."""

    @property
    def variant(self) -> str:
        """``framework/mode``."""


def assign_looks(lines: Iterable[Drawn]) -> dict[str, Look]:
    """Return variant -> look, by the order of frameworks and of modes in each."""
    modes: dict[str, list[str]] = {}
    for line in lines:
        modes.setdefault(line.framework, []).append(line.variant)
    by_hue: dict[int, list[str]] = {}
    for number, variants in enumerate(modes.values()):
        by_hue.setdefault(number % HUES, []).extend(dict.fromkeys(variants))
    return {
        variant: _look(hue=hue, shade=shade)
        for hue, variants in by_hue.items()
        for shade, variant in enumerate(variants)
    }


def _look(*, hue: int, shade: int) -> Look:
    return Look(
        colour=f"var(--hue-{hue}-{shade % SHADES})",
        dash=DASHES[shade % len(DASHES)],
        shape=SHAPES[shade % len(SHAPES)],
    )
