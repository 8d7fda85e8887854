"""The timing charts of a report, with captions and descriptions in words."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from compare.render.format import (
    DASH,
    format_bytes,
    format_ratio,
    format_seconds,
    is_known,
)
from compare.render.svg import CHARTS_ARE_INSTALLED
from compare.report.run.figures import Figure, describe_chart, draw_nothing
from compare.report.timing.break_even import Outcome, describe_break_even
from compare.report.timing.scaling_tables import show_speedup
from compare.report.timing.sweep_tables import describe_crossing

if TYPE_CHECKING:
    from collections.abc import Callable

    from compare.results.cells import CellGroup
    from compare.results.scaling import Scaling
    from compare.results.sweep import Sweep
    from compare.runs.rows import TimingRow

if TYPE_CHECKING or CHARTS_ARE_INSTALLED:
    from compare.report.timing.bar_charts import draw_memory_chart, draw_start_chart
    from compare.report.timing.break_even_chart import draw_break_even_chart
    from compare.report.timing.price_chart import draw_price_chart
    from compare.report.timing.ratio_chart import draw_ratio_chart
    from compare.report.timing.scaling_chart import draw_scaling_chart
    from compare.report.timing.sweep_chart import draw_sweep_chart
else:
    draw_memory_chart = draw_start_chart = draw_nothing
    draw_break_even_chart = draw_ratio_chart = draw_sweep_chart = draw_nothing
    draw_price_chart = draw_scaling_chart = draw_nothing


def make_ratio_figure(group: CellGroup) -> Figure | None:
    """Return the chart of ratios to the baseline; ``None`` without ratios."""
    if not any(is_known(t.ratio) for cell, t in group.timed if not cell.is_baseline):
        return None
    unproven = "Unproven: the band excludes 1. " if group.is_unproven else ""
    return Figure(
        ident="ratio",
        heading=group.heading,
        label=_describe_timed(
            group,
            f"Dot plot of step times on {group.heading} as ratios to "
            f"{group.baseline}, with 95% intervals",
            lambda t: format_ratio(t.ratio, t.ratio_low, t.ratio_high),
        ),
        caption=f"{unproven}Left of the line at 1: a step takes less time than with "
        f"{group.baseline}. Filled: the interval excludes 1. Hollow: it does not, or "
        "the run is unproven. Circle: dynamic. Diamond: static. Grey band: the control "
        "(the baseline against itself), which is the noise floor of this run.",
        draw=partial(draw_ratio_chart, group),
    )


def make_sweep_figure(sweep: Sweep) -> Figure | None:
    """Return the chart of ratios against a size; ``None`` without ratios."""
    values = [
        (swept.variant, describe_crossing(swept, sweep))
        for swept in sweep.variants
        if not swept.first.is_baseline
        and any(is_known(timing.ratio) for _, timing in swept.timed)
    ]
    if not values:
        return None
    return Figure(
        ident="sweep",
        heading=sweep.heading,
        label=describe_chart(
            f"Lines of step times on {sweep.heading} as ratios to {sweep.baseline}, "
            f"against {sweep.size}, both axes logarithmic. Where each variant takes "
            "less time",
            values,
        ),
        caption=f"Below the line at 1: a step takes less time than with "
        f"{sweep.baseline}. Vertical bars: 95% intervals.",
        draw=partial(draw_sweep_chart, sweep),
    )


def make_scaling_figure(scaling: Scaling) -> Figure | None:
    """Return the chart of speed-ups; ``None`` if no variant has several numbers."""
    fewest = min(scaling.numbers)
    values = [
        (f"{step.variant}, {step.replicas}", show_speedup(step, fewest=fewest))
        for step in scaling.steps
        if step.replicas != fewest
    ]
    if not values:
        return None
    return Figure(
        ident="scaling",
        heading=scaling.heading,
        label=describe_chart(
            f"Lines of speed-ups on {scaling.heading} over {fewest}, against the "
            "number of replicas, both axes logarithmic. Speed-up of each variant with "
            "a number of replicas",
            values,
        ),
        caption="Strong scaling: the batch is fixed. Dotted: the speed-up is the "
        "factor of replicas. Below 1: a step takes more time than with the fewest "
        "replicas. Vertical bars: 95% intervals.",
        draw=partial(draw_scaling_chart, scaling),
    )


def make_price_figure(sweep: Sweep) -> Figure | None:
    """Return the chart of first calls; ``None`` if shapes do not change."""
    lasts = [
        (swept.variant, format_seconds(swept.timed[-1][1].first_call_cold_s))
        for swept in sweep.variants
        if any(is_known(timing.first_call_cold_s) for _, timing in swept.timed)
    ]
    if not lasts or not sweep.changes_structure:
        return None
    return Figure(
        ident="price",
        heading=sweep.heading,
        label=describe_chart(
            f"Lines of the time of the first calls on {sweep.heading}, one step of "
            f"each shape, against {sweep.size}, both axes logarithmic. The time at "
            "the largest size that was timed",
            lasts,
        ),
        caption="The price of capturing: time of the first calls, one step of each "
        "shape, with an empty compile cache. White centre: not captured, steps of "
        "further shapes ran eagerly. A line that ends early: the mode failed there.",
        draw=partial(draw_price_chart, sweep),
    )


def make_break_even_figure(group: CellGroup) -> Figure | None:
    """Return the chart of cumulative time; ``None`` without start costs."""
    costs = [(cell, t) for cell, t in group.timed if is_known(t.start_s)]
    if not any(cell.is_baseline for cell, _ in costs) or len(costs) == 1:
        return None
    unproven = "Unproven timing. " if group.is_unproven else ""

    def show(timing: TimingRow) -> str:
        found = describe_break_even(timing, baseline=group.baseline_timing)
        return DASH if found.outcome is Outcome.UNKNOWN else found.label

    return Figure(
        ident="break-even",
        heading=group.heading,
        label=_describe_timed(
            group,
            f"Cumulative time against training steps on {group.heading}, both axes "
            f"logarithmic. Break-even of each variant with {group.baseline}",
            show,
        ),
        caption=f"{unproven}Time from the start of the process until a number of steps "
        "is done, including import, with an empty compile cache. Colour: the variant. "
        f"Dashed: {group.baseline}. Faint: the others. Dot: break-even. Band: its "
        "interval.",
        draw=partial(draw_break_even_chart, group),
    )


def make_start_figure(group: CellGroup) -> Figure | None:
    """Return the chart of start costs; ``None`` without timing."""
    if not any(is_known(t.start_s) for _, t in group.timed):
        return None
    return Figure(
        ident="start",
        heading=group.heading,
        label=_describe_timed(
            group,
            f"Stacked bars of start costs on {group.heading}: import, prepare, first "
            "call. Time until the first step is done, with an empty compile cache",
            lambda t: format_seconds(t.start_s),
        ),
        caption="Upper bar of each pair: empty compile cache (cold). Lower bar: cache "
        "filled by an earlier process (warm).",
        draw=partial(draw_start_chart, group),
    )


def make_memory_figure(group: CellGroup) -> Figure | None:
    """Return the chart of peak memory; ``None`` if it is unknown."""
    if not any(is_known(t.peak_rss_bytes) for _, t in group.timed):
        return None
    return Figure(
        ident="memory",
        heading=group.heading,
        label=_describe_timed(
            group,
            f"Stacked bars of the peak memory of each worker on {group.heading}",
            _show_memory,
        ),
        caption="Peak of the worker process (VmHWM). In brackets: the part in addition "
        "to importing the framework.",
        draw=partial(draw_memory_chart, group),
    )


def _show_memory(timing: TimingRow) -> str:
    peak = format_bytes(timing.peak_rss_bytes)
    if not is_known(timing.peak_rss_bytes) or not is_known(timing.import_rss_bytes):
        return peak
    return f"{peak}, of which import {format_bytes(timing.import_rss_bytes)}"


def _describe_timed(
    group: CellGroup, what: str, show: Callable[[TimingRow], str]
) -> str:
    """Return a chart in words, with the value of each variant but the baseline."""
    values = (
        (cell.variant, show(timing))
        for cell, timing in group.timed
        if not cell.is_baseline
    )
    return describe_chart(what, values)
