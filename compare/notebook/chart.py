"""The chart of a comparison: the ratio of times, and each difference by its tolerance.

A specification of Vega-Lite; nothing here needs Altair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compare.notebook.text import select_listed
from compare.render.visible import make_all_visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.notebook.facts import ComparedTimes, ComparisonFacts

Spec = dict[str, Any]

WIDTH, ROW = 420, 22
BLUE, GREY = "#4c8fd6", "#888888"  # at least 3:1 on white and on black
LABEL_WIDTH = 260
LOGARITHMIC: Spec = {
    "scale": {"type": "log", "nice": False, "padding": 12},
    "axis": {"tickCount": 5, "labelOverlap": "greedy", "format": ".3~g"},
}


def build_chart(facts: ComparisonFacts) -> Spec | None:
    """Return the chart of a comparison; None if there is nothing to draw."""
    views = [*_draw_times(facts), *_draw_shares(facts)]
    return make_all_visible({"vconcat": views}) if views else None


def _draw_times(facts: ComparisonFacts) -> Iterator[Spec]:
    rows = list(_list_ratios(facts.times, a=facts.a, b=facts.b))
    if not rows:
        return
    y = _name_axis("what")
    x = {"field": "low", "type": "quantitative", **LOGARITHMIC}
    interval = {"x": {**x, "title": "ratio"}, "x2": {"field": "high"}, "y": y}
    yield {
        "title": f"Time relative to {facts.a}, with 99% interval",
        "width": WIDTH,
        "height": {"step": ROW},
        "data": {"values": rows},
        "layer": [
            _draw_rule(),
            {
                "mark": {"type": "rule", "color": BLUE, "strokeWidth": 2},
                "encoding": interval,
            },
            {
                "mark": {
                    "type": "point",
                    "color": BLUE,
                    "filled": True,
                    "size": 60,
                    "opacity": 1,
                },
                "encoding": {"x": {**x, "field": "ratio"}, "y": y},
            },
        ],
    }


def _list_ratios(times: ComparedTimes, *, a: str, b: str) -> Iterator[Spec]:
    if times.low is not None:
        yield {"what": b, "ratio": times.ratio, "low": times.low, "high": times.high}
    if times.control_low is not None:
        control = {"low": times.control_low, "high": times.control_high}
        yield {"what": f"{a} again (control)", "ratio": times.control, **control}


def _draw_shares(facts: ComparisonFacts) -> Iterator[Spec]:
    rows = [
        {"tensor": t.quantity, "dtype": check.dtype, "share": t.share}
        for check in facts.checks
        for t in select_listed(check)
        if t.share  # a logarithmic axis has no zero
    ]
    if not rows:
        return
    yield {
        "title": "Largest difference / tolerance; up to 1 is rounding",
        "width": WIDTH,
        "height": {"step": ROW},
        "data": {"values": rows},
        "layer": [
            _draw_rule(),
            {
                "mark": {
                    "type": "point",
                    "color": BLUE,
                    "filled": True,
                    "size": 60,
                    "opacity": 1,
                },
                "encoding": {
                    "y": _name_axis("tensor"),
                    "x": {
                        "field": "share",
                        "type": "quantitative",
                        **LOGARITHMIC,
                        "title": "share of the tolerance",
                    },
                    "shape": {"field": "dtype", "type": "nominal"},
                },
            },
        ],
    }


def _draw_rule() -> Spec:
    """Return a dashed line at 1."""
    return {
        "data": {"values": [{"one": 1}]},
        "mark": {"type": "rule", "color": GREY, "strokeDash": [4, 3]},
        "encoding": {"x": {"field": "one", "type": "quantitative"}},
    }


def _name_axis(field: str) -> Spec:
    axis = {"labelLimit": LABEL_WIDTH}
    return {
        "field": field,
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": axis,
    }
