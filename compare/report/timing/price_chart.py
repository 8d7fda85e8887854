"""The time of the first calls of all shapes against their number, on log axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from compare.contract import Captures
from compare.render.encoding import encode_looks, make_spec
from compare.render.format import is_known
from compare.render.palette import PAPER, assign_looks
from compare.report.timing.sweep_chart import HEIGHT, LEGEND, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.render.svg import Spec
    from compare.results.sweep import Sweep


def draw_price_chart(sweep: Sweep) -> Spec:
    """Return the chart; a hollow point fell back to eager steps."""
    rows = list(list_first_calls(sweep))
    drawn = {row["variant"] for row in rows}
    look = {n: each for n, each in assign_looks(sweep.variants).items() if n in drawn}
    base = alt.Chart(alt.NamedData(name="rows"))
    x = alt.X(
        "size:Q",
        title=f"{sweep.size} (log)",
        scale=alt.Scale(type="log", nice=False, padding=8),
        axis=alt.Axis(values=list(sweep.values), format="~s", grid=False),
    )
    y = alt.Y(
        "seconds:Q",
        title="first calls of all shapes, cold, in seconds (log)",
        scale=alt.Scale(type="log"),
        axis=alt.Axis(format="~g", tickCount=6),
    )
    looks = encode_looks(look, legend=LEGEND)
    points = base.mark_point(filled=True, size=45, opacity=1)
    hollow = base.mark_point(filled=True, size=12, opacity=1, color=PAPER)
    chart = alt.layer(
        base.mark_line(strokeWidth=1.5).encode(
            x=x, y=y, color=looks.colour, strokeDash=looks.dash
        ),
        points.encode(x=x, y=y, color=looks.colour, shape=looks.shape),
        hollow.transform_filter("datum.fell_back").encode(x=x, y=y),
    ).properties(width=WIDTH, height=HEIGHT)
    return make_spec(chart, rows=rows)


def list_first_calls(sweep: Sweep) -> Iterator[dict[str, Any]]:
    """Yield the time of the first calls of every timed cell."""
    for swept in sweep.variants:
        for value, timing in swept.timed:
            if is_known(timing.first_call_cold_s) and timing.first_call_cold_s > 0:
                yield {
                    "variant": swept.variant,
                    "size": value,
                    "seconds": timing.first_call_cold_s,
                    "fell_back": timing.captures == Captures.NOT_CAPTURED,
                }
