"""What a figure of a report is; the figures of trajectories and learning curves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import isfinite, isnan
from typing import TYPE_CHECKING

from compare.render.format import DASH, format_number
from compare.render.svg import CHARTS_ARE_INSTALLED
from compare.report.agreement.trajectory_tables import format_growth, tabulate_growth
from compare.report.learning.divergence import find_diverged_epochs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd

    from compare.render.svg import Spec
    from compare.render.table import Table
    from compare.report.agreement.trajectory import Trajectory
    from compare.results.cells import CellGroup


def draw_nothing(*_: object, **__: object) -> Spec:
    """Return an empty chart, for use instead of a chart if charts are not installed.

    The page then shows a note in place of each chart.
    """
    return {}


if TYPE_CHECKING or CHARTS_ARE_INSTALLED:
    from compare.report.agreement.trajectory_chart import trajectory_chart
    from compare.report.learning.chart import learning_chart
else:
    trajectory_chart = learning_chart = draw_nothing


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One chart with its heading, caption and table.

    Args:
        ident: unique on the page together with the heading.
        heading: printed above the chart.
        label: what the chart shows, for readers who cannot see it.
        caption: how to read the chart.
        draw: returns the chart. A report without charts does not call it.
        table: shown next to the chart.
    """

    ident: str
    heading: str
    label: str
    caption: str
    draw: Callable[[], Spec]
    table: Table | None = None


def describe_chart(what: str, values: Iterable[tuple[str, str]]) -> str:
    """Return a chart in words: what it shows, then every value that is known.

    Args:
        what: the kind of chart and what it shows.
        values: (name, value) pairs; those with a dash are left out.
    """
    known_values = [f"{name} {value}" for name, value in values if value != DASH]
    return f"{what}: {'; '.join(known_values)}. The table below has every figure."


def make_trajectory_figure(group: CellGroup, trajectory: Trajectory) -> Figure:
    """Return the errors along a trajectory of a group: a chart and their growth."""
    return Figure(
        ident="trajectory",
        heading=trajectory.heading,
        label=describe_chart(
            f"Largest relative error per trajectory step on {trajectory.heading}, "
            "logarithmic, over a band from the rounding floor to the tolerance. Growth "
            "per step",
            (
                (name, format_growth(errors))
                for name, errors in trajectory.curves.items()
            ),
        ),
        caption=" ".join(_explain_marks(trajectory)),
        draw=partial(trajectory_chart, trajectory, comparison=group),
        table=tabulate_growth(trajectory),
    )


def _explain_marks(trajectory: Trajectory) -> Iterator[str]:
    """Yield an explanation of each mark that not every chart has."""
    if trajectory.left:
        yield (
            "Ring: the first step with a tensor out of its own tolerance, which may be "
            "narrower than the band."
        )
    errors = [e for each in trajectory.errors.values() for e in each.values()]
    if not all(isfinite(error) for error in errors):
        yield "At the upper edge: the error is not a finite number."
    if any(value > 1 for value in trajectory.tolerance.values()):
        yield "A tolerance above 1 means that rounding alone may change every digit."


def make_learning_figure(group: CellGroup, *, learning: pd.DataFrame) -> Figure | None:
    """Return the chart of learning curves; ``None`` without training."""
    if learning.empty:
        return None
    last = learning.sort_values("epoch").groupby("variant", sort=False).tail(1)
    return Figure(
        ident="learning",
        heading=group.heading,
        label=describe_chart(
            f"Learning curves on {group.heading}: training loss, validation loss and "
            "validation accuracy per epoch. Validation loss after the last epoch",
            (
                (str(variant), "NaN" if isnan(loss) else format_number(loss))
                for variant, loss in zip(
                    last["variant"], last["valid_loss"], strict=True
                )
            ),
        ),
        caption="Left: the curves; where they agree, they cover each other. Right: "
        "their differences from one of them, on a separate scale."
        + " Values that are not finite are not drawn."
        * bool(find_diverged_epochs(learning)),
        draw=partial(learning_chart, group, learning=learning),
    )
