"""Draw one graph, or two next to each other, as SVG without a script.

A node's outline shows what became of it in the other graph; colour repeats it. A node
links to its partner, whose outline is then emphasized.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from compare.graphs.attributes import describe_node, format_shape
from compare.graphs.matching import NodeMatch
from compare.graphs.normal import get_kind, get_node
from compare.graphs.pictures.layout import (
    MARGIN,
    NODE_HEIGHT,
    NODE_WIDTH,
    Layout,
    is_long,
    lay_out,
)
from compare.render.visible import make_visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from compare.graphs.normal import Graph

MAX_LABEL = 16  # characters of a label
TITLE_HEIGHT = 28
GAP = 48  # between two graphs
LARGE_WIDTH = 1400  # pixels of one graph
CLASSES = {
    None: "n",
    NodeMatch.MATCHED: "m",
    NodeMatch.FUSED: "u",
    NodeMatch.FOLDED: "f",
    NodeMatch.ONLY_LEFT: "l",
    NodeMatch.ONLY_RIGHT: "r",
}
W, H, CUT = NODE_WIDTH, NODE_HEIGHT, 10
OUTLINES = {
    "n": f"M0,0H{W}V{H}H0Z",
    "m": f"M0,0H{W}V{H}H0Z",
    "u": f"M{CUT},0H{W - CUT}L{W},{H // 2}L{W - CUT},{H}H{CUT}L0,{H // 2}Z",
    "f": f"M{H // 2},0H{W - H // 2}a{H // 2},{H // 2} 0 0 1 0,{H}H{H // 2}"
    f"a{H // 2},{H // 2} 0 0 1 0,-{H}Z",
    "l": f"M{CUT},0H{W}V{H}H{CUT}L0,{H // 2}Z",
    "r": f"M0,0H{W - CUT}L{W},{H // 2}L{W - CUT},{H}H0Z",
}


@dataclass(frozen=True, kw_only=True)
class GraphSide:
    """One graph of a drawing.

    Attributes:
        ident: prefix of the identifiers of its nodes, unique on the page.
        title: printed above the graph.
        graph: in normal form.
        rows: the row of each node.
        statuses: of each node in a comparison.
        partners: of each node, as identifiers of nodes on the page.
    """

    ident: str
    title: str
    graph: Graph
    rows: Mapping[str, int]
    statuses: Mapping[str, NodeMatch]
    partners: Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class DrawnGraph:
    """A drawing as SVG, or a text in its place.

    Attributes:
        content: escaped if it is no `Markup`.
        is_large: it is shown as a whole at first, because its upper left corner may
            be empty.
    """

    content: Markup | str
    is_large: bool = False


def identify_nodes(ident: str, graph: Graph) -> dict[str, str]:
    """Return the identifier of each node on a page."""
    return {name: f"{ident}{number}" for number, name in enumerate(graph)}


def draw_sides(sides: Sequence[GraphSide], *, ident: str, label: str) -> DrawnGraph:
    """Return one or two graphs as one SVG element.

    Args:
        ident: prefix of the identifiers of outlines, unique on the page.
        sides: from left to right.
        label: what the drawing shows, for readers who cannot see it.
    """
    layouts = [lay_out(side.graph, side.rows) for side in sides]
    width = sum(layout.width for layout in layouts) + GAP * (len(sides) - 1)
    height = max(layout.height for layout in layouts) + TITLE_HEIGHT
    parts: list[str] = []
    x = 0
    for side, layout in zip(sides, layouts, strict=True):
        parts.append(f'<g transform="translate({x},{TITLE_HEIGHT})">')
        parts.extend(_draw_side(side, layout, outlines=ident))
        parts.append("</g>")
        x += layout.width + GAP
    outlines = "".join(
        f'<path id="{ident}-{name}" d="{path}"/>' for name, path in OUTLINES.items()
    )
    content = Markup(  # noqa: S704 - texts are escaped where they are added
        f'<svg viewBox="0 0 {width} {height}" role="group" '
        f'aria-label="{_clean(label)}" width="{width}" height="{height}">'
        f"<defs>{outlines}</defs>{''.join(parts)}</svg>"
    )
    is_large = any(layout.width > LARGE_WIDTH for layout in layouts)
    return DrawnGraph(content=content, is_large=is_large)


def draw_key(status: NodeMatch) -> Markup:
    """Return a small node of a status, for a legend."""
    name = CLASSES[status]
    return _draw_key(f'<path class="{name}" d="{OUTLINES[name]}"/>')


def draw_gradient_key() -> Markup:
    """Return a small node of the backward pass, for a legend."""
    return _draw_key(f'<path class="n g" d="{OUTLINES["n"]}"/>')


def draw_saved_key() -> Markup:
    """Return a piece of an edge into the backward pass, for a legend."""
    return _draw_key(f'<path class="e v" d="M0,{H // 2}H{W}"/>')


def _draw_key(content: str) -> Markup:
    return Markup(  # noqa: S704 - constants
        f'<svg class="key" viewBox="-2 -2 {W + 4} {H + 4}">{content}</svg>'
    )


def _draw_side(side: GraphSide, layout: Layout, *, outlines: str) -> Iterator[str]:
    yield f'<text class="t" x="{MARGIN}" y="-8">{_clean(side.title)}</text>'
    for body in layout.bodies:
        yield (
            f'<rect class="b" x="{body.x}" y="{body.y}" width="{body.width}" '
            f'height="{body.height}"/><text class="t" x="{body.x + MARGIN}" '
            f'y="{body.y + 20}">{_clean(body.caption)}</text>'
        )
    yield from _draw_edges(side, layout)
    idents = identify_nodes(side.ident, side.graph)
    for name in side.graph:
        yield _draw_node(side, name, layout, idents[name], outlines=outlines)


def _draw_edges(side: GraphSide, layout: Layout) -> Iterator[str]:
    """Yield all edges within regions as two paths: short ones, and long ones."""
    curves: dict[str, list[str]] = {"e": [], "e d": [], "e v": []}
    for source, target in side.graph.edges:
        ours, theirs = (get_node(side.graph, each) for each in (source, target))
        if ours.region != theirs.region:
            continue
        (x, y), (to_x, to_y) = layout.places[source], layout.places[target]
        x, y, to_x = x + W // 2, y + H, to_x + W // 2
        bend = (y + to_y) // 2
        kind = "e d" if is_long(side.rows, source, target) else "e"
        if theirs.is_gradient and not ours.is_gradient:
            kind = "e v"  # a value that the backward pass needs
        curves[kind].append(f"M{x},{y}C{x},{bend} {to_x},{bend} {to_x},{to_y}")
    for kind, found in curves.items():
        if found:
            yield f'<path class="{kind}" d="{"".join(found)}"/>'


def _draw_node(
    side: GraphSide, name: str, layout: Layout, ident: str, *, outlines: str
) -> str:
    x, y = layout.places[name]
    kind = _trim(get_kind(side.graph, name))
    shape = _trim(format_shape(get_node(side.graph, name).shape))
    status = CLASSES[side.statuses.get(name)]
    is_gradient = get_node(side.graph, name).is_gradient
    link = f' href="#{partner[0]}"' if (partner := side.partners.get(name)) else ""
    lines = (
        f'<text x="{W // 2}" y="15">{_clean(kind)}</text>'
        f'<text class="s" x="{W // 2}" y="29">{_clean(shape)}</text>'
        if shape
        else f'<text x="{W // 2}" y="22">{_clean(kind)}</text>'
    )
    return (
        f'<a id="{ident}"{link} transform="translate({x},{y})">'
        f"<title>{_clean(describe_title(side, name))}</title>"
        f'<use class="{status}{" g" if is_gradient else ""}" '
        f'href="#{outlines}-{status}"/>{lines}</a>'
    )


def describe_title(side: GraphSide, name: str) -> str:
    """Return what is shown when the pointer is on a node."""
    attributes = describe_node(side.graph, name, side.statuses)
    texts = (
        name,
        attributes["operation"],
        attributes.get("source", ""),
        attributes.get("comparison", ""),
    )
    return "\n".join(filter(None, dict.fromkeys(texts)))


def _trim(text: str) -> str:
    return text if len(text) <= MAX_LABEL else f"{text[: MAX_LABEL - 1]}…"


def _clean(text: str) -> str:
    return str(escape(make_visible(text)))
