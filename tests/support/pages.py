"""The words of the lessons' pages, as their templates name them."""

from __future__ import annotations

import re
from pathlib import Path

from compare.study import site
from compare.study.ladder import CHAPTERS, PATHS

TEMPLATES = Path(site.__file__).parent / "templates"
WORD = re.compile(r'\bt\("([^"]+)"\)')


def english_words():
    """Return every English text that a page asks a translation for."""
    named = [
        word
        for path in TEMPLATES.glob("*.html")
        for word in WORD.findall(path.read_text("utf-8"))
    ]
    paths = [text for title, (purpose, _) in PATHS.items() for text in (title, purpose)]
    return {*named, *paths, *CHAPTERS}
