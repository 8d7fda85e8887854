"""Ratios to the baseline against a size, one line per variant, on log axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from compare.render.encoding import encode_looks, layer_estimates, make_spec
from compare.render.format import is_known
from compare.render.palette import INK, assign_looks
from compare.report.timing.ratio_chart import choose_ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.render.svg import Spec
    from compare.results.sweep import Sweep

WIDTH, HEIGHT = 320, 200
ROOM = 1.1  # factor between the outermost value and the edge of the axis
LEGEND = alt.Legend(columns=3, symbolSize=60, symbolStrokeWidth=0)


def draw_sweep_chart(sweep: Sweep) -> Spec:
    """Return the chart; the baseline is the line at 1."""
    rows = list(_rows(sweep))
    drawn = {row["variant"] for row in rows}
    look = {n: each for n, each in assign_looks(sweep.variants).items() if n in drawn}
    ends = [1.0, *(row[end] for row in rows for end in ("low", "high"))]
    low, high = min(ends) / ROOM, max(ends) * ROOM
    base = alt.Chart(alt.NamedData(name="rows"))
    x = alt.X(
        "size:Q",
        title=f"{sweep.size} (log)",
        scale=alt.Scale(type="log", nice=False, padding=8),
        axis=alt.Axis(values=list(sweep.values), format="~s", grid=False),
    )
    y = alt.Y(
        "ratio:Q",
        title=f"step time / step time of {sweep.baseline} (log)",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(values=choose_ticks(low, high), format="~g"),
    )
    looks = encode_looks(look, legend=LEGEND)
    one = alt.Chart(alt.InlineData(values=[{"ratio": 1}]))
    chart = alt.layer(
        one.mark_rule(color=INK, strokeWidth=1).encode(y="ratio:Q"),
        *layer_estimates(base, x=x, y=y, looks=looks),
    ).properties(width=WIDTH, height=HEIGHT)
    return make_spec(chart, rows=rows)


def _rows(sweep: Sweep) -> Iterator[dict[str, Any]]:
    for swept in sweep.variants:
        for value, timing in swept.timed:
            if swept.first.is_baseline or not is_known(timing.ratio):
                continue
            has_ends = timing.has_interval
            yield {
                "variant": swept.variant,
                "size": value,
                "ratio": timing.ratio,
                "low": timing.ratio_low if has_ends else timing.ratio,
                "high": timing.ratio_high if has_ends else timing.ratio,
            }
