"""How errors grow along a trajectory, and every figure of its chart."""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf, nan
from typing import TYPE_CHECKING

from compare.render.format import DASH, factor, significant
from compare.render.table import Field, Table, Value, tabulate
from compare.report.agreement.growth import growth_per_step

if TYPE_CHECKING:
    from compare.report.agreement.trajectory import BySteps, Trajectory


@dataclass(frozen=True, kw_only=True)
class Grown:
    """One curve, or one edge of the band."""

    name: str
    errors: BySteps
    left: Value | str  # when it was first out of tolerance, in words


def growth(trajectory: Trajectory) -> Table:
    """One row a variant and one for each edge of the band: the growth per step."""
    return tabulate(
        f"{trajectory.heading}: growth of the error",
        fields=(
            Field(title="variant", show=lambda x: x.name, kind="word"),
            Field(title="growth per step", show=lambda x: shown_growth(x.errors)),
            Field(title="first out of tolerance", show=lambda x: x.left, kind="word"),
        ),
        items=[
            Grown(name=name, errors=errors, left=_left(trajectory, name))
            for name, errors in trajectory.curves.items()
        ],
    )


def errors_per_step(trajectory: Trajectory) -> Table:
    """One row a step, one column a variant, and the band."""
    columns = trajectory.curves

    def shown(name: str) -> Field[int]:
        series = columns[name]
        return Field(title=name, show=lambda step: _shown(series.get(step, nan)))

    return tabulate(
        f"{trajectory.heading}: largest relative error per step",
        fields=(
            Field(title="step", show=lambda step: f"{step}"),
            *(shown(name) for name in columns),
        ),
        items=trajectory.steps,
    )


def _shown(error: float) -> str:
    return "not finite" if isinf(error) else significant(error)


def shown_growth(errors: BySteps) -> str:
    """The factor per step, or a dash."""
    shown = factor(growth_per_step(errors))
    return shown if shown == DASH else f"\N{MULTIPLICATION SIGN}{shown[:-1]}"


def _left(trajectory: Trajectory, name: str) -> Value | str:
    if name not in trajectory.errors:
        return DASH
    if name in trajectory.left:
        return Value(text=f"step {trajectory.left[name]}", tone="bad")
    decided = trajectory.decided[name]
    if not decided:
        return Value(text="undecided", tone="quiet")
    return Value(text="never" if decided == 1 else "never where decided", tone="good")
