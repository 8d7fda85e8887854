"""Simulate commits with a known change of their step times, and judge them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from compare.stats.two_sides import (
    FIRST_CALL_MARGIN,
    LOOKS,
    SideRatios,
    combine_sides,
    finds_sought_change,
    judge_sides,
)
from tests.support.simulated import simulate_log_steps

if TYPE_CHECKING:
    from compare.stats.two_sides import JudgedSides
    from tests.support.simulated import Noise

ARMS = ("base", "base again", "head", "head again")
ROUNDS = 12
FIRST_CALL_SD = 0.08  # of a worker; starts share the processors


@dataclass(frozen=True, kw_only=True)
class SimulatedCommit:
    """The launches of a commit: as many as a measurement makes at most."""

    steps: list[SideRatios]  # by variant
    calls: list[SideRatios]

    @property
    def judged(self) -> list[JudgedSides]:
        """The verdicts on the step times, then on the first calls.

        They are based on as many launches as a measurement would make.
        """
        for launches in LOOKS:
            seen = [take(each, 0, launches) for each in self.steps]
            if finds_sought_change(seen, claims=2 * len(seen)):
                break
        return judge_sides([*seen, *(take(each, 0, launches) for each in self.calls)])


def simulate_commits(
    noise: Noise, *, commits: int, variants: int, increase: float, seed: int = 0
) -> list[SimulatedCommit]:
    """Return commits with a known change of one step time.

    Args:
        noise: of the step times.
        commits: their number.
        variants: that are measured of each.
        increase: the true change of the first variant's step time, as a fraction.
        seed: of the noise.
    """
    rng, most = np.random.default_rng(seed), LOOKS[-1]
    count, arms = commits * most, variants * len(ARMS)
    steps = simulate_log_steps(noise, launches=count, rounds=ROUNDS, arms=arms, rng=rng)
    steps[:, :, 2:4] += np.log1p(increase)
    index = pd.MultiIndex.from_product(
        [range(count), range(ROUNDS)], names=["launch", "round"]
    )
    table = pd.DataFrame(steps.reshape(-1, arms), index=index)
    of_steps = [
        combine_sides(table.iloc[:, at : at + 4].set_axis(ARMS, axis="columns"))
        for at in range(0, arms, 4)
    ]
    of_calls = [_simulate_calls(count, rng) for _ in range(variants)]
    return [
        SimulatedCommit(
            steps=[take(each, at, most) for each in of_steps],
            calls=[take(each, at, most) for each in of_calls],
        )
        for at in range(0, count, most)
    ]


def _simulate_calls(launches: int, rng: np.random.Generator) -> SideRatios:
    logs = rng.normal(0, FIRST_CALL_SD, (launches, len(ARMS)))
    table = pd.DataFrame(
        logs, columns=ARMS, index=pd.Index(range(launches), name="launch")
    )
    return combine_sides(table, margin=FIRST_CALL_MARGIN)


def take(found: SideRatios, start: int, count: int) -> SideRatios:
    """Return some of the launches."""
    part = slice(start, start + count)
    return SideRatios(
        change=found.change[part],
        base_control=found.base_control[part],
        head_control=found.head_control[part],
        margin=found.margin,
    )
