"""Prose ready for a page, and as plain text."""

from __future__ import annotations

import re

from markupsafe import Markup

from compare.study.prose import html, inline_html

SENTENCE_END = re.compile(r"(?<=[.?!])\s")


def paragraphs(markdown: str) -> Markup:
    """Prose as paragraphs; whatever HTML stands in it is escaped."""
    return Markup(html(markdown))  # noqa: S704 - escaped where it is rendered


def inline(markdown: str) -> Markup:
    """Prose as part of a line."""
    return Markup(inline_html(markdown))  # noqa: S704 - the same


def plain(markdown: str) -> str:
    """What is read of some prose, as one line of text."""
    return " ".join(paragraphs(markdown).striptags().split())


def first_sentence(markdown: str) -> str:
    """The first sentence of some prose, still Markdown."""
    return SENTENCE_END.split(" ".join(markdown.split()), maxsplit=1)[0]
