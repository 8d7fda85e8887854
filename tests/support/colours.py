"""The colours of a style sheet, and their contrast."""

from __future__ import annotations

import re

COLOUR = re.compile(r"--([a-z0-9-]+): (#[0-9a-f]{6});")


def colours(*sheets):
    """Return the colours that style sheets define, by name."""
    return {n: c for sheet in sheets for n, c in COLOUR.findall(sheet.read_text())}


def contrast(one, other):
    """Return the contrast ratio of the Web Content Accessibility Guidelines."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
