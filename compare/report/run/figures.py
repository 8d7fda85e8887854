"""The pictures of a report: what each shows, in words, and how to draw it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from compare.render.format import DASH, known, ratio, seconds, significant, size, steps
from compare.render.svg import CHARTS_ARE_INSTALLED
from compare.report.agreement.trajectory import trajectories
from compare.report.agreement.trajectory_tables import format_growth, tabulate_growth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd

    from compare.render.svg import Spec
    from compare.render.table import Table
    from compare.report.agreement.trajectory import Trajectory
    from compare.results.cells import CellGroup
    from compare.runs.rows import TimingRow

if TYPE_CHECKING or CHARTS_ARE_INSTALLED:
    from compare.report.agreement.trajectory_chart import trajectory_chart
    from compare.report.learning.chart import learning_chart
    from compare.report.timing.bar_charts import memory_chart, start_chart
    from compare.report.timing.break_even_chart import break_even_chart
    from compare.report.timing.ratio_chart import ratio_chart
else:  # the page then has a note in place of each chart

    def _draw_nothing(*_: object, **__: object) -> Spec:
        return {}

    trajectory_chart = learning_chart = memory_chart = _draw_nothing
    start_chart = break_even_chart = ratio_chart = _draw_nothing


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One chart: its heading, its caption, and what it shows for who cannot see it."""

    ident: str
    heading: str
    label: str
    caption: str
    spec: Spec
    table: Table | None = None  # beside the chart


def ratio_figure(comparison: CellGroup) -> Figure | None:
    """Ratios to the baseline; ``None`` where there is none."""
    if not any(known(t.ratio) for line, t in comparison.timed if not line.is_baseline):
        return None
    unproven = "Unproven: the band excludes 1. " if comparison.is_unproven else ""
    return Figure(
        ident="ratio",
        heading=comparison.heading,
        label=_of_timed(
            comparison,
            f"Dot plot of step times on {comparison.heading} as ratios to "
            f"{comparison.baseline}, with 95% intervals",
            lambda t: ratio(t.ratio, t.ratio_low, t.ratio_high),
        ),
        caption=f"{unproven}Left of the line at 1 a step takes less time than with "
        f"{comparison.baseline}. Filled: the interval excludes 1; hollow: it does not, "
        "or the run is unproven. Circle: dynamic; diamond: static. Grey band: the "
        "control, the baseline against itself, which is this run's noise floor.",
        spec=ratio_chart(comparison),
    )


def break_even_figure(comparison: CellGroup) -> Figure | None:
    """Cumulative time; ``None`` where no start cost is known."""
    costs = [(line, t) for line, t in comparison.timed if known(t.start_s)]
    if not any(line.is_baseline for line, _ in costs) or len(costs) == 1:
        return None
    unproven = "Unproven timing. " if comparison.is_unproven else ""
    return Figure(
        ident="break-even",
        heading=comparison.heading,
        label=_of_timed(
            comparison,
            f"Cumulative time against training steps on {comparison.heading}, both "
            f"axes logarithmic. Each variant passes below {comparison.baseline}",
            lambda t: steps(t.break_even_steps),
        ),
        caption=f"{unproven}Time from starting the process until so many steps are "
        "done, import included, compile cache empty. In colour: the variant; "
        f"dashed: {comparison.baseline}; faint: the others. The dot is the break-even, "
        "the band its interval. Only for so many steps: ahead at first, behind then.",
        spec=break_even_chart(comparison),
    )


def start_figure(comparison: CellGroup) -> Figure | None:
    """Start costs; ``None`` where nothing was timed."""
    if not any(known(t.start_s) for _, t in comparison.timed):
        return None
    return Figure(
        ident="start",
        heading=comparison.heading,
        label=_of_timed(
            comparison,
            f"Stacked bars of start costs on {comparison.heading}: import, prepare, "
            "first call. Until the first step is done, compile cache empty",
            lambda t: seconds(t.import_s + t.start_s),
        ),
        caption="Upper bar of each pair: compile cache empty (cold); lower bar: cache "
        "filled by an earlier process (warm).",
        spec=start_chart(comparison),
    )


def memory_figure(comparison: CellGroup) -> Figure | None:
    """Peak memory; ``None`` where it is not known."""
    if not any(known(t.peak_rss_bytes) for _, t in comparison.timed):
        return None
    return Figure(
        ident="memory",
        heading=comparison.heading,
        label=_of_timed(
            comparison,
            f"Stacked bars of the peak memory of each worker on {comparison.heading}",
            lambda t: (
                f"{size(t.peak_rss_bytes)}, of which import {size(t.import_rss_bytes)}"
            ),
        ),
        caption="Peak of the worker process (VmHWM). In brackets: what it took beyond "
        "importing the framework.",
        spec=memory_chart(comparison),
    )


def trajectory_figures(comparison: CellGroup) -> tuple[Figure, ...]:
    """Errors along the trajectories, one chart a dtype, with their growth beside it."""
    return tuple(
        _trajectory_figure(comparison, trajectory)
        for trajectory in trajectories(comparison)
    )


def _trajectory_figure(comparison: CellGroup, trajectory: Trajectory) -> Figure:
    return Figure(
        ident="trajectory",
        heading=trajectory.heading,
        label=_sentence(
            f"Largest relative error per trajectory step on {trajectory.heading}, "
            "logarithmic, over a band from the rounding floor to the tolerance. Growth "
            "per step",
            (
                (name, format_growth(errors))
                for name, errors in trajectory.curves.items()
            ),
        ),
        caption=" ".join(_remarks(trajectory)),
        spec=trajectory_chart(trajectory, comparison=comparison),
        table=tabulate_growth(trajectory),
    )


def _remarks(trajectory: Trajectory) -> Iterator[str]:
    """What not every chart has, explained where it has it."""
    if trajectory.left:
        yield (
            "Ring: the first step with a tensor out of its own tolerance, which may be "
            "narrower than the band."
        )
    errors = [e for each in trajectory.errors.values() for e in each.values()]
    if not all(isfinite(error) for error in errors):
        yield "At the upper edge: the error is no finite number."
    if any(value > 1 for value in trajectory.tolerance.values()):
        yield "Above 1, the tolerance says that rounding alone may change every digit."


def learning_figure(comparison: CellGroup, *, learning: pd.DataFrame) -> Figure | None:
    """Learning curves; ``None`` where nothing was trained."""
    if learning.empty:
        return None
    last = learning.sort_values("epoch").groupby("variant", sort=False).last()
    return Figure(
        ident="learning",
        heading=comparison.heading,
        label=_sentence(
            f"Learning curves on {comparison.heading}: training loss, validation loss "
            "and validation accuracy per epoch. Validation loss after the last epoch",
            ((str(v), significant(x)) for v, x in last["valid_loss"].items()),
        ),
        caption="Left: the curves, which hide each other where they agree. Right: the "
        "same less one of them, on a scale of its own.",
        spec=learning_chart(comparison, learning=learning),
    )


def _of_timed(
    comparison: CellGroup, what: str, show: Callable[[TimingRow], str]
) -> str:
    shown = (
        (line.variant, show(timing))
        for line, timing in comparison.timed
        if not line.is_baseline
    )
    return _sentence(what, shown)


def _sentence(what: str, facts: Iterable[tuple[str, str]]) -> str:
    """What a chart shows, figure by figure."""
    said = "; ".join(f"{name} {fact}" for name, fact in facts if fact != DASH)
    return f"{what}: {said}. The table below has every figure."
