"""Made-up timing experiments whose truth is known, noisy as a shared machine is.

What disturbs a step time comes in layers: the worker's own level in its launch; what
the whole launch has in common; a slow drift through it; ups and downs that a few blocks
share; bursts, of any size up to twice the time and more, over a few blocks or a few
rounds; and what befalls one block alone. Blocks follow each other in time in the orders
that real rounds have, so that time meets the variants here as it does there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from compare.stats.paired import launch_estimates, log_ratios
from compare.timing.order import balanced_orders

BASELINE = "baseline"
ROUNDS = 18
DISTINCT_LAUNCHES = 200  # orders of rounds, among which every launch draws


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How logs of step times vary; 0.01 is about 1% of a step, `sd` its deviation."""

    worker_sd: float  # of a worker's own level in its launch
    launch_sd: float  # of what all workers of a launch have in common
    drift_sd: float  # of the rise or fall from a launch's first block to its last
    wave_sd: float  # of ups and downs over a few blocks
    wave_memory: float  # their correlation from one block to the next
    burst_every: float  # blocks from one burst to the next, on average
    burst_lasts: float  # blocks, on average
    burst_least: float  # one burst in ten is ten times as large, one in a hundred ...
    burst_most: float  # ... but none larger than this
    block_sd: float  # of what befalls one block alone
    outliers: float  # share of blocks that are further off, either way
    outlier_most: float
    unlucky: float = 0.0  # share of workers that are slow for all their launch
    unlucky_by: float = 0.0


# Fitted to 20 launches of 18 rounds of 7 workers, every one of them torch/eager on
# two_layer, float32, one thread, blocks of 25 ms; 2 cores of an AMD EPYC virtual
# machine, 2026-11-20 (measured_noise.csv.gz). Measured | 25 simulations, mean +- sd:
#   deviation over launches of a log ratio          0.30% | 0.31% +- 0.02%
#   of it from 18 rounds being so few               0.20% | 0.21% +- 0.04%
#   deviation over rounds of a log ratio            2.5%  | 2.5%  +- 0.5%
#   the same from the quartiles (IQR / 1.349)       0.60% | 0.60% +- 0.02%
#   blocks off by over 1%                           9.4%  | 10.6% +- 0.9%
#   blocks off by over 10%                          1.1%  | 1.0%  +- 0.3%
#   rank correlation of blocks 1, 3, 7 apart        0.44, 0.20, 0.09 | 0.44, 0.24, 0.10
MEASURED = Noise(
    worker_sd=0.0018,
    launch_sd=0.006,
    drift_sd=0.006,
    wave_sd=0.003,
    wave_memory=0.8,
    burst_every=17.0,
    burst_lasts=2.5,
    burst_least=0.0125,
    burst_most=0.8,
    block_sd=0.0026,
    outliers=0.04,
    outlier_most=0.02,
)
# Not fitted: a machine that others work on all the time. Workers differ by as much as
# any that we have met, and bursts last for rounds.
LOADED = Noise(
    worker_sd=0.007,
    launch_sd=0.05,
    drift_sd=0.05,
    wave_sd=0.02,
    wave_memory=0.9,
    burst_every=60.0,
    burst_lasts=20.0,
    burst_least=0.03,
    burst_most=1.5,
    block_sd=0.01,
    outliers=0.1,
    outlier_most=0.1,
)
# Not fitted: now and then a worker is slow for all its launch, as one whose memory came
# to lie badly. The t interval is made for levels that follow a bell curve.
UNLUCKY = replace(MEASURED, unlucky=0.05, unlucky_by=0.02)


def simulate_ratios(  # noqa: D417 - the shape says the rest
    noise: Noise,
    *,
    truths: list[float],
    experiments: int,
    launches: int,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> np.ndarray:
    """Each launch's estimates of the log ratios, as a run would work them out.

    Args:
        truths: the true ratio of each variant's step time to the baseline's.

    Shape: (experiments, launches, variants).
    """
    count, arms = experiments * launches, 1 + len(truths)
    rng = np.random.default_rng(seed)
    steps = simulate_log_steps(noise, launches=count, rounds=rounds, arms=arms, rng=rng)
    steps += np.log([1.0, *truths])
    index = pd.MultiIndex.from_product(
        [range(count), range(rounds)], names=["launch", "round"]
    )
    names = [BASELINE, *(f"variant {number}" for number in range(1, arms))]
    table = pd.DataFrame(steps.reshape(-1, arms), index=index, columns=names)
    estimates = launch_estimates(log_ratios(table, baseline=BASELINE))
    assert list(estimates) == names
    return estimates.to_numpy().reshape(experiments, launches, arms)[:, :, 1:]


def simulate_log_steps(
    noise: Noise, *, launches: int, rounds: int, arms: int, rng: np.random.Generator
) -> np.ndarray:
    """The logs of step times of workers that all run the same.

    Shape: (launches, rounds, arms).
    """
    in_time = _in_time(noise, shape=(launches, rounds * arms), rng=rng)
    known = _positions(arms, rounds=rounds)
    positions = known[rng.integers(len(known), size=launches)]
    levels = rng.normal(0, noise.worker_sd, (launches, 1, arms))
    levels += (rng.random(levels.shape) < noise.unlucky) * noise.unlucky_by
    met = np.take_along_axis(in_time.reshape(launches, rounds, arms), positions, axis=2)
    return levels + met


def _in_time(
    noise: Noise, *, shape: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """What befalls the blocks of each launch, one after another."""
    launches, blocks = shape
    common = rng.normal(0, noise.launch_sd, (launches, 1))
    drift = rng.normal(0, noise.drift_sd, (launches, 1)) * np.linspace(0, 1, blocks)
    own = rng.normal(0, noise.block_sd, shape)
    off = rng.uniform(-noise.outlier_most, noise.outlier_most, shape)
    own += off * (rng.random(shape) < noise.outliers)
    waves, bursts = (part(noise, shape=shape, rng=rng) for part in (_waves, _bursts))
    return common + drift + waves + bursts + own


def _waves(
    noise: Noise, *, shape: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """An autoregression of order one that began long before the first block."""
    kept = np.sqrt(1 - noise.wave_memory**2)
    fresh = rng.normal(0, noise.wave_sd * kept, shape)
    fresh[:, 0] /= kept
    return lfilter([1], [1, -noise.wave_memory], fresh, axis=1)


def _bursts(
    noise: Noise, *, shape: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """Each block's part in the burst that goes on, if one does. Sizes are Pareto's."""
    blocks = np.arange(shape[1])
    begins = rng.random(shape) < 1 / noise.burst_every
    lasts = rng.geometric(1 / noise.burst_lasts, shape)
    sizes = np.minimum(noise.burst_least / (1 - rng.random(shape)), noise.burst_most)
    latest = np.maximum.accumulate(np.where(begins, blocks, 0), axis=1)
    goes_on = blocks - latest < np.take_along_axis(lasts * begins, latest, axis=1)
    size = np.take_along_axis(sizes, latest, axis=1)
    return goes_on * size * rng.uniform(0.3, 1, shape)


@cache
def _positions(arms: int, *, rounds: int) -> np.ndarray:
    """When in its round each arm has its turn, in launches of the real orders.

    Shape: (launches, rounds, arms).
    """
    rng = np.random.default_rng(arms)
    each = [
        list(islice(balanced_orders(arms, rng=rng), rounds))
        for _ in range(DISTINCT_LAUNCHES)
    ]
    return np.argsort(each, axis=2)
