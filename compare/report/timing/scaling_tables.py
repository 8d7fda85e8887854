"""The table of step times by number of replicas: speed-up and efficiency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.render.format import (
    format_integer,
    format_nanoseconds,
    format_percent,
    format_ratio,
)
from compare.render.table import Field, tabulate

if TYPE_CHECKING:
    from compare.render.table import Table
    from compare.results.scaling import ScaledStep, Scaling


def tabulate_scaling(scaling: Scaling) -> Table:
    """Return one row per variant and number of replicas."""
    fewest = min(scaling.numbers)
    return tabulate(
        f"{scaling.heading}: scaling with replicas",
        fields=(
            Field(title="variant", show=lambda x: x.variant, kind="word"),
            Field(title="replicas", show=lambda x: format_integer(x.replicas)),
            Field(title="step time", show=lambda x: format_nanoseconds(x.step_time_ns)),
            Field(
                title="speed-up",
                show=lambda x: show_speedup(x, fewest=fewest),
            ),
            Field(title="efficiency", show=lambda x: format_percent(x.efficiency)),
        ),
        items=scaling.steps,
        note="Strong scaling: the batch is the same for every number of replicas, and "
        f"each replica has a share of it. Speed-up: step time with {fewest} divided by "
        "the row's step time, with its 95% interval over launches (Welch's t test). "
        "Efficiency: speed-up divided by the factor of replicas. More replicas use "
        "more threads and processors.",
    )


def show_speedup(step: ScaledStep, *, fewest: int) -> str:
    """Return the speed-up with its interval; exactly 1 for the fewest replicas."""
    if step.replicas == fewest:
        return "1"
    found = step.speedup
    return format_ratio(found.estimate, found.low, found.high)
