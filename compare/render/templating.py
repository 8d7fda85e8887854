"""Jinja templates of pages: strict, escaped, without control characters."""

from __future__ import annotations

from pathlib import Path

import jinja2
from markupsafe import Markup

from compare.render.visible import make_visible

SHARED_TEMPLATES = Path(__file__).parent / "templates"


def load_environment(folder: Path) -> jinja2.Environment:
    """Return the environment for a folder of templates and the shared ones."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, SHARED_TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_make_text_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _make_text_visible(value: object) -> object:
    """Return what a template shows, without control characters."""
    if isinstance(value, Markup):
        return value
    return make_visible(value) if isinstance(value, str) else value
