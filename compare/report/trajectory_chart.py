"""Errors along a trajectory, step by step, against tolerance and rounding floor."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
from scipy.optimize import isotonic_regression

from compare.report.agreement_tables import dtypes, floor_per_step, per_step
from compare.report.encoding import SHORT, drawn, scale_of
from compare.report.palette import INK, MUTED, Look, looks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.report.comparison import Comparison
    from compare.report.encoding import Drawing
    from compare.report.svg import Spec

WIDTH, HEIGHT = 228, 160
LABEL_GAP = 15.0  # pixels from one label to the next
LABEL_AT = WIDTH + 16
MOST_TICKS = 6
FLOOR = "rounding floor"
FLOOR_LOOK = Look(colour=MUTED, dash=(1, 3), shape="stroke")


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One dtype of the chart: its points, and powers of ten around them all."""

    dtype: str
    rows: list[dict[str, Any]]
    look: dict[str, Look]
    low: int
    high: int

    @property
    def y(self) -> alt.Y:
        """The axis that its marks share."""
        every = ceil((self.high - self.low) / MOST_TICKS)
        return alt.Y(
            "error:Q",
            title="error / tolerance",
            scale=alt.Scale(
                type="log", domain=[10.0**self.low, 10.0**self.high], nice=False
            ),
            axis=alt.Axis(
                values=[10.0**n for n in range(self.low, self.high + 1, every)],
                labelExpr=SHORT,
            ),
        )

    def pixel(self, error: float) -> float:
        """Where an error stands, from the top."""
        return HEIGHT * (self.high - log10(error)) / (self.high - self.low)

    def error(self, pixel: float) -> float:
        """What stands at a pixel."""
        return float(10.0 ** (self.high - pixel * (self.high - self.low) / HEIGHT))


def trajectory_chart(comparison: Comparison) -> Spec:
    """One panel a dtype: the largest error per step, the tolerance and the floor."""
    panels = [_panel(comparison, dtype=dtype) for dtype in dtypes(comparison)]
    layers = [_drawn(panel) for panel in panels]
    rows = {panel.dtype: panel.rows for panel in panels}
    return drawn(alt.vconcat(*layers, spacing=14), **rows)


def spread_apart(wanted: Sequence[float], *, gap: float, limit: float) -> list[float]:
    """Positions in order and a gap apart, as near as can be to those wanted.

    Args:
        wanted: ascending positions.
        gap: least distance between neighbours.
        limit: none lies below 0 or above this, where there is room for all.
    """
    gaps = gap * np.arange(len(wanted))
    placed = isotonic_regression(np.asarray(wanted) - gaps).x
    room = max(0.0, limit - gap * (len(wanted) - 1))
    return [float(position) for position in np.clip(placed, 0.0, room) + gaps]


def _panel(comparison: Comparison, *, dtype: str) -> Panel:
    series = per_step(comparison, dtype=dtype)
    series[FLOOR] = floor_per_step(comparison, dtype=dtype)
    rows: list[dict[str, Any]] = [
        {"variant": variant, "step": step, "error": error}
        for variant, errors in series.items()
        for step, error in sorted(errors.items())
        if isfinite(error) and error > 0  # nothing else has a place on a log axis
    ]
    around = [1.0, *(row["error"] for row in rows)]
    return Panel(
        dtype=dtype,
        rows=rows,
        look={**looks(comparison.lines), FLOOR: FLOOR_LOOK},
        low=min(-1, floor(log10(min(around)))),
        high=max(1, ceil(log10(max(around)))),
    )


def _drawn(panel: Panel) -> Drawing:
    layers = [
        _tolerance(panel),
        *_curves(panel),
        *(_labels(panel) if panel.rows else ()),
    ]
    return alt.layer(*layers, title=panel.dtype).properties(width=WIDTH, height=HEIGHT)


def _tolerance(panel: Panel) -> Drawing:
    chart = alt.Chart(alt.InlineData(values=[{"error": 1, "text": "tolerance"}]))
    return alt.layer(
        chart.mark_rule(color=INK, strokeWidth=1.5).encode(y=panel.y),
        chart.mark_text(align="left", baseline="bottom", dy=-3).encode(
            x=alt.value(4), y=panel.y, text="text:N"
        ),
    )


def _curves(panel: Panel) -> list[Drawing]:
    chart = alt.Chart(alt.NamedData(name=panel.dtype)).encode(
        x=alt.X(
            "step:Q",
            title="step of the trajectory",
            scale=alt.Scale(nice=False, zero=False),
            axis=alt.Axis(tickMinStep=1, tickCount=5, format="d", grid=False),
        ),
        y=panel.y,
        color=_colour(panel),
    )
    dash = alt.StrokeDash("variant:N", scale=scale_of(panel.look, "dash"), legend=None)
    shape = alt.Shape("variant:N", scale=scale_of(panel.look, "shape"), legend=None)
    points = chart.transform_filter(f"datum.variant != '{FLOOR}'")
    return [
        chart.mark_line(strokeWidth=1.5).encode(strokeDash=dash),
        points.mark_point(size=22, filled=True, opacity=1).encode(shape=shape),
    ]


def _labels(panel: Panel) -> list[Drawing]:
    """A name at the end of each line, moved apart, with a leader to its line."""
    last = {row["variant"]: panel.pixel(row["error"]) for row in panel.rows}
    names = sorted(last, key=lambda name: last[name])
    places = spread_apart(
        [last[name] for name in names], gap=LABEL_GAP, limit=float(HEIGHT)
    )
    values = [
        {"variant": name, "at": panel.error(last[name]), "place": panel.error(place)}
        for name, place in zip(names, places, strict=True)
    ]
    chart = alt.Chart(alt.InlineData(values=values))
    leader = chart.mark_rule().encode(
        x=alt.value(WIDTH + 2),
        x2=alt.value(LABEL_AT - 3),
        y="at:Q",
        y2="place:Q",
        color=_colour(panel),
    )
    name = chart.mark_text(align="left").encode(
        x=alt.value(LABEL_AT), y="place:Q", text="variant:N"
    )
    return [leader, name]


def _colour(panel: Panel) -> alt.Color:
    return alt.Color("variant:N", scale=scale_of(panel.look, "colour"), legend=None)
