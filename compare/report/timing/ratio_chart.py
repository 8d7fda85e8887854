"""Ratios to the baseline as dots with their intervals, on a log axis."""

from __future__ import annotations

from itertools import chain
from math import ceil, floor, isfinite
from typing import TYPE_CHECKING, Any

import altair as alt

from compare.render.encoding import drawn, variant_rows
from compare.render.format import known, ratio
from compare.render.palette import BAND, INK, MUTED, PAPER, looks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from compare.render.encoding import Drawing
    from compare.render.svg import Spec
    from compare.results.cells import CellGroup, CellResult

WIDTH, ROW_HEIGHT = 160, 25
# Steps of the axis from fine to coarse; the first with few enough ticks is taken.
FINENESS = (0.01, 0.02, 0.05, 0.1, 0.2)
COARSE = ((1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0), (1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))
SPARSE = (10, 100, 1000)  # the ratio of one tick to the next where digits are too many
MOST_TICKS = 5
WIDEST = 4.0  # an interval is cut off where it leaves all points this far behind


def ratio_chart(comparison: CellGroup) -> Spec:
    """One row a variant, the control's interval as a band behind all."""
    control = (comparison.control,) if comparison.control else ()
    lines = (*comparison.lines, *control)
    rows = list(_rows(comparison, lines))
    order = [line.variant for line in lines]
    chart = alt.layer(
        *_noise(comparison.control),
        _reference(),
        *_marks(scale=_scale(rows), order=order, baseline=comparison.baseline),
    ).properties(width=WIDTH, height=alt.Step(ROW_HEIGHT))
    return drawn(chart, rows=rows)


def log_ticks(low: float, high: float) -> list[float]:
    """A few round numbers between two, 1 among them where it lies between."""
    candidates = chain(
        (_linear(low, high, step=step) for step in FINENESS),
        (_powers(low, high, digits=digits, base=10) for digits in COARSE),
        (_powers(low, high, digits=(1.0,), base=base) for base in SPARSE),
    )
    sets = (ticks for ticks in candidates if 1 < len(ticks) <= MOST_TICKS)
    return next(sets, [1.0])


def _linear(low: float, high: float, *, step: float) -> list[float]:
    first, last = ceil(low / step), floor(high / step)
    if last - first > MOST_TICKS:
        return []  # too many, however many
    return [round(number * step, 6) for number in range(first, last + 1)]


def _powers(
    low: float, high: float, *, digits: Iterable[float], base: int
) -> list[float]:
    powers = (float(base) ** power for power in range(-6, 7))
    ticks = sorted(digit * power for power in powers for digit in digits)
    return [tick for tick in ticks if low <= tick <= high]


def _rows(
    comparison: CellGroup, lines: Iterable[CellResult]
) -> Iterator[dict[str, Any]]:
    look = looks(comparison.lines)
    for line in lines:
        colour = look[line.variant].colour if line.variant in look else MUTED
        row: dict[str, Any] = {"variant": line.variant, "colour": colour}
        row["text"] = _text(line)
        timing = line.timing
        if line.is_baseline and timing:
            row |= {"ratio": 1, "fill": colour, "shape": "circle"}
            yield row
            continue
        if timing is None or not known(timing.ratio):
            yield row
            continue
        settled = timing.excludes_one and not line.is_unproven
        row |= {"ratio": timing.ratio, "fill": colour if settled else PAPER}
        row |= {"shape": "diamond" if line.cell.family == "static" else "circle"}
        if timing.has_interval and isfinite(timing.ratio_high):
            row |= {"low": timing.ratio_low, "high": timing.ratio_high}
        yield row


def _text(line: CellResult) -> str:
    if line.is_baseline and line.timing:
        return "1, baseline"
    if line.is_missing:
        return line.state
    timing = line.timing
    if timing is None or not known(timing.ratio):
        return "no ratio"
    return ratio(timing.ratio, timing.ratio_low, timing.ratio_high)


def _scale(rows: list[dict[str, Any]]) -> alt.X:
    """The log axis; one very wide interval does not squeeze everything else."""
    points = [1.0, *(row["ratio"] for row in rows if "ratio" in row)]
    low, high = min(points) / WIDEST, max(points) * WIDEST
    ends = [row[end] for row in rows for end in ("low", "high") if end in row]
    low = max(low, min([*points, *ends]) / 1.08)
    high = min(high, max([*points, *ends]) * 1.08)
    return alt.X(
        "ratio:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(values=log_ticks(low, high), format="~g", domain=False),
    )


def _noise(control: CellResult | None) -> list[Drawing]:
    """The control's interval: what this run measures between equals."""
    timing = control.timing if control else None
    if timing is None or not timing.has_interval:
        return []
    band = alt.InlineData(values=[{"low": timing.ratio_low, "high": timing.ratio_high}])
    mark = alt.Chart(band).mark_rect(color=BAND, clip=True)
    return [mark.encode(x="low:Q", x2="high:Q")]


def _reference() -> Drawing:
    one = alt.Chart(alt.InlineData(values=[{"ratio": 1}]))
    return one.mark_rule(color=INK, strokeWidth=1).encode(x="ratio:Q")


def _marks(*, scale: alt.X, order: list[str], baseline: str) -> list[Drawing]:
    chart = alt.Chart(alt.NamedData(name="rows")).encode(y=variant_rows(order))
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
