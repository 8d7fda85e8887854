"""Draw every cell of a workload over the runs, with one panel per variant."""

from __future__ import annotations

import json
from itertools import pairwise
from math import exp, log
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np

from compare.render.encoding import SHORT, make_spec
from compare.render.format import TIME_UNITS, format_relative_change
from compare.render.palette import BAD, BAND, GRID, INK, MUTED, PAPER
from compare.render.sparkline import LEAST_SPAN
from compare.report.history.tables import format_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.history.history import RunGroup
    from compare.history.series import Point, Series
    from compare.render.encoding import Drawing
    from compare.render.svg import Spec

WIDTH, HEIGHT = 360, 52
MARGIN = 0.15  # above and below, as a share of the span of values
LABEL_SPACE = 0.5  # above, for the labels of change points, as a share of the span
MAX_DOTS = 40  # a longer series is drawn without dots
MAX_DATES = 3


def history_chart(group: RunGroup, *, cells: Sequence[Series]) -> Spec:
    """Return the chart: ratios of variants and the step time of the baseline."""
    panels = [_draw_panel(group, each, is_last=each is cells[-1]) for each in cells]
    data = {
        _data_name(each, what): list(rows(each))
        for each in cells
        for what, rows in ROWS.items()
    }
    return make_spec(alt.vconcat(*panels, spacing=6), **data)


def _draw_panel(group: RunGroup, series: Series, *, is_last: bool) -> Drawing:
    unit = f", step time in {_find_unit(series)[1]}" if series.is_baseline else ""
    layers = alt.layer(
        *_draw_points(series, axis=_build_date_axis(group, is_shown=is_last)),
        *_draw_changes(series),
    )
    title = alt.Title(f"{series.variant}{unit}", fontWeight="normal", offset=2)
    return layers.properties(width=WIDTH, height=HEIGHT, title=title)


def _draw_points(series: Series, *, axis: alt.Axis) -> list[Drawing]:
    chart = alt.Chart(alt.NamedData(name=_data_name(series, "points")))
    x = alt.X(
        "run:Q",
        title=None,
        axis=axis,
        scale=alt.Scale(nice=False, zero=False, padding=6),
    )
    y = alt.Y(
        "value:Q", title=None, scale=_build_scale(series), axis=_build_figure_axis()
    )
    band = chart.mark_area(color=BAND, clip=True).encode(x=x, y="low:Q", y2="high:Q")
    line = chart.mark_line(color=INK, strokeWidth=1).encode(x=x, y=y)
    dots = chart.mark_point(size=14, opacity=1, stroke=INK).encode(
        x=x, y=y, fill=alt.Fill("fill:N", scale=None, legend=None)
    )
    return [band, line, *[dots] * (len(series.points) <= MAX_DOTS)]


def _draw_changes(series: Series) -> list[Drawing]:
    levels = alt.Chart(alt.NamedData(name=_data_name(series, "levels")))
    changes = alt.Chart(alt.NamedData(name=_data_name(series, "changes")))
    rule = changes.mark_rule(color=BAD, strokeDash=[4, 3]).encode(x="run:Q")
    label = changes.mark_text(color=BAD, align="left", dx=4, baseline="top")
    return [
        levels.mark_rule(color=MUTED, strokeWidth=2).encode(
            x="run:Q", x2="until:Q", y="value:Q"
        ),
        rule,
        label.encode(x="run:Q", y=alt.value(0), text="text:N"),
    ]


def _list_points(series: Series) -> Iterator[dict[str, Any]]:
    for point in series.points:
        value = _scale_figure(series, point)
        row = {"run": point.number, "value": value, "low": value, "high": value}
        low, high = point.ratio_low, point.ratio_high
        if not series.is_baseline and low > 0 and np.isfinite(high):
            row |= {"low": low, "high": high}
        yield row | {"fill": PAPER if point.is_unproven else INK}


def _list_levels(series: Series) -> Iterator[dict[str, Any]]:
    """Yield the mean of each segment between change points, if there are any."""
    if not series.changes:
        return
    ends = [0, *(each.at for each in series.changes), len(series.points)]
    for start, end in pairwise(ends):
        segment = series.points[start:end]
        level = exp(
            float(np.mean([log(_scale_figure(series, point)) for point in segment]))
        )
        yield {"run": segment[0].number, "until": segment[-1].number, "value": level}


def _list_changes(series: Series) -> Iterator[dict[str, Any]]:
    """Yield each change point, halfway between the runs before and after it."""
    for each in series.changes:
        before, after = series.points[each.at - 1], series.points[each.at]
        yield {
            "run": (before.number + after.number) / 2,
            "text": format_relative_change(each.factor),
        }


def _build_scale(series: Series) -> alt.Scale:
    values = [log(_scale_figure(series, point)) for point in series.points] or [0.0]
    span = max(max(values) - min(values), LEAST_SPAN)
    low = (min(values) + max(values) - span) / 2 - span * MARGIN
    high = low + span * (1 + 2 * MARGIN + (LABEL_SPACE if series.changes else 0))
    return alt.Scale(type="log", domain=[exp(low), exp(high)], nice=False)


def _scale_figure(series: Series, point: Point) -> float:
    return series.figure(point) / _find_unit(series)[0]


def _find_unit(series: Series) -> tuple[float, str]:
    """Return the unit in which step times are drawn, in ns, and its name."""
    if not series.is_baseline or not series.points:
        return 1.0, ""
    least = min(point.step_time_ns for point in series.points) / 1e9
    seconds, name = next((u for u in TIME_UNITS if least >= u[0]), TIME_UNITS[-1])
    return seconds * 1e9, name


def _build_figure_axis() -> alt.Axis:
    return alt.Axis(
        tickCount=3, labelExpr=SHORT, minExtent=52, maxExtent=52, gridColor=GRID
    )


def _build_date_axis(group: RunGroup, *, is_shown: bool) -> alt.Axis:
    """Return the axis with the days of a few runs, shown under the last panel."""
    days = [format_day(run) for run in group.runs]
    places = np.unique(np.linspace(0, len(days) - 1, MAX_DATES).round()).tolist()
    return alt.Axis(
        values=places,
        labels=is_shown,
        labelExpr=f"{json.dumps(days)}[datum.value]",
        labelFlush=True,
        grid=False,
    )


ROWS = {"points": _list_points, "levels": _list_levels, "changes": _list_changes}


def _data_name(series: Series, what: str) -> str:
    return f"{series.variant} {what}"
