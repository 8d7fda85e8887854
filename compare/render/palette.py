"""Colour, dash and shape of a variant, the same in every chart.

A framework is a hue and a mode a shade of it, and never by colour alone: dash, shape
or a label beside the mark says the same. The names are CSS variables, so that one SVG
serves a light and a dark page; ``light.css`` and ``dark.css`` give their values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

INK, MUTED, GRID, PAPER, BAND, BAD = (
    f"var(--{name})" for name in ("ink", "muted", "grid", "paper", "band", "bad")
)
# Light to dark on paper: the parts of a bar, told apart by lightness alone.
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


def looks(lines: Iterable[Drawn]) -> dict[str, Look]:
    """Return variant -> look, by the order of frameworks and of modes in each."""
    modes: dict[str, list[str]] = {}
    for line in lines:
        modes.setdefault(line.framework, []).append(line.variant)
    return {
        variant: _look(hue=hue, shade=shade)
        for hue, variants in enumerate(modes.values())
        for shade, variant in enumerate(variants)
    }


def _look(*, hue: int, shade: int) -> Look:
    return Look(
        colour=f"var(--hue-{hue % HUES}-{shade % SHADES})",
        dash=DASHES[shade % len(DASHES)],
        shape=SHAPES[shade % len(SHAPES)],
    )
