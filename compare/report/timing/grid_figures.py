"""The figures of a grid, with captions and descriptions in words."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from compare.render.format import format_nanoseconds
from compare.render.svg import CHARTS_ARE_INSTALLED
from compare.report.run.figures import Figure, describe_chart, draw_nothing
from compare.report.timing.grid_tables import describe_fastest, name_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.results.grid import Grid

if TYPE_CHECKING or CHARTS_ARE_INSTALLED:
    from compare.report.timing.grid_chart import draw_region_chart, draw_step_time_chart
else:
    draw_region_chart = draw_step_time_chart = draw_nothing


def make_grid_figures(grid: Grid) -> Iterator[Figure]:
    """Yield the chart of regions, and that of step times; none without timing."""
    if any(line.timed for line in grid.lines):
        yield _make_region_figure(grid)
        yield _make_step_time_figure(grid)


def _make_region_figure(grid: Grid) -> Figure:
    along, across = grid.sizes
    return Figure(
        ident="regions",
        heading=grid.heading,
        label=describe_chart(
            f"The fastest variant on {grid.heading}, by {along} and {across}",
            (
                (
                    f"{along} {p.along:g}, {across} {p.across:g}:",
                    describe_fastest(grid, along=p.along, across=p.across),
                )
                for p in grid.points
            ),
        ),
        caption="Each cell names the variant whose 95% interval excludes every other "
        "variant. Without colour: no variant is proven to be the fastest.",
        draw=partial(draw_region_chart, grid),
    )


def _make_step_time_figure(grid: Grid) -> Figure:
    along, across = grid.sizes
    return Figure(
        ident="grid-step-time",
        heading=grid.heading,
        label=describe_chart(
            f"Lines of step times on {grid.heading} against {along}, one panel for "
            f"each {across}, all axes logarithmic. Cost per {name_unit(along)}",
            (
                (
                    f"{line.variant} at {across} {line.across:g}",
                    format_nanoseconds(
                        line.line.per_unit.estimate if line.line else None
                    ),
                )
                for line in grid.lines
            ),
        ),
        caption="Flat on the left: the fixed cost of a step. Rising on the right: the "
        f"cost of each {name_unit(along)}.",
        draw=partial(draw_step_time_chart, grid),
    )
