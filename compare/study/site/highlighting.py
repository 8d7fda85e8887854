"""Syntax highlighting: Python source as HTML with classes for a style sheet."""

from __future__ import annotations

from functools import cache

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer


def highlight_python(code: str) -> Markup:
    """Return Python as HTML without a surrounding element; Pygments escapes it."""
    return Markup(highlight(code, _lexer(), _formatter()).rstrip("\n"))  # noqa: S704


@cache
def _lexer() -> PythonLexer:
    return PythonLexer(stripnl=False)


@cache
def _formatter() -> HtmlFormatter[str]:
    return HtmlFormatter(nowrap=True)
