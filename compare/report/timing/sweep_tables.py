"""The tables of a sweep: ratios by size, and what each step and each unit cost."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from compare.render.format import (
    DASH,
    format_nanoseconds,
    format_number,
    format_percent,
    is_known,
)
from compare.render.table import Field, tabulate
from compare.report.timing.verdict_tables import RATIO, STEP_TIME
from compare.runs.record import REPLICAS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.render.table import Table, Value
    from compare.results.sweep import Crossing, Sweep, SweptVariant

MISFIT = 0.2  # above it, the step time is no line in this size


def tabulate_sweep(sweep: Sweep) -> Iterator[Table]:
    """Yield the ratios at every size, then the costs of a step.

    A number of replicas has no costs per unit: it divides the work of a step.
    """
    yield tabulate(
        f"{sweep.heading}: step time against {sweep.baseline}, by {sweep.size}",
        fields=(
            Field(title="variant", show=lambda x: x.variant, kind="word"),
            *(
                Field(title=f"{value:g}", show=partial(_show_ratio, at=number))
                for number, value in enumerate(sweep.values)
            ),
        ),
        items=sweep.variants,
        note="Ratio with its 95% interval.",
    )
    if sweep.size == REPLICAS:
        return
    yield tabulate(
        f"{sweep.heading}: cost of a step, by {sweep.size}",
        fields=(
            Field(title="variant", show=lambda x: x.variant, kind="word"),
            Field(
                title="takes less time",
                show=lambda x: describe_crossing(x, sweep),
                kind="prose",
            ),
            Field(title="fixed", show=_show_fixed),
            Field(title=f"per unit of {sweep.size}", show=_show_slope),
            Field(title="largest misfit", show=_show_misfit),
        ),
        items=sweep.variants,
        note="In brackets: the 95% interval of the crossing. A line through the step "
        f"times, by least squares of the relative errors. Above a misfit of "
        f"{format_percent(MISFIT, digits=2)}, the step time is no line in this size.",
    )


def describe_crossing(swept: SweptVariant, sweep: Sweep) -> str:
    """Return the values of the size at which a variant takes less time."""
    if swept.first.is_baseline:
        return "baseline"
    sides = swept.sides
    if not sides:
        return "not decided"
    if len(swept.crossings) == 1:
        return _describe_single(swept.crossings[0])
    faster = [value for value, timing in sides if timing.ratio < 1]
    if len(sides) == len(sweep.values) and len(faster) in (0, len(sides)):
        return "always" if faster else "never"
    named = ", ".join(f"{value:g}" for value in faster or [value for value, _ in sides])
    return f"at {named}" if faster else f"not at {named}"


def _describe_single(crossing: Crossing) -> str:
    at = format_number(crossing.at.estimate, digits=2)
    side = f"from about {at} on" if crossing.is_faster else f"up to about {at}"
    low, high = (format_number(end, digits=2) for end in _bounds(crossing))
    return f"{side} ({low}{DASH}{high})"


def _bounds(crossing: Crossing) -> tuple[float, float]:
    """Return the ends of the interval; the measured values where it has none."""
    at = crossing.at
    return (
        at.low if is_known(at.low) else crossing.low,
        at.high if is_known(at.high) else crossing.high,
    )


def _show_ratio(swept: SweptVariant, *, at: int) -> Value | str:
    _, cell = swept.cells[at]
    if cell.is_missing:
        return cell.state
    return (STEP_TIME if cell.is_baseline else RATIO).show(cell)


def _show_fixed(swept: SweptVariant) -> str:
    return format_nanoseconds(swept.line.fixed if swept.line else None)


def _show_slope(swept: SweptVariant) -> str:
    return format_nanoseconds(swept.line.per_unit if swept.line else None)


def _show_misfit(swept: SweptVariant) -> str:
    return format_percent(swept.line.misfit if swept.line else None, digits=2)
