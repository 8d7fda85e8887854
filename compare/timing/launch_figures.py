"""Collect the log ratio and the log step time of each cell in each launch of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from compare.stats.paired import launch_estimates, log_ratios
from compare.timing.disturbance import find_disturbance, select_used
from compare.timing.step_times import log_step_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from compare.runs.folder import Run
    from compare.runs.record import Key


@dataclass(frozen=True, kw_only=True)
class LaunchFigures:
    """Two figures of each cell, each as one logarithm per launch."""

    ratios: dict[Key, list[float]] = field(default_factory=dict)  # to the baseline
    steps: dict[Key, list[float]] = field(default_factory=dict)  # in ns


def collect_rounds(run: Run) -> Iterator[tuple[Key, pd.DataFrame]]:
    """Yield workload, device and dtype with the log step times of their rounds.

    Disturbed launches are left out where enough others remain.

    Raises:
        RunError: a sample is invalid.
    """
    groups: Any = run.samples.groupby(
        ["workload", "device", "dtype"], sort=False, observed=True
    )
    for where, of_group in groups:
        disturbance = find_disturbance(of_group, request=run.record.request)
        yield where, log_step_times(select_used(of_group, disturbance))


def collect_launch_figures(run: Run) -> LaunchFigures:
    """Return the figures of every cell with samples, the control included.

    Raises:
        RunError: a sample is invalid.
    """
    found = LaunchFigures()
    for where, rounds in collect_rounds(run):
        ratios = launch_estimates(log_ratios(rounds, baseline=run.record.baseline))
        found.ratios.update(_by_cell(ratios, where=where))
        found.steps.update(
            _by_cell(rounds.groupby(level="launch").median(), where=where)
        )
    return found


def _by_cell(
    launches: pd.DataFrame, *, where: Key
) -> Iterator[tuple[Key, list[float]]]:
    """Yield each cell with its figures; launches without it are left out."""
    workload, device, dtype = where
    for variant, figures in launches.items():
        framework, mode = str(variant).split("/")
        yield (workload, framework, mode, device, dtype), figures.dropna().to_list()
