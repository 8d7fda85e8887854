"""Two variants of a run compared directly, with the interval of their ratio.

The ratios of a run refer to its baseline. The ratio of two other variants is formed
from the same rounds; dividing their ratios to the baseline would have no interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.contract import base_name
from compare.stats.estimates import Interval, ratio_interval
from compare.stats.paired import launch_estimates, log_ratios
from compare.timing.launch_figures import collect_rounds
from compare.timing.stopping import alpha_per_look

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.folder import Run
    from compare.runs.record import Key


@dataclass(frozen=True, kw_only=True)
class TimedPair:
    """Two cells of a workload, and the second one's step time over the first one's."""

    first: CellResult
    second: CellResult
    ratio: Interval  # NaN where it was not measured


def measure_pairs(
    run: Run, pairs: Iterable[tuple[CellResult, CellResult]]
) -> tuple[TimedPair, ...]:
    """Return pairs of cells with the ratios of their step times.

    Raises:
        RunError: a sample is invalid.
    """
    chosen = list(pairs)
    timed = bool(chosen) and not run.samples.empty
    rounds = collect_rounds(run) if timed else {}
    alpha = alpha_per_look(run.record.request)
    return tuple(
        TimedPair(first=one, second=two, ratio=_estimate(rounds, one, two, alpha=alpha))
        for one, two in chosen
    )


def _estimate(
    rounds: Mapping[Key, pd.DataFrame],
    first: CellResult,
    second: CellResult,
    *,
    alpha: float,
) -> Interval:
    cell = first.cell
    of_group = rounds.get((cell.workload, cell.device, cell.dtype))
    if of_group is None or not {first.variant, second.variant} <= {*of_group}:
        return Interval()
    launches = launch_estimates(log_ratios(of_group, baseline=first.variant))
    return ratio_interval(launches[second.variant].dropna().to_list(), alpha=alpha)


def pair_installations(
    groups: Sequence[CellGroup],
) -> Iterator[tuple[CellResult, CellResult]]:
    """Yield each mode of the first installation of a framework with the others."""
    for group in groups:
        first: dict[tuple[str, str], CellResult] = {}
        for line in group.lines:
            mode = (base_name(line.framework), line.cell.mode)
            earlier = first.setdefault(mode, line)
            if earlier is not line:
                yield earlier, line
