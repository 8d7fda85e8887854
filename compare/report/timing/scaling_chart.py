"""Speed-ups against the number of replicas, one line per variant, on log axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from compare.render.encoding import encode_looks, layer_estimates, make_spec
from compare.render.format import is_known
from compare.render.palette import INK, assign_looks
from compare.report.timing.ratio_chart import choose_ticks
from compare.report.timing.sweep_chart import HEIGHT, LEGEND, ROOM, WIDTH

if TYPE_CHECKING:
    from compare.render.svg import Spec
    from compare.results.scaling import ScaledStep, Scaling


def draw_scaling_chart(scaling: Scaling) -> Spec:
    """Return the chart; the grey line is a speed-up by the factor of replicas."""
    fewest = min(scaling.numbers)
    rows = [make_row(step) for step in scaling.steps]
    ideal = [{"replicas": n, "speedup": n / fewest} for n in scaling.numbers]
    ends = [1.0, *(row["speedup"] for row in ideal)]
    ends += [row[end] for row in rows for end in ("low", "high")]
    low, high = min(ends) / ROOM, max(ends) * ROOM
    first = {step.variant: step for step in reversed(scaling.steps)}
    looks = encode_looks(assign_looks(list(first.values())), legend=LEGEND)
    x = alt.X(
        "replicas:Q",
        title="replicas (log)",
        scale=alt.Scale(type="log", nice=False, padding=8),
        axis=alt.Axis(values=list(scaling.numbers), format="~s", grid=False),
    )
    y = alt.Y(
        "speedup:Q",
        title=f"speed-up over {fewest} (log)",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(values=choose_ticks(low, high), format="~g"),
    )
    base = alt.Chart(alt.NamedData(name="rows"))
    chart = alt.layer(
        alt.Chart(alt.InlineData(values=ideal))
        .mark_line(color=INK, strokeWidth=1, strokeDash=[2, 3])
        .encode(x=x, y=y),
        *layer_estimates(base, x=x, y=y, looks=looks),
    ).properties(width=WIDTH, height=HEIGHT)
    return make_spec(chart, rows=rows)


def make_row(step: ScaledStep) -> dict[str, Any]:
    """Return a step as a row of the chart's data; without interval, a point."""
    found = step.speedup
    has_ends = is_known(found.low) and is_known(found.high)
    return {
        "variant": step.variant,
        "replicas": step.replicas,
        "speedup": found.estimate,
        "low": found.low if has_ends else found.estimate,
        "high": found.high if has_ends else found.estimate,
    }
