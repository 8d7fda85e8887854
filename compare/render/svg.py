"""Draw charts as SVG for a page: no script, no network, in the page's colours."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Any

from compare.render.palette import GRID, INK, MUTED

Spec = dict[str, Any]

# Charts are an optional extra: without it a report has a note in place of each chart.
CHARTS_ARE_INSTALLED = all(find_spec(name) for name in ("altair", "vl_convert"))
NOT_INSTALLED = "Charts need: pip install 'graph-compare[charts]'"

FONT_SIZE = 13
CONFIG: Spec = {
    "aria": False,  # the page has its own label for each figure
    "background": None,
    "font": "Liberation Sans, Arial, sans-serif",
    "padding": 4,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "labelFontSize": FONT_SIZE,
        "titleColor": INK,
        "titleFontSize": FONT_SIZE,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "gridColor": GRID,
        "domainColor": MUTED,
        "tickColor": MUTED,
    },
    "title": {
        "color": INK,
        "fontSize": FONT_SIZE,
        "fontWeight": "bold",
        "anchor": "start",
    },
    "header": {
        "labelColor": INK,
        "labelFontSize": FONT_SIZE,
        "labelFontWeight": "bold",
        "labelAnchor": "start",
        "titleColor": MUTED,
        "titleFontSize": FONT_SIZE,
        "titleFontWeight": "normal",
        "titlePadding": 12,
    },
    "legend": {
        "labelColor": INK,
        "labelFontSize": FONT_SIZE,
        "title": None,
        "orient": "bottom",
        "labelLimit": 200,
    },
    "text": {"fontSize": FONT_SIZE, "color": INK},
}
# Vega repeats these on every mark; the page's style sheet has them once.
REPEATED = re.compile(
    r' (?:role|aria-[a-z]+|pointer-events|font-family|xmlns:xlink|xmlns|class)="[^"]*"'
    r'| font-size="13px"| opacity="1"| stroke-miterlimit="10"'
)
TAG = re.compile(r"<[^>]*>")
EMPTY = re.compile(r'<path d="" display="none"/>|<path d="M0,0h0v0h0Z"/>')
LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")
IDENTIFIER = re.compile(r'(id="|url\(#)([^")]+)')


def render_svg(spec: Spec, *, ident: str) -> str:
    """Return a Vega-Lite specification as SVG.

    Args:
        spec: the chart, including its data.
        ident: prefix that makes the identifiers inside the SVG unique on the page.
    """
    import vl_convert  # noqa: PLC0415 - an optional extra

    svg = vl_convert.vegalite_to_svg({**spec, "config": CONFIG}, allowed_base_urls=[])
    return _remove_redundant(_rename_identifiers(str(svg), ident=ident))


def _rename_identifiers(svg: str, *, ident: str) -> str:
    """Return SVG with identifiers that are unique and the same at every rendering."""
    names: dict[str, str] = {}
    return IDENTIFIER.sub(
        lambda found: found[1] + names.setdefault(found[2], f"{ident}-{len(names)}"),
        svg,
    )


def _remove_redundant(svg: str) -> str:
    """Return SVG without attributes that the style sheet sets; text is unchanged."""
    return EMPTY.sub("", TAG.sub(lambda tag: _shorten_tag(tag[0]), svg))


def _shorten_tag(tag: str) -> str:
    return LONG_NUMBER.sub(
        lambda number: f"{float(number[0]):.1f}", REPEATED.sub("", tag)
    )
