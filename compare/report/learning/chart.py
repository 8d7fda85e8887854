"""Draw learning curves, and their differences, which the curves do not show."""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING

import altair as alt

from compare.render.encoding import SHORT, make_scale, make_spec
from compare.render.palette import assign_looks
from compare.report.learning.tables import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from compare.render.encoding import Drawing
    from compare.render.palette import Look
    from compare.render.svg import Spec
    from compare.results.cells import CellGroup

WIDTH, HEIGHT = 140, 95
# One legend for colour and shape: both must have the same.
LEGEND = alt.Legend(columns=3, symbolSize=60, symbolStrokeWidth=0)
PERCENT = "format(datum.value, '~%')"


def learning_chart(group: CellGroup, *, learning: pd.DataFrame) -> Spec:
    """Return the chart: curves and differences from one variant, per metric."""
    trained = set(learning["variant"])
    look = {
        variant: each
        for variant, each in assign_looks(group.lines).items()
        if variant in trained
    }
    rows = [
        _draw_metric(metric, look=look, against=find_origin(learning, group))
        for metric in METRICS
    ]
    data = {metric: _list_points(learning, metric, group) for metric in METRICS}
    return make_spec(alt.vconcat(*rows, spacing=14), **data)


def find_origin(learning: pd.DataFrame, group: CellGroup) -> str:
    """Return the variant that differences refer to: the baseline, if it was trained."""
    trained = list(dict.fromkeys(learning["variant"]))
    return group.baseline if group.baseline in trained else trained[0]


def _list_points(
    learning: pd.DataFrame, metric: str, group: CellGroup
) -> list[dict[str, object]]:
    start = learning[learning["variant"] == find_origin(learning, group)]
    base = dict(zip(start["epoch"], start[metric], strict=True))
    rows = zip(learning["variant"], learning["epoch"], learning[metric], strict=True)
    return [
        {
            "variant": variant,
            "epoch": int(epoch),
            "value": float(value),
            "difference": _subtract(value, base.get(epoch, nan)),
        }
        for variant, epoch, value in rows
        if isfinite(value)
    ]


def _subtract(value: float, origin: float) -> float | None:
    """Return the difference; None if one training diverged or has no such epoch."""
    difference = float(value - origin)
    return difference if isfinite(difference) else None


def _draw_metric(metric: str, *, look: dict[str, Look], against: str) -> Drawing:
    share = metric == "valid_accuracy"
    curves = _draw_panel(
        metric,
        "value",
        title=METRICS[metric],
        look=look,
        number=PERCENT if share else SHORT,
    )
    differences = _draw_panel(
        metric,
        "difference",
        title=f"minus that of {against}",
        look=look,
        number=PERCENT if share else SHORT,
    )
    return alt.hconcat(curves, differences, spacing=10)


def _draw_panel(
    metric: str, field: str, *, title: str, look: dict[str, Look], number: str
) -> Drawing:
    return (
        alt.Chart(alt.NamedData(name=metric), title=title)
        .mark_line(strokeWidth=1.5, point=alt.OverlayMarkDef(size=25, opacity=1))
        .encode(
            x=alt.X(
                "epoch:Q",
                axis=alt.Axis(tickMinStep=1, tickCount=5, format="d", grid=False),
            ),
            y=alt.Y(
                f"{field}:Q",
                title=None,
                scale=alt.Scale(zero=False),
                axis=alt.Axis(tickCount=4, labelExpr=number, minExtent=44),
            ),
            color=alt.Color(
                "variant:N", scale=make_scale(look, "colour"), legend=LEGEND
            ),
            strokeDash=alt.StrokeDash(
                "variant:N", scale=make_scale(look, "dash"), legend=None
            ),
            shape=alt.Shape(
                "variant:N", scale=make_scale(look, "shape"), legend=LEGEND
            ),
        )
        .properties(width=WIDTH, height=HEIGHT)
    )
