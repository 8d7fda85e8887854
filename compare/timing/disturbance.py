"""Find the launches that ran while something else slowed the machine down.

Every worker runs a fixed piece of work, the sentinel, before and after each block
(`compare.workers.sentinel`). Its duration depends on the machine and not on the
variants. Leaving out launches with slow sentinels therefore biases no ratio, while
leaving out launches with unusual ratios would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from compare.runs.record import Request

# Mean duration of the sentinel in a launch, relative to its undisturbed duration: 1.05
# to 1.15 on an idle machine, and 2 if one other process shares each processor.
MAX_SLOWDOWN = 1.25
UNDISTURBED = 0.1  # quantile; other processes slow down less than nine blocks in ten
ENOUGH_LAUNCHES = 3  # for an interval; with fewer quiet launches, all are used
SESSION = ["framework", "mode"]


@dataclass(frozen=True, kw_only=True)
class Slowdowns:
    """How much the launches of one workload were disturbed.

    Attributes:
        slowdowns: launch -> how many times longer its sentinels took than undisturbed.
        left_out: launches without effect on any estimate, because others were quiet.
        is_disturbed: too few launches were quiet, so all of them are used.
    """

    slowdowns: pd.Series[float]
    left_out: frozenset[int] = frozenset()
    is_disturbed: bool = False

    @property
    def disturbed(self) -> pd.Series[float]:
        """The slowdowns of the launches that were disturbed."""
        return self.slowdowns[self.slowdowns > MAX_SLOWDOWN]

    @property
    def worst_used(self) -> float:
        """The largest slowdown of a launch that is used; 1 unless disturbed."""
        return float(self.slowdowns.max()) if self.is_disturbed else 1.0


def find_disturbance(samples: pd.DataFrame, *, request: Request) -> Slowdowns:
    """Return how much the launches of a workload were disturbed.

    Args:
        samples: of one workload on one device in one dtype.
        request: of the run, with the number of launches.
    """
    slowdowns = _measure_slowdowns(samples)
    found = Slowdowns(slowdowns=slowdowns)
    disturbed = frozenset(map(int, found.disturbed.index))
    quiet = len(slowdowns) - len(disturbed)
    if not disturbed:
        return found
    if quiet >= min(ENOUGH_LAUNCHES, request.launches):
        return Slowdowns(slowdowns=slowdowns, left_out=disturbed)
    return Slowdowns(slowdowns=slowdowns, is_disturbed=True)


def select_used(samples: pd.DataFrame, found: Slowdowns) -> pd.DataFrame:
    """Return the samples of the launches that are not left out."""
    if not found.left_out:
        return samples
    return samples[~samples["launch"].isin(found.left_out).to_numpy()]


def _measure_slowdowns(samples: pd.DataFrame) -> pd.Series[float]:
    """Return the mean relative duration of the sentinel in each launch.

    It is relative to the same worker's other blocks of the run, because a framework's
    own threads may slow the sentinel down in every block.
    """
    known = samples[samples["sentinel_ns"].notna().to_numpy()]
    if known.empty:
        return pd.Series(dtype="float64")
    sentinel = known["sentinel_ns"]
    arms = [known[name] for name in SESSION]
    of_arm = sentinel.groupby(arms, observed=True, sort=False)
    undisturbed = of_arm.transform(lambda each: each.quantile(UNDISTURBED))
    return (sentinel / undisturbed).groupby(known["launch"]).mean()
