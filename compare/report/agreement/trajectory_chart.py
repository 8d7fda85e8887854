"""Draw the errors along a trajectory over the band that rounding explains."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
from scipy.optimize import isotonic_regression

from compare.render.encoding import SHORT, make_scale, make_spec
from compare.render.palette import BAD, BAND, INK, MUTED, Look, assign_looks
from compare.report.agreement.trajectory import FLOOR, TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.render.encoding import Drawing
    from compare.render.svg import Spec
    from compare.report.agreement.trajectory import BySteps, Trajectory
    from compare.results.cells import CellGroup

WIDTH, HEIGHT = 228, 230
MAX_STEPS = 60  # more points would cover each other
LABEL_GAP = 15.0  # pixels between labels
LABEL_AT = WIDTH + 16
MAX_TICKS = 6
EDGES = {
    FLOOR: Look(colour=MUTED, dash=(1, 3), shape="stroke"),
    TOLERANCE: Look(colour=INK, dash=(1, 0), shape="stroke"),
}


@dataclass(frozen=True, kw_only=True)
class Panel:
    """The data of a chart, and the powers of ten that enclose them."""

    rows: list[dict[str, Any]]  # of the curves and the edges of the band
    band: list[dict[str, Any]]
    left: list[dict[str, Any]]  # where each variant is first out of tolerance
    look: dict[str, Look]
    low: int
    high: int

    @property
    def y(self) -> alt.Y:
        """The axis of errors, shared by all marks."""
        every = ceil((self.high - self.low) / MAX_TICKS)
        return alt.Y(
            "error:Q",
            title="largest relative error",
            scale=alt.Scale(
                type="log", domain=[10.0**self.low, 10.0**self.high], nice=False
            ),
            axis=alt.Axis(
                values=[10.0**n for n in range(self.low, self.high + 1, every)],
                labelExpr=SHORT,
            ),
        )

    def pixel(self, error: float) -> float:
        """Return the vertical position of an error, in pixels from the top."""
        return HEIGHT * (self.high - log10(error)) / (self.high - self.low)

    def error(self, pixel: float) -> float:
        """Return the error at a vertical position."""
        return float(10.0 ** (self.high - pixel * (self.high - self.low) / HEIGHT))


def trajectory_chart(trajectory: Trajectory, *, comparison: CellGroup) -> Spec:
    """Return the chart: one curve per variant over the band.

    The band is between the rounding floor and the tolerance.
    """
    panel = _build_panel(trajectory.thin(most=MAX_STEPS), comparison=comparison)
    layers = [
        *_draw_band(panel),
        *_draw_curves(panel),
        *_draw_rings(panel),
        *(_draw_labels(panel) if panel.rows else ()),
    ]
    chart = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    return make_spec(chart, rows=panel.rows, band=panel.band, left=panel.left)


def spread_apart(wanted: Sequence[float], *, gap: float, limit: float) -> list[float]:
    """Return ascending positions at least a gap apart, as close as possible to others.

    Args:
        wanted: ascending positions.
        gap: smallest distance between neighbours.
        limit: positions are between 0 and the limit, if there is room for all.
    """
    # Subtracting n gaps from the n-th position turns "a gap apart" into "in order":
    # the closest such sequence is an isotonic regression.
    gaps = gap * np.arange(len(wanted))
    placed = isotonic_regression(np.asarray(wanted) - gaps).x
    room = max(0.0, limit - gap * (len(wanted) - 1))
    return [float(position) for position in np.clip(placed, 0.0, room) + gaps]


def _build_panel(trajectory: Trajectory, *, comparison: CellGroup) -> Panel:
    # How far a tolerance exceeds 1 has no meaning: the axis need not contain it.
    around = [row["error"] for row in _list_points(trajectory.curves)] or [1.0]
    beyond = [1.0 for value in trajectory.tolerance.values() if value > 1]
    low = floor(log10(min(around)))
    high = max(low + 2, ceil(log10(max([*around, *beyond]))))
    shown = {**trajectory.curves, TOLERANCE: trajectory.tolerance}
    return Panel(
        rows=[row for row in _list_points(shown) if row["error"] <= 10.0**high],
        band=[
            {"step": step, "error": least, "tolerance": min(10.0**high, most)}
            for step, least in sorted(trajectory.floor.items())
            if least > 0 and (most := trajectory.tolerance.get(step))
        ],
        left=list(_list_rings(trajectory, otherwise=10.0**high)),
        look={**assign_looks(comparison.lines), **EDGES},
        low=low,
        high=high,
    )


def _list_points(series: dict[str, BySteps]) -> Iterator[dict[str, Any]]:
    for name, errors in series.items():
        for step, error in sorted(errors.items()):
            if isfinite(error) and error > 0:  # others have no position on a log axis
                yield {"variant": name, "step": step, "error": error}


def _list_rings(
    trajectory: Trajectory, *, otherwise: float
) -> Iterator[dict[str, Any]]:
    """Yield where each variant leaves the band; errors not finite at the upper edge."""
    for variant, step in trajectory.left.items():
        error = trajectory.errors[variant].get(step, float("inf"))
        is_number = isfinite(error) and error > 0
        yield {
            "variant": variant,
            "step": step,
            "error": error if is_number else otherwise,
        }


def _draw_band(panel: Panel) -> list[Drawing]:
    area = alt.Chart(alt.NamedData(name="band")).mark_area(color=BAND, opacity=1)
    return [area.encode(x=_build_step_axis(), y=panel.y, y2="tolerance:Q")]


def _build_step_axis() -> alt.X:
    return alt.X(
        "step:Q",
        title="step of the trajectory",
        scale=alt.Scale(nice=False, zero=False),
        axis=alt.Axis(tickMinStep=1, tickCount=5, format="d", grid=False),
    )


def _draw_curves(panel: Panel) -> list[Drawing]:
    chart = alt.Chart(alt.NamedData(name="rows")).encode(
        x=_build_step_axis(), y=panel.y, color=_build_colour(panel)
    )
    dash = alt.StrokeDash(
        "variant:N", scale=make_scale(panel.look, "dash"), legend=None
    )
    shape = alt.Shape("variant:N", scale=make_scale(panel.look, "shape"), legend=None)
    edges = " && ".join(f"datum.variant != '{name}'" for name in EDGES)
    return [
        chart.mark_line(strokeWidth=1.5).encode(strokeDash=dash),
        chart.transform_filter(edges)
        .mark_point(size=22, filled=True, opacity=1)
        .encode(shape=shape),
    ]


def _draw_rings(panel: Panel) -> list[Drawing]:
    ring = alt.Chart(alt.NamedData(name="left")).mark_point(
        size=170, filled=False, stroke=BAD, strokeWidth=2, opacity=1
    )
    return [ring.encode(x=_build_step_axis(), y=panel.y)]


def _draw_labels(panel: Panel) -> list[Drawing]:
    """Draw a name at the end of each curve, and a leader where it was moved."""
    last = {row["variant"]: row for row in panel.rows}
    at = {name: panel.pixel(row["error"]) for name, row in last.items()}
    names = sorted(at, key=lambda name: at[name])
    places = spread_apart(
        [at[name] for name in names], gap=LABEL_GAP, limit=float(HEIGHT)
    )
    values = [
        {**last[name], "place": panel.error(place)}
        for name, place in zip(names, places, strict=True)
    ]
    chart = alt.Chart(alt.InlineData(values=values))
    leader = chart.mark_rule().encode(
        x=alt.value(WIDTH + 2),
        x2=alt.value(LABEL_AT - 3),
        y="error:Q",
        y2="place:Q",
        color=_build_colour(panel),
    )
    name = chart.mark_text(align="left").encode(
        x=alt.value(LABEL_AT), y="place:Q", text="variant:N"
    )
    return [leader, name]


def _build_colour(panel: Panel) -> alt.Color:
    return alt.Color("variant:N", scale=make_scale(panel.look, "colour"), legend=None)
