"""What each launch of a run says of each cell, as one logarithm."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from compare.timing import launch_log_ratios, launch_log_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from compare.results import Run

Key = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LaunchFigures:
    """Cell -> one logarithm a launch."""

    ratios: dict[Key, list[float]] = field(default_factory=dict)  # to the baseline
    steps: dict[Key, list[float]] = field(default_factory=dict)  # in ns


def launch_figures(run: Run) -> LaunchFigures:
    """Of every cell that a run has samples of, the control among them.

    Raises:
        RunError: samples that cannot have been measured.
    """
    ratios = partial(launch_log_ratios, baseline=run.record.baseline)
    return LaunchFigures(
        ratios=dict(_by_cell(run.samples, figure=ratios)),
        steps=dict(_by_cell(run.samples, figure=launch_log_steps)),
    )


def _by_cell(
    samples: pd.DataFrame, *, figure: Callable[[pd.DataFrame], pd.DataFrame]
) -> Iterator[tuple[Key, list[float]]]:
    groups: Any = samples.groupby(["workload", "device", "dtype"], sort=False)
    for (workload, device, dtype), rows in groups:
        for variant, by_launch in figure(rows).items():
            framework, mode = str(variant).split("/")
            key = (workload, framework, mode, device, dtype)
            yield key, by_launch.dropna().to_list()
