"""What each launch of a run says of each cell, as one logarithm."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from compare.stats.paired import launch_estimates, log_ratios, log_step_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from compare.runs.folder import Run
    from compare.runs.record import Key


@dataclass(frozen=True, kw_only=True)
class LaunchFigures:
    """Cell -> one logarithm a launch."""

    ratios: dict[Key, list[float]] = field(default_factory=dict)  # to the baseline
    steps: dict[Key, list[float]] = field(default_factory=dict)  # in ns


def collect_launch_figures(run: Run) -> LaunchFigures:
    """Of every cell that a run has samples of, the control among them.

    Raises:
        RunError: samples that cannot have been measured.
    """
    found = LaunchFigures()
    groups: Any = run.samples.groupby(
        ["workload", "device", "dtype"], sort=False, observed=True
    )
    for where, samples in groups:
        rounds = log_step_times(samples)
        ratios = launch_estimates(log_ratios(rounds, baseline=run.record.baseline))
        found.ratios.update(_by_cell(ratios, where=where))
        found.steps.update(
            _by_cell(rounds.groupby(level="launch").median(), where=where)
        )
    return found


def _by_cell(
    launches: pd.DataFrame, *, where: Key
) -> Iterator[tuple[Key, list[float]]]:
    workload, device, dtype = where
    for variant, figures in launches.items():
        framework, mode = str(variant).split("/")
        yield (workload, framework, mode, device, dtype), figures.dropna().to_list()
