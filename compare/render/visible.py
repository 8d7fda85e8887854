r"""Replace characters that a terminal or a page would execute instead of show.

Names, reasons and messages come from files, frameworks and people. A control character
in them can move the cursor, hide text or end a program that draws it.
"""

from __future__ import annotations

import re
from typing import Any

# C0 except tab and line feed, DEL, C1, marks and overrides of the direction of text,
# line separators, surrogates, characters that XML does not allow.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
NEW_LINE = re.compile("\r\n?")


def make_visible(text: str) -> str:
    r"""Return text with every control character as its escape, such as ``\x1b``.

    Tabs and line feeds are kept; other ends of lines become line feeds.
    """
    if text.isascii() and text.isprintable():
        return text
    return INVISIBLE.sub(_escape, NEW_LINE.sub("\n", text))


def make_all_visible(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON data with every text in it made visible."""
    if isinstance(value, str):
        return make_visible(value)
    if isinstance(value, dict):
        return {make_all_visible(k): make_all_visible(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [make_all_visible(each) for each in value]
    return value


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004
