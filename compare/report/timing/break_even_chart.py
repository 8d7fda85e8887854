"""Cumulative time against steps, one panel per variant; crossings are break-evens."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10
from typing import TYPE_CHECKING, Any

import altair as alt

from compare.render.encoding import make_spec
from compare.render.format import is_known
from compare.render.palette import BAND, INK, MUTED, assign_looks
from compare.report.timing.break_even import Outcome, describe_break_even

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.render.encoding import Drawing
    from compare.render.svg import Spec
    from compare.results.cells import CellGroup, CellResult
    from compare.runs.rows import TimingRow

WIDTH, HEIGHT, COLUMNS = 146, 96, 2
POINTS_PER_DECADE = 5
LEAST_DECADES, MOST_DECADES = 4, 8
MOST_TICKS = 4
# A Vega expression: seconds with the unit that suits each tick of an axis.
SECONDS = (
    "datum.value < 0.001"
    " ? format(datum.value * 1e6, ',~g') + ' \N{GREEK SMALL LETTER MU}s'"
    " : datum.value < 1 ? format(datum.value * 1e3, ',~g') + ' ms'"
    " : format(datum.value, '~s') + ' s'"
)


def draw_break_even_chart(group: CellGroup) -> Spec:
    """Return each variant in colour, the baseline dashed, all others faint."""
    costs = [(cell, timing) for cell, timing in group.timed if is_known(timing.start_s)]
    decades = _count_decades([timing for _, timing in costs])
    panels = [cell.variant for cell, _ in costs if not cell.is_baseline]
    rows = [
        row
        for panel in panels
        for cell, timing in costs
        for row in _curve_rows(cell, timing, panel=panel, decades=decades)
    ]
    rows += [
        _make_break_even_row(
            cell.variant, timing, baseline=group.baseline_timing, limit=10.0**decades
        )
        for cell, timing in costs
        if not cell.is_baseline
    ]
    colours = assign_looks(group.lines)
    for row in rows:
        row["colour"] = colours[row["panel"]].colour
    return make_spec(_draw_panels(rows, panels=panels, decades=decades), rows=rows)


def _count_decades(timings: list[TimingRow]) -> int:
    """Return the number of powers of ten that show every crossing, within limits."""
    crossings = [t.break_even_steps for t in timings if isfinite(t.break_even_steps)]
    furthest = max([1.0, *crossings])
    return min(MOST_DECADES, max(LEAST_DECADES, ceil(log10(furthest) + 0.5)))


def _curve_rows(
    cell: CellResult, timing: TimingRow, *, panel: str, decades: int
) -> Iterator[dict[str, Any]]:
    role = "this" if cell.variant == panel else "other"
    role = "baseline" if cell.is_baseline else role
    for number in range(decades * POINTS_PER_DECADE + 1):
        step = 10.0 ** (number / POINTS_PER_DECADE)
        yield {
            "panel": panel,
            "variant": cell.variant,
            "role": role,
            "steps": step,
            "time": timing.cumulative_s(step),
        }


def _make_break_even_row(
    variant: str, timing: TimingRow, *, baseline: TimingRow | None, limit: float
) -> dict[str, Any]:
    """Return the text of a panel, and its dot and band if the curves cross."""
    found = describe_break_even(timing, baseline=baseline)
    point = timing.break_even_steps
    row: dict[str, Any] = {"panel": variant, "role": "text", "text": found.label}
    is_crossing = found.outcome in (Outcome.REACHED, Outcome.REACHED_OR_NEVER)
    if is_crossing and 0 < point <= limit:
        row |= {"role": "crossing", "steps": point, "time": timing.cumulative_s(point)}
        if is_known(timing.break_even_low) and is_known(timing.break_even_high):
            row |= {"low": max(1.0, timing.break_even_low)}
            row |= {"high": min(limit, timing.break_even_high)}
    return row


def _draw_panels(
    rows: list[dict[str, Any]], *, panels: list[str], decades: int
) -> Drawing:
    base = alt.Chart()
    x = alt.X(
        "steps:Q",
        title=None,
        scale=alt.Scale(type="log", domain=[1, 10.0**decades], nice=False),
        axis=_make_axis(0, decades, expression="format(datum.value, '~s')"),
    )
    times = [row["time"] for row in rows if "time" in row]
    low, high = floor(log10(min(times))), ceil(log10(max(times)))
    y = alt.Y(
        "time:Q",
        title=None,
        scale=alt.Scale(type="log", domain=[10.0**low, 10.0**high], nice=False),
        axis=_make_axis(low, high, expression=SECONDS),
    )
    return (
        alt.layer(
            *_draw_crossings(base),
            *(
                _draw_curve(base, role=role, **style).encode(x=x, y=y)
                for role, style in CURVES.items()
            ),
            *_draw_texts(base),
            data=alt.NamedData(name="rows"),
        )
        .properties(width=WIDTH, height=HEIGHT)
        .facet(
            facet=alt.Facet("panel:N", sort=panels, title=None),
            columns=COLUMNS,
            spacing={"row": 10, "column": 14},
            title=alt.TitleParams(
                "time (up) against training steps (right), both logarithmic",
                fontWeight="normal",
            ),
        )
        .resolve_axis(x="independent", y="independent")
    )


def _make_axis(low: int, high: int, *, expression: str) -> alt.Axis:
    """Return an axis with ticks at powers of ten, as many as fit."""
    every = ceil((high - low) / MOST_TICKS)
    return alt.Axis(
        values=[10.0**power for power in range(low, high + 1, every)],
        labelExpr=expression,
        labelFlush=False,
        grid=False,
    )


CURVES: dict[str, dict[str, Any]] = {
    "other": {"strokeWidth": 1, "color": MUTED, "opacity": 0.3},
    "this": {"strokeWidth": 3},
    "baseline": {"strokeWidth": 1.5, "strokeDash": [5, 3], "color": INK},
}


def _draw_curve(base: Drawing, *, role: str, **style: Any) -> Drawing:  # noqa: ANN401
    mark = base.transform_filter(f"datum.role == '{role}'").mark_line(**style)
    mark = mark.encode(detail="variant:N")
    if "color" in style:
        return mark
    return mark.encode(color=alt.Color("colour:N", scale=None, legend=None))


def _draw_crossings(base: Drawing) -> list[Drawing]:
    crossing = base.transform_filter("datum.role == 'crossing'")
    return [
        crossing.mark_rect(color=BAND).encode(x="low:Q", x2="high:Q"),
        crossing.mark_rule(color=MUTED).encode(
            x="steps:Q", y="time:Q", y2=alt.value(HEIGHT)
        ),
    ]


def _draw_texts(base: Drawing) -> list[Drawing]:
    crossing = base.transform_filter("datum.role == 'crossing'")
    text = base.transform_filter("isValid(datum.text)")
    return [
        crossing.mark_point(filled=True, size=60, color=INK, opacity=1).encode(
            x="steps:Q", y="time:Q"
        ),
        text.mark_text(align="left", baseline="top", color=INK).encode(
            x=alt.value(5), y=alt.value(3), text="text:N"
        ),
    ]
