"""Each cell of a workload over the runs: a small panel a variant, one above another."""

from __future__ import annotations

import json
from itertools import pairwise
from math import exp, log
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np

from compare.render.encoding import SHORT, drawn
from compare.render.format import TIME_UNITS, change
from compare.render.palette import BAD, BAND, GRID, INK, MUTED, PAPER
from compare.render.sparkline import LEAST_SPAN
from compare.report.history.tables import day

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.history.history import Group
    from compare.history.series import Point, Series
    from compare.render.encoding import Drawing
    from compare.render.svg import Spec

WIDTH, HEIGHT = 360, 52
MARGIN = 0.15  # of the span, above and below
LABEL = 0.5  # of the span, above, for what a change point says
FEW_RUNS = 40  # so many have a dot each
MOST_DATES = 3


def history_chart(group: Group, *, cells: Sequence[Series]) -> Spec:
    """The ratio of each variant, and the step time of the baseline, run by run."""
    panels = [_panel(group, each, is_last=each is cells[-1]) for each in cells]
    data = {
        _name(each, what): list(rows(each))
        for each in cells
        for what, rows in ROWS.items()
    }
    return drawn(alt.vconcat(*panels, spacing=6), **data)


def _panel(group: Group, series: Series, *, is_last: bool) -> Drawing:
    unit = f", step time in {_unit(series)[1]}" if series.is_baseline else ""
    layers = alt.layer(
        *_measured(series, axis=_dates(group, is_shown=is_last)),
        *_found(series),
    )
    title = alt.Title(f"{series.variant}{unit}", fontWeight="normal", offset=2)
    return layers.properties(width=WIDTH, height=HEIGHT, title=title)


def _measured(series: Series, *, axis: alt.Axis) -> list[Drawing]:
    chart = alt.Chart(alt.NamedData(name=_name(series, "points")))
    x = alt.X(
        "run:Q",
        title=None,
        axis=axis,
        scale=alt.Scale(nice=False, zero=False, padding=6),
    )
    y = alt.Y("value:Q", title=None, scale=_scale(series), axis=_figures())
    band = chart.mark_area(color=BAND, clip=True).encode(x=x, y="low:Q", y2="high:Q")
    line = chart.mark_line(color=INK, strokeWidth=1).encode(x=x, y=y)
    dots = chart.mark_point(size=14, opacity=1, stroke=INK).encode(
        x=x, y=y, fill=alt.Fill("fill:N", scale=None, legend=None)
    )
    return [band, line, *[dots] * (len(series.points) <= FEW_RUNS)]


def _found(series: Series) -> list[Drawing]:
    levels = alt.Chart(alt.NamedData(name=_name(series, "levels")))
    changes = alt.Chart(alt.NamedData(name=_name(series, "changes")))
    rule = changes.mark_rule(color=BAD, strokeDash=[4, 3]).encode(x="run:Q")
    label = changes.mark_text(color=BAD, align="left", dx=4, baseline="top")
    return [
        levels.mark_rule(color=MUTED, strokeWidth=2).encode(
            x="run:Q", x2="until:Q", y="value:Q"
        ),
        rule,
        label.encode(x="run:Q", y=alt.value(0), text="text:N"),
    ]


def _points(series: Series) -> Iterator[dict[str, Any]]:
    for point in series.points:
        value = _value(series, point)
        row = {"run": point.number, "value": value, "low": value, "high": value}
        low, high = point.ratio_low, point.ratio_high
        if not series.is_baseline and low > 0 and np.isfinite(high):
            row |= {"low": low, "high": high}
        yield row | {"fill": PAPER if point.is_unproven else INK}


def _levels(series: Series) -> Iterator[dict[str, Any]]:
    """The mean of each piece between change points, where there is any."""
    if not series.changes:
        return
    ends = [0, *(each.at for each in series.changes), len(series.points)]
    for start, end in pairwise(ends):
        piece = series.points[start:end]
        level = exp(float(np.mean([log(_value(series, point)) for point in piece])))
        yield {"run": piece[0].number, "until": piece[-1].number, "value": level}


def _changes(series: Series) -> Iterator[dict[str, Any]]:
    """Each between the last run on the old level and the first on the new."""
    for each in series.changes:
        before, after = series.points[each.at - 1], series.points[each.at]
        yield {
            "run": (before.number + after.number) / 2,
            "text": change(each.factor),
        }


def _scale(series: Series) -> alt.Scale:
    values = [log(_value(series, point)) for point in series.points] or [0.0]
    span = max(max(values) - min(values), LEAST_SPAN)
    low = (min(values) + max(values) - span) / 2 - span * MARGIN
    high = low + span * (1 + 2 * MARGIN + (LABEL if series.changes else 0))
    return alt.Scale(type="log", domain=[exp(low), exp(high)], nice=False)


def _value(series: Series, point: Point) -> float:
    return series.value(point) / _unit(series)[0]


def _unit(series: Series) -> tuple[float, str]:
    """Nanoseconds in the unit that step times are drawn in, and its name."""
    if not series.is_baseline or not series.points:
        return 1.0, ""
    least = min(point.step_time_ns for point in series.points) / 1e9
    seconds, name = next((u for u in TIME_UNITS if least >= u[0]), TIME_UNITS[-1])
    return seconds * 1e9, name


def _figures() -> alt.Axis:
    return alt.Axis(
        tickCount=3, labelExpr=SHORT, minExtent=52, maxExtent=52, gridColor=GRID
    )


def _dates(group: Group, *, is_shown: bool) -> alt.Axis:
    """The days of a few runs, under the last panel."""
    days = [day(run) for run in group.runs]
    places = np.unique(np.linspace(0, len(days) - 1, MOST_DATES).round()).tolist()
    return alt.Axis(
        values=places,
        labels=is_shown,
        labelExpr=f"{json.dumps(days)}[datum.value]",
        labelFlush=True,
        grid=False,
    )


ROWS = {"points": _points, "levels": _levels, "changes": _changes}


def _name(series: Series, what: str) -> str:
    return f"{series.variant} {what}"
