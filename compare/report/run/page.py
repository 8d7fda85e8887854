"""The report as one self-contained HTML page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from compare import __version__
from compare.render.charts import Chart, Drawing, draw_charts
from compare.render.svg import CHARTS_ARE_INSTALLED, NOT_INSTALLED
from compare.render.templating import SHARED_TEMPLATES, load_environment
from compare.render.visible import make_visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import jinja2

    from compare.report.run.figures import Figure
    from compare.report.run.outline import Outline

NOT_YET = "Charts are drawn when the run is finished."
EXPECTED = {NOT_INSTALLED, NOT_YET}  # why charts are missing without a failure
REFRESH_S = 10  # after which a browser loads the page of an unfinished run again
TEMPLATES = Path(__file__).parents[1] / "templates"


def ignore(_: str) -> None:
    """Do nothing with a message."""


def render_page(outline: Outline, *, on_missing: Callable[[str], None] = ignore) -> str:
    """Return the whole page; every text in it is escaped.

    Args:
        outline: the contents.
        on_missing: called with a sentence if charts could not be drawn. The page has
            the reason in the place of each of them.
    """
    figures = [each for section in outline.sections for each in section.figures]
    drawings = draw_figures(figures, is_interim=outline.is_interim)
    for sentence in describe_missing(figures, drawings):
        on_missing(sentence)
    pictures = {
        _identify(figure): drawing
        for figure, drawing in zip(figures, drawings, strict=True)
    }
    return load_template().render(
        outline=outline,
        refresh_s=REFRESH_S,
        style=Markup(read_style()),  # noqa: S704 - our own files
        picture=lambda figure: _show_drawing(figure, pictures[_identify(figure)]),
        version=__version__,
    )


@cache
def load_template() -> jinja2.Template:
    """Return the template of the page. Compiling it takes longer than using it."""
    return load_environment(TEMPLATES).get_template("index.html")


def read_style() -> str:
    """Return a style sheet with a light and a dark theme, chosen by the system."""
    light, dark, rest = (
        (SHARED_TEMPLATES / f"{name}.css").read_text(encoding="utf-8")
        for name in ("light", "dark", "style")
    )
    dark = f"@media (prefers-color-scheme: dark) {{\n{indent(dark, '  ')}}}\n"
    return f"{light}{dark}\n{rest}"


def draw_figures(
    figures: Sequence[Figure], *, is_interim: bool = False
) -> list[Drawing]:
    """Return every figure as SVG, or the reason why it is missing."""
    if is_interim:
        return [Drawing(reason=NOT_YET)] * len(figures)
    if not CHARTS_ARE_INSTALLED:
        return [Drawing(reason=NOT_INSTALLED)] * len(figures)
    return draw_charts(
        [Chart(spec=figure.draw(), ident=_identify(figure)) for figure in figures]
    )


def describe_missing(
    figures: Sequence[Figure], drawings: Sequence[Drawing]
) -> tuple[str, ...]:
    """Return which charts could not be drawn, one sentence per reason."""
    by_reason: dict[str, list[str]] = {}
    for figure, drawing in zip(figures, drawings, strict=True):
        if drawing.reason and drawing.reason not in EXPECTED:
            names = by_reason.setdefault(drawing.reason, [])
            names.append(f"{figure.ident} of {figure.heading}")
    return tuple(
        f"Charts missing on the page: {'; '.join(names)}: {reason}."
        for reason, names in by_reason.items()
    )


def _identify(figure: Figure) -> str:
    """Return the part of identifiers that is unique to a figure."""
    ident = f"{figure.ident}-{figure.heading}"
    return "".join(letter if letter.isalnum() else "-" for letter in ident)


def _show_drawing(figure: Figure, drawing: Drawing) -> Markup:
    """Return the SVG, whose text Vega escapes, or the reason why it is missing."""
    if drawing.svg:
        return Markup(drawing.svg)  # noqa: S704
    if drawing.reason in EXPECTED:
        return escape(drawing.reason)
    return escape(
        make_visible(
            f"This chart is missing ({figure.ident} of {figure.heading}): "
            f"{drawing.reason}. The tables have its figures."
        )
    )
