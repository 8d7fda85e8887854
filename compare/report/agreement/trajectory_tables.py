"""Tables of a trajectory: the growth of errors, and the figures of its chart."""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf, nan
from typing import TYPE_CHECKING

from compare.render.format import DASH, TIMES, format_factor, format_number, is_known
from compare.render.table import Field, Table, Value, tabulate
from compare.report.agreement.growth import growth_per_step
from compare.runs.tables import AGREEMENT

if TYPE_CHECKING:
    from compare.report.agreement.trajectory import BySteps, Trajectory

MAX_STEPS = 40  # rows of a table


@dataclass(frozen=True, kw_only=True)
class GrowthRow:
    """One curve, or one edge of the band."""

    name: str
    errors: BySteps
    left: Value | str  # the first step out of tolerance


def tabulate_growth(trajectory: Trajectory) -> Table:
    """Return the growth per step of every variant and of both edges of the band."""
    return tabulate(
        f"{trajectory.heading}: growth of errors",
        fields=(
            Field(title="variant", show=lambda x: x.name, kind="word"),
            Field(title="growth per step", show=lambda x: format_growth(x.errors)),
            Field(title="first out of tolerance", show=lambda x: x.left, kind="word"),
        ),
        items=[
            GrowthRow(name=name, errors=errors, left=_show_left(trajectory, name))
            for name, errors in trajectory.curves.items()
        ],
    )


def tabulate_errors(trajectory: Trajectory) -> Table:
    """Return the errors of every variant and the band, one row per step.

    Of a long trajectory, the table has the steps with the largest errors.
    """
    columns, steps = trajectory.curves, trajectory.pick_steps(MAX_STEPS)

    def build_field(name: str) -> Field[int]:
        series = columns[name]
        return Field(title=name, show=lambda step: _format_error(series.get(step, nan)))

    return tabulate(
        f"{trajectory.heading}: largest relative error per step",
        fields=(
            Field(title="step", show=lambda step: f"{step}"),
            *(build_field(name) for name in columns),
        ),
        items=steps,
        note=_describe_omission(trajectory, shown=len(steps)),
    )


def _describe_omission(trajectory: Trajectory, *, shown: int) -> str:
    left_out = len(trajectory.steps) - shown
    if not left_out:
        return ""
    return (
        f"{left_out:,} of {len(trajectory.steps):,} steps are left out; "
        f"{AGREEMENT.file} has all. Shown: the largest error of each part of the "
        "trajectory, and the steps at which a variant is first out of tolerance."
    )


def _format_error(error: float) -> str:
    return "not finite" if isinf(error) else format_number(error)


def format_growth(errors: BySteps) -> str:
    """Return the factor per step, or a dash."""
    growth = growth_per_step(errors)
    return f"{TIMES}{format_factor(growth)[:-1]}" if is_known(growth) else DASH


def _show_left(trajectory: Trajectory, name: str) -> Value | str:
    if name not in trajectory.errors:
        return DASH
    if name in trajectory.left:
        return Value(text=f"step {trajectory.left[name]}", tone="bad")
    decided = trajectory.decided[name]
    if not decided:
        return Value(text="undecided", tone="quiet")
    return Value(text="never" if decided == 1 else "never where decided", tone="good")
