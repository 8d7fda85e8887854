"""A program's text as HTML in which a style sheet can colour each kind of word."""

from __future__ import annotations

from functools import cache

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer


def highlighted(code: str) -> Markup:
    """Python as HTML, without anything around it; Pygments escapes it."""
    return Markup(highlight(code, _lexer(), _formatter()).rstrip("\n"))  # noqa: S704


@cache
def _lexer() -> PythonLexer:
    return PythonLexer(stripnl=False)


@cache
def _formatter() -> HtmlFormatter[str]:
    return HtmlFormatter(nowrap=True)
