"""The charts of a grid: where each variant is the fastest, and step times by size."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

import altair as alt

from compare.render.encoding import encode_looks, make_spec
from compare.render.palette import GRID, INK, PAPER, assign_looks
from compare.report.timing.grid_tables import describe_fastest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from compare.render.svg import Spec
    from compare.results.grid import Grid

CELL_WIDTH, CELL_HEIGHT = 108, 34
TINT = 0.35  # opacity of a cell's colour, so that its label is readable
PANEL_WIDTH, PANEL_HEIGHT, PANELS_IN_ROW = 190, 130, 2
LEGEND = alt.Legend(columns=3, symbolSize=60, symbolStrokeWidth=0, orient="bottom")


def draw_region_chart(grid: Grid) -> Spec:
    """Return one cell per point, with the colour and the name of the fastest variant.

    A point without a fastest variant has no colour. Sizes are evenly spaced in the
    order of their values, so that a logarithmic sweep has a logarithmic axis.
    """
    along, across = grid.sizes
    rows = list(_region_rows(grid))
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        x=alt.X(
            "along:O",
            title=f"{along} (log)",
            sort=[f"{value:g}" for value in grid.values_along],
            axis=alt.Axis(labelAngle=0, orient="bottom"),
        ),
        y=alt.Y(
            "across:O",
            title=f"{across} (log)",
            sort=[f"{value:g}" for value in reversed(grid.values_across)],
        ),
    )
    chart = alt.layer(
        base.mark_rect(stroke=GRID, strokeWidth=1, fillOpacity=TINT).encode(
            fill=alt.Fill("colour:N", scale=None, legend=None)
        ),
        base.mark_text(fontSize=10, color=INK).encode(text="label:N"),
    ).properties(width=alt.Step(CELL_WIDTH), height=alt.Step(CELL_HEIGHT))
    return make_spec(chart, rows=rows)


def draw_step_time_chart(grid: Grid) -> Spec:
    """Return step times against the first size: a panel for each second size.

    Both axes are logarithmic, the same in each panel.
    """
    along, across = grid.sizes
    rows = list(_step_rows(grid))
    drawn = {row["variant"] for row in rows}
    look = {n: each for n, each in assign_looks(grid.lines).items() if n in drawn}
    looks = encode_looks(look, legend=LEGEND)
    base = alt.Chart().encode(
        x=alt.X(
            "along:Q",
            title=f"{along} (log)",
            scale=alt.Scale(type="log", nice=False, padding=8),
            axis=alt.Axis(values=list(grid.values_along), format="~s", grid=False),
        ),
        y=alt.Y(
            "step_us:Q",
            title="step time, microseconds (log)",
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(values=_list_powers_of_ten(rows), format=",~g"),
        ),
        color=looks.colour,
    )
    lines = base.mark_line(strokeWidth=1.5).encode(strokeDash=looks.dash)
    points = base.mark_point(filled=True, size=40, opacity=1).encode(shape=looks.shape)
    chart = (
        alt.layer(lines, points, data=alt.NamedData(name="rows"))
        .properties(width=PANEL_WIDTH, height=PANEL_HEIGHT)
        .facet(
            facet=alt.Facet(
                "panel:N",
                title=None,
                sort=[f"{across} {value:g}" for value in grid.values_across],
            ),
            columns=PANELS_IN_ROW,
        )
    )
    return make_spec(chart, rows=rows)


def _list_powers_of_ten(rows: Iterable[dict[str, Any]]) -> list[float]:
    """Return the powers of ten between the step times, and one beyond each end."""
    times = [row["step_us"] for row in rows]
    low, high = floor(log10(min(times))), ceil(log10(max(times)))
    return [10.0**power for power in range(low, high + 1)]


def _region_rows(grid: Grid) -> Iterator[dict[str, Any]]:
    look = assign_looks(grid.lines)
    for point in grid.points:
        text = describe_fastest(grid, along=point.along, across=point.across)
        fastest = point.fastest
        yield {
            "along": f"{point.along:g}",
            "across": f"{point.across:g}",
            "label": text.partition(" (")[0],
            "colour": look[fastest.variant].colour if fastest else PAPER,
        }


def _step_rows(grid: Grid) -> Iterator[dict[str, Any]]:
    for line in grid.lines:
        for value, step_ns in line.timed:
            yield {
                "panel": f"{grid.sizes[1]} {line.across:g}",
                "variant": line.variant,
                "along": value,
                "step_us": step_ns / 1e3,
            }
