"""The report as one self-contained HTML page."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup, escape

from compare import __version__
from compare.render import svg
from compare.render.svg import CHARTS_ARE_INSTALLED, NOT_INSTALLED

if TYPE_CHECKING:
    from compare.report.run.figures import Figure
    from compare.report.run.outline import Outline

TEMPLATES = Path(__file__).parents[1] / "templates"
SHARED_TEMPLATES = Path(svg.__file__).parent / "templates"


def render_page(outline: Outline) -> str:
    """Return the whole page; every text in it is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, SHARED_TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("index.html").render(
        outline=outline,
        style=Markup(read_style()),  # noqa: S704 - our own files
        picture=draw_figure,
        version=__version__,
    )


def read_style() -> str:
    """Return a style sheet with a light and a dark theme, chosen by the system."""
    light, dark, rest = (
        (SHARED_TEMPLATES / f"{name}.css").read_text(encoding="utf-8")
        for name in ("light", "dark", "style")
    )
    dark = f"@media (prefers-color-scheme: dark) {{\n{indent(dark, '  ')}}}\n"
    return f"{light}{dark}\n{rest}"


def draw_figure(figure: Figure) -> Markup:
    """Return a figure as SVG, whose text Vega escapes, or a note without charts."""
    if not CHARTS_ARE_INSTALLED:
        return escape(NOT_INSTALLED)
    ident = f"{figure.ident}-{figure.heading}"
    safe = "".join(letter if letter.isalnum() else "-" for letter in ident)
    return Markup(svg.render_svg(figure.spec, ident=safe))  # noqa: S704
