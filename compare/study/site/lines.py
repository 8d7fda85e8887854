"""Render arrays as lines over a common axis."""

from __future__ import annotations

from itertools import cycle
from math import isfinite, log10
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
from markupsafe import Markup, escape

from compare.render.encoding import SHORT, make_spec
from compare.render.format import format_number
from compare.render.palette import DASHES
from compare.render.svg import render_svg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.contract import Array
    from compare.render.encoding import Drawing
    from compare.render.svg import Spec
    from compare.study.lesson import Picture

WIDTH, HEIGHT, TICKS = 420, 200, 5
# No hue of a framework: the lines show arrays that the frameworks agree on.
COLOURS = tuple(f"var(--hue-{hue})" for hue in ("2-0", "0-3", "1-2", "0-2", "1-4"))


def render_lines(
    picture: Picture, *, arrays: Mapping[str, Array], ident: str
) -> Markup:
    """Return a line chart; its label describes where each line begins and ends."""
    along = arrays.get(picture.x)
    series = {
        name: np.ravel(array) for name, array in arrays.items() if name != picture.x
    }
    points = {name: _collect_points(ys, along, picture) for name, ys in series.items()}
    points = {name: each for name, each in points.items() if each}
    if not points:
        return Markup()
    svg = Markup(render_svg(_build_spec(picture, points), ident=ident))  # noqa: S704 - Vega escapes
    label = escape(_format_label(points))
    return Markup('<div class="picture" role="img" aria-label="{}">{}</div>').format(
        label, svg
    )


def _collect_points(
    ys: Array, along: Array | None, picture: Picture
) -> list[dict[str, float]]:
    """Return the points that an axis can show.

    They are finite, and above zero on a logarithmic axis.
    """
    xs = np.arange(ys.size) if along is None else np.ravel(along)
    pairs = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
    return [
        {"x": x, "y": y}
        for x, y in pairs
        if isfinite(x)
        and isfinite(y)
        and (x > 0 or not picture.x_log)
        and (y > 0 or not picture.y_log)
    ]


def _format_label(points: Mapping[str, list[dict[str, float]]]) -> str:
    """Return a description of each line for screen readers."""
    descriptions = (
        f"{name} goes from {format_number(each[0]['y'])} to "
        f"{format_number(each[-1]['y'])}, minimum "
        f"{format_number(min(p['y'] for p in each))}, maximum "
        f"{format_number(max(p['y'] for p in each))}"
        for name, each in points.items()
    )
    return f"Line chart. {'; '.join(descriptions)}."


def _build_spec(picture: Picture, points: Mapping[str, list[dict[str, float]]]) -> Spec:
    names = list(points)
    rows = [point for each in points.values() for point in each]
    legend = alt.Legend(symbolStrokeWidth=2) if len(names) > 1 else None
    chart = (
        alt.Chart(alt.NamedData(name="lines"))
        .mark_line(strokeWidth=1.75)
        .encode(
            x=_build_x_axis(picture, [row["x"] for row in rows]),
            y=_build_y_axis(picture, [row["y"] for row in rows]),
            color=alt.Color(
                "name:N", scale=_build_scale(names, COLOURS), legend=legend
            ),
            strokeDash=alt.StrokeDash(
                "name:N", scale=_build_scale(names, DASHES), legend=legend
            ),
        )
        .properties(width=WIDTH, height=HEIGHT)
    )
    named = [{"name": name, **point} for name in names for point in points[name]]
    return make_spec(chart, lines=named)


def _build_x_axis(picture: Picture, values: Sequence[float]) -> alt.X:
    return alt.X(
        "x:Q",
        title=picture.x_title or None,
        scale=_build_axis_scale(log=picture.x_log),
        axis=_build_axis(values, log=picture.x_log, grid=False),
    )


def _build_y_axis(picture: Picture, values: Sequence[float]) -> alt.Y:
    return alt.Y(
        "y:Q",
        title=picture.y_title or None,
        scale=_build_axis_scale(log=picture.y_log),
        axis=_build_axis(values, log=picture.y_log, grid=True),
    )


def _build_axis(values: Sequence[float], *, log: bool, grid: bool) -> alt.Axis:
    """Return an axis with few ticks; over several decades, only at powers of ten."""
    decades = int(log10(max(values) / min(values))) if log else 0
    ticks = min(TICKS, decades) if decades > 1 else TICKS
    return alt.Axis(tickCount=ticks, labelExpr=SHORT, grid=grid)


def _build_axis_scale(*, log: bool) -> alt.Scale:
    return alt.Scale(type="log", nice=False) if log else alt.Scale(zero=False)


def _build_scale(names: Sequence[str], styles: Sequence[Drawing]) -> alt.Scale:
    """Return a style for each line; styles repeat if there are more lines."""
    return alt.Scale(
        domain=list(names),
        range=[style for _, style in zip(names, cycle(styles), strict=False)],
    )
