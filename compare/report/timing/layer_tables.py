"""The tables on what a library costs above the framework that it runs on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from compare.render.format import DASH, format_nanoseconds, format_ratio
from compare.render.table import Field, Value, tabulate
from compare.report.timing.verdict_tables import AGREES, CAPTURES, REASON, STEP_TIME
from compare.results.cells import join_doubts, mark_doubts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.render.table import Table
    from compare.results.cells import CellGroup, CellResult
    from compare.results.layers import LayerCost


def tabulate_layers(costs: Sequence[LayerCost]) -> Iterator[Table]:
    """Yield the cost of every layer, and the step times of all variants of the pairs.

    None without a pair.
    """
    if costs:
        yield tabulate_layer_costs(costs)
        yield tabulate_columns(costs)


def tabulate_layer_costs(costs: Sequence[LayerCost]) -> Table:
    """Return one row per workload, framework and mode: both step times, their ratio."""
    return tabulate(
        "What the layer above costs",
        fields=(
            Field(title="workload", show=_show_workload, kind="word"),
            Field(title="above", show=lambda x: x.above.variant, kind="word"),
            Field(title="below", show=lambda x: x.below.variant, kind="word"),
            Field(title="ratio (95% interval)", show=_show_ratio),
            Field(
                title="agree?",
                show=lambda x: _show_both(AGREES, x),
                kind="prose",
                optional=True,
            ),
            Field(title="step time above", show=lambda x: STEP_TIME.show(x.above)),
            Field(title="step time below", show=lambda x: STEP_TIME.show(x.below)),
            Field(title="capture", show=lambda x: _show_both(CAPTURES, x), kind="word"),
            Field(title="reason", show=_show_reason, kind="prose", optional=True),
        ),
        items=costs,
        note="Ratio of step times, above to below, in the same rounds, with a 95% "
        "interval over launches, each pair by itself. Agreement and captured part: "
        "above, then below if it differs.",
    )


def tabulate_columns(costs: Sequence[LayerCost]) -> Table:
    """Return one row per workload, and one column per variant of the pairs."""
    variants = dict.fromkeys(
        cell.variant for cost in costs for cell in (cost.below, cost.above)
    )
    groups = {cost.group.heading: cost.group for cost in costs}
    return tabulate(
        "Step time of each variant, with and without the layer",
        fields=(
            Field(title="workload", show=lambda g: g.heading, kind="word"),
            *(
                Field(title=variant, show=partial(_show_step_time, variant=variant))
                for variant in variants
            ),
        ),
        items=groups.values(),
    )


def _show_step_time(group: CellGroup, *, variant: str) -> Value | str:
    cell = next((each for each in group.lines if each.variant == variant), None)
    if cell is None:
        return DASH
    if cell.is_missing:
        return Value(text=cell.state, tone="bad")
    return format_nanoseconds(cell.timing.step_time_ns if cell.timing else None)


def _show_workload(cost: LayerCost) -> str:
    return mark_doubts(cost.group.heading, join_doubts(cost.group))


def _show_ratio(cost: LayerCost) -> Value | str:
    missing = next((c for c in (cost.above, cost.below) if c.is_missing), None)
    if missing is not None:
        return Value(text=missing.state, tone="bad")
    ratio = cost.ratio
    return format_ratio(ratio.estimate, ratio.low, ratio.high)


def _show_both(field: Field[CellResult], cost: LayerCost) -> Value:
    """Return what a field shows of both; once if it is the same."""
    above, below = field.value(cost.above), field.value(cost.below)
    if above == below:
        return above
    worse = below if below.tone == "bad" else above
    return Value(text=f"{above.text}; below: {below.text}", tone=worse.tone)


def _show_reason(cost: LayerCost) -> str:
    return "; ".join(
        f"{cell.variant}: {REASON.value(cell).text}"
        for cell in (cost.above, cost.below)
        if cell.is_missing
    )
