"""Ratios to the baseline as dots with their intervals, on a log axis."""

from __future__ import annotations

from itertools import chain
from math import ceil, floor, isfinite
from typing import TYPE_CHECKING, Any

import altair as alt

from compare.render.encoding import encode_variants, make_spec
from compare.render.format import format_ratio, is_known
from compare.render.palette import BAND, INK, MUTED, PAPER, assign_looks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from compare.render.encoding import Drawing
    from compare.render.svg import Spec
    from compare.results.cells import CellGroup, CellResult

WIDTH, ROW_HEIGHT = 160, 25
# Steps of the axis from fine to coarse; the first with few enough ticks is used.
FINENESS = (0.01, 0.02, 0.05, 0.1, 0.2)
COARSE = ((1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0), (1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))
SPARSE = (10, 100, 1000)  # the ratio of one tick to the next on very long axes
MOST_TICKS = 5
WIDEST = 4.0  # an interval is cut off at this factor beyond the points


def draw_ratio_chart(group: CellGroup) -> Spec:
    """Return one row per variant, over the interval of the control as a band."""
    control = (group.control,) if group.control else ()
    cells = (*group.lines, *control)
    rows = list(_rows(group, cells))
    order = [cell.variant for cell in cells]
    chart = alt.layer(
        *_draw_noise_floor(group.control),
        _draw_line_at_one(),
        *_draw_marks(scale=_choose_scale(rows), order=order, baseline=group.baseline),
    ).properties(width=WIDTH, height=alt.Step(ROW_HEIGHT))
    return make_spec(chart, rows=rows)


def choose_ticks(low: float, high: float) -> list[float]:
    """Return a few round numbers between two; 1 is among them if it is between."""
    candidates = chain(
        (_linear_ticks(low, high, step=step) for step in FINENESS),
        (_power_ticks(low, high, digits=digits, base=10) for digits in COARSE),
        (_power_ticks(low, high, digits=(1.0,), base=base) for base in SPARSE),
    )
    sets = (ticks for ticks in candidates if 1 < len(ticks) <= MOST_TICKS)
    return next(sets, [1.0])


def _linear_ticks(low: float, high: float, *, step: float) -> list[float]:
    first, last = ceil(low / step), floor(high / step)
    if last - first > MOST_TICKS:
        return []  # do not build a long list only to reject it
    return [round(number * step, 6) for number in range(first, last + 1)]


def _power_ticks(
    low: float, high: float, *, digits: Iterable[float], base: int
) -> list[float]:
    powers = (float(base) ** power for power in range(-6, 7))
    ticks = sorted(digit * power for power in powers for digit in digits)
    return [tick for tick in ticks if low <= tick <= high]


def _rows(group: CellGroup, cells: Iterable[CellResult]) -> Iterator[dict[str, Any]]:
    look = assign_looks(group.lines)
    for cell in cells:
        colour = look[cell.variant].colour if cell.variant in look else MUTED
        row: dict[str, Any] = {"variant": cell.variant, "colour": colour}
        row["text"] = _label_ratio(cell)
        timing = cell.timing
        if cell.is_baseline and timing:
            row |= {"ratio": 1, "fill": colour, "shape": "circle"}
            yield row
            continue
        if timing is None or not is_known(timing.ratio):
            yield row
            continue
        is_proven = timing.excludes_one and not cell.is_unproven
        row |= {"ratio": timing.ratio, "fill": colour if is_proven else PAPER}
        row |= {"shape": "diamond" if cell.cell.family == "static" else "circle"}
        if timing.has_interval and isfinite(timing.ratio_high):
            row |= {"low": timing.ratio_low, "high": timing.ratio_high}
        yield row


def _label_ratio(cell: CellResult) -> str:
    if cell.is_baseline and cell.timing:
        return "1, baseline"
    if cell.is_missing:
        return cell.state
    timing = cell.timing
    if timing is None or not is_known(timing.ratio):
        return "no ratio"
    return format_ratio(timing.ratio, timing.ratio_low, timing.ratio_high)


def _choose_scale(rows: list[dict[str, Any]]) -> alt.X:
    """Return a log axis that one very wide interval does not stretch."""
    points = [1.0, *(row["ratio"] for row in rows if "ratio" in row)]
    low, high = min(points) / WIDEST, max(points) * WIDEST
    ends = [row[end] for row in rows for end in ("low", "high") if end in row]
    low = max(low, min([*points, *ends]) / 1.08)
    high = min(high, max([*points, *ends]) * 1.08)
    return alt.X(
        "ratio:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(values=choose_ticks(low, high), format="~g", domain=False),
    )


def _draw_noise_floor(control: CellResult | None) -> list[Drawing]:
    """Return the interval of the control: the ratio of a variant to itself."""
    timing = control.timing if control else None
    if timing is None or not timing.has_interval:
        return []
    band = alt.InlineData(values=[{"low": timing.ratio_low, "high": timing.ratio_high}])
    mark = alt.Chart(band).mark_rect(color=BAND, clip=True)
    return [mark.encode(x="low:Q", x2="high:Q")]


def _draw_line_at_one() -> Drawing:
    one = alt.Chart(alt.InlineData(values=[{"ratio": 1}]))
    return one.mark_rule(color=INK, strokeWidth=1).encode(x="ratio:Q")


def _draw_marks(*, scale: alt.X, order: list[str], baseline: str) -> list[Drawing]:
    chart = alt.Chart(alt.NamedData(name="rows")).encode(y=encode_variants(order))
    colour = alt.Color("colour:N", scale=None, legend=None)
    title = f"step time / step time of {baseline} (log)"
    intervals = chart.mark_rule(strokeWidth=3, clip=True).encode(
        x=alt.X("low:Q", title=title), x2="high:Q", color=colour
    )
    points = chart.mark_point(size=40, strokeWidth=2, opacity=1).encode(
        x=scale.title(title),
        shape=alt.Shape("shape:N", scale=None, legend=None),
        fill=alt.Fill("fill:N", scale=None, legend=None),
        stroke=alt.Stroke("colour:N", scale=None, legend=None),
    )
    figures = chart.mark_text(align="left").encode(
        x=alt.value(WIDTH + 10), text="text:N"
    )
    return [intervals, points, figures]
