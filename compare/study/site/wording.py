"""Prose ready for a page, and as plain text."""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup

SENTENCE_END = re.compile(r"(?<=[.?!])\s")


def paragraphs(markdown: str) -> Markup:
    """Prose as paragraphs; whatever HTML stands in it is escaped."""
    return Markup(_markdown().render(markdown))  # noqa: S704 - escaped while rendered


def inline(markdown: str) -> Markup:
    """Prose as part of a line."""
    return Markup(_markdown().renderInline(markdown))  # noqa: S704 - the same


def plain(markdown: str) -> str:
    """What is read of some prose, as one line of text."""
    return " ".join(paragraphs(markdown).striptags().split())


def first_sentence(markdown: str) -> str:
    """The first sentence of some prose, still Markdown."""
    return SENTENCE_END.split(" ".join(markdown.split()), maxsplit=1)[0]


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False})
