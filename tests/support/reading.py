"""Read rendered text independently of its typography."""

from __future__ import annotations

PLAIN = str.maketrans(
    {
        "\N{NO-BREAK SPACE}": " ",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{EN DASH}": "-",
        "\N{GREEK SMALL LETTER MU}": "u",
        "\N{INFINITY}": "inf",
    }
)


def plain(text: str) -> str:
    """Return text with plain characters: ``0.78x (0.76-0.80)``, ``491 us``."""
    return text.translate(PLAIN)


def words(text: str) -> str:
    """Return text with plain characters, on one line."""
    return " ".join(plain(text).split())
