"""Cumulative time against steps, one panel a variant: crossings are break-evens."""

from __future__ import annotations

from math import ceil, floor, isfinite, isinf, log10
from typing import TYPE_CHECKING, Any

import altair as alt

from compare.render.encoding import drawn
from compare.render.format import DASH, known, step_count, steps
from compare.render.palette import BAND, INK, MUTED, looks

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
# In Vega's own language: an axis of seconds with the unit that suits each tick.
SECONDS = (
    "datum.value < 0.001"
    " ? format(datum.value * 1e6, ',~g') + ' \N{GREEK SMALL LETTER MU}s'"
    " : datum.value < 1 ? format(datum.value * 1e3, ',~g') + ' ms'"
    " : format(datum.value, '~s') + ' s'"
)


def break_even_chart(comparison: CellGroup) -> Spec:
    """Each variant in colour, the baseline dashed, all others faint behind."""
    known_costs = [(line, t) for line, t in comparison.timed if known(t.start_s)]
    decades = _decades([timing for _, timing in known_costs])
    panels = [line.variant for line, _ in known_costs if not line.is_baseline]
    rows = [
        row
        for panel in panels
        for line, timing in known_costs
        for row in _series(line, timing, panel=panel, decades=decades)
    ]
    colours, baseline = looks(comparison.lines), comparison.baseline_timing
    for line, timing in known_costs:
        if not line.is_baseline:
            row = _crossing(line, timing, limit=10.0**decades)
            ahead = timing.cheaper_until(baseline) if baseline else 0.0
            if isinf(timing.break_even_steps) and ahead >= 1:
                row["text"] = f"only for {step_count(ahead)} steps"
            rows.append(row)
    for row in rows:
        row["colour"] = colours[row["panel"]].colour
    return drawn(_panels(rows, panels=panels, decades=decades), rows=rows)


def _decades(timings: list[TimingRow]) -> int:
    """As many powers of ten as show every crossing, within reason."""
    crossings = [t.break_even_steps for t in timings if isfinite(t.break_even_steps)]
    furthest = max([1.0, *crossings])
    return min(MOST_DECADES, max(LEAST_DECADES, ceil(log10(furthest) + 0.5)))


def _series(
    line: CellResult, timing: TimingRow, *, panel: str, decades: int
) -> Iterator[dict[str, Any]]:
    role = "this" if line.variant == panel else "other"
    role = "baseline" if line.is_baseline else role
    for number in range(decades * POINTS_PER_DECADE + 1):
        step = 10.0 ** (number / POINTS_PER_DECADE)
        yield {
            "panel": panel,
            "variant": line.variant,
            "role": role,
            "steps": step,
            "time": timing.cumulative_s(step),
        }


def _crossing(line: CellResult, timing: TimingRow, *, limit: float) -> dict[str, Any]:
    point = timing.break_even_steps
    row: dict[str, Any] = {"panel": line.variant, "role": "said", "text": _said(point)}
    if known(point) and 0 < point <= limit:
        row |= {"role": "crossing", "steps": point, "time": timing.cumulative_s(point)}
        if known(timing.break_even_low) and known(timing.break_even_high):
            row |= {"low": max(1.0, timing.break_even_low)}
            row |= {"high": min(limit, timing.break_even_high)}
    return row


def _said(point: float) -> str:
    said = steps(point)
    if said == DASH:
        return "not known"
    return f"after {said}" if isfinite(point) and point > 0 else said


def _panels(rows: list[dict[str, Any]], *, panels: list[str], decades: int) -> Drawing:
    base = alt.Chart()
    x = alt.X(
        "steps:Q",
        title=None,
        scale=alt.Scale(type="log", domain=[1, 10.0**decades], nice=False),
        axis=_axis(0, decades, expression="format(datum.value, '~s')"),
    )
    times = [row["time"] for row in rows if "time" in row]
    low, high = floor(log10(min(times))), ceil(log10(max(times)))
    y = alt.Y(
        "time:Q",
        title=None,
        scale=alt.Scale(type="log", domain=[10.0**low, 10.0**high], nice=False),
        axis=_axis(low, high, expression=SECONDS),
    )
    return (
        alt.layer(
            *_crossing_marks(base),
            *(
                _line(base, role=role, **style).encode(x=x, y=y)
                for role, style in LINES.items()
            ),
            *_said_marks(base),
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


def _axis(low: int, high: int, *, expression: str) -> alt.Axis:
    """Ticks at powers of ten, as many as there is room for."""
    every = ceil((high - low) / MOST_TICKS)
    return alt.Axis(
        values=[10.0**power for power in range(low, high + 1, every)],
        labelExpr=expression,
        labelFlush=False,
        grid=False,
    )


LINES: dict[str, dict[str, Any]] = {
    "other": {"strokeWidth": 1, "color": MUTED, "opacity": 0.3},
    "this": {"strokeWidth": 3},
    "baseline": {"strokeWidth": 1.5, "strokeDash": [5, 3], "color": INK},
}


def _line(base: Drawing, *, role: str, **style: Any) -> Drawing:  # noqa: ANN401
    mark = base.transform_filter(f"datum.role == '{role}'").mark_line(**style)
    mark = mark.encode(detail="variant:N")
    if "color" in style:
        return mark
    return mark.encode(color=alt.Color("colour:N", scale=None, legend=None))


def _crossing_marks(base: Drawing) -> list[Drawing]:
    crossing = base.transform_filter("datum.role == 'crossing'")
    return [
        crossing.mark_rect(color=BAND).encode(x="low:Q", x2="high:Q"),
        crossing.mark_rule(color=MUTED).encode(
            x="steps:Q", y="time:Q", y2=alt.value(HEIGHT)
        ),
    ]


def _said_marks(base: Drawing) -> list[Drawing]:
    crossing = base.transform_filter("datum.role == 'crossing'")
    said = base.transform_filter("isValid(datum.text)")
    return [
        crossing.mark_point(filled=True, size=60, color=INK, opacity=1).encode(
            x="steps:Q", y="time:Q"
        ),
        said.mark_text(align="left", baseline="top", color=INK).encode(
            x=alt.value(5), y=alt.value(3), text="text:N"
        ),
    ]
