"""Convert Markdown prose to HTML and to plain text."""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup

from compare.study.prose import SENTENCE


def paragraphs_html(markdown: str) -> Markup:
    """Return prose as paragraphs; HTML in it is escaped."""
    return Markup(_parser().render(markdown))  # noqa: S704 - the parser escapes HTML


def inline_html(markdown: str) -> Markup:
    """Return prose as part of a line; HTML in it is escaped."""
    return Markup(_parser().renderInline(markdown))  # noqa: S704 - the parser escapes HTML


def plain_text(markdown: str) -> str:
    """Return prose as one line of text without markup."""
    return " ".join(paragraphs_html(markdown).striptags().split())


def first_sentence(markdown: str) -> str:
    """Return the first sentence of some prose as Markdown."""
    found = SENTENCE.match(" ".join(markdown.split()))
    return found[0] if found else ""


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False})
