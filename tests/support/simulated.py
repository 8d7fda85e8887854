"""Simulate timing experiments with known true ratios and the noise of shared machines.

The noise of a log step time is a sum of several parts:

- the level of a worker in its launch;
- the level of the whole launch;
- a linear drift during the launch;
- waves over a few blocks (an autoregressive process);
- bursts over a few blocks or rounds, up to more than twice the step time;
- noise of each block.

Blocks follow each other in time in the orders of real rounds, so that noise over time
affects the variants as in a real run.
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
DISTINCT_LAUNCHES = 200  # with their own orders; every simulated launch uses one


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Parameters of the noise of log step times; 0.01 is about 1% of a step time.

    Names that end in `sd` are standard deviations.
    """

    worker_sd: float  # of the level of a worker in its launch
    launch_sd: float  # of the level of a launch, common to its workers
    drift_sd: float  # of the change from the first block of a launch to the last
    wave_sd: float  # of waves over a few blocks
    wave_memory: float  # correlation of waves from one block to the next
    burst_every: float  # mean number of blocks from one burst to the next
    burst_lasts: float  # mean number of blocks of a burst
    burst_least: float  # smallest size; one burst in ten is ten times as large
    burst_most: float  # largest size
    block_sd: float  # of the noise of one block
    outliers: float  # share of blocks with additional noise
    outlier_most: float  # its largest size, in both directions
    unlucky: float = 0.0  # share of workers that are slow during their whole launch
    unlucky_by: float = 0.0  # how much slower


# Fitted to 20 launches of 18 rounds of 7 workers, all of them torch/eager on
# two_layer, float32, one thread, blocks of 25 ms; 2 cores of an AMD EPYC virtual
# machine, 2026-11-20 (measured_noise.csv.gz). Measured | 25 simulations, mean +- sd:
#   SD over launches of a log ratio                 0.30% | 0.31% +- 0.02%
#   its part due to the small number of rounds      0.20% | 0.21% +- 0.04%
#   SD over rounds of a log ratio                   2.5%  | 2.5%  +- 0.5%
#   the same from the quartiles (IQR / 1.349)       0.60% | 0.60% +- 0.02%
#   blocks that deviate by over 1%                  9.4%  | 10.6% +- 0.9%
#   blocks that deviate by over 10%                 1.1%  | 1.0%  +- 0.3%
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
# Not fitted: a machine that is always busy with other work. Workers differ by as much
# as on any machine measured so far, and bursts last for several rounds.
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
# Not fitted: some workers are slow during their whole launch, for example because of an
# unfavourable memory layout. The t interval assumes normally distributed levels.
UNLUCKY = replace(MEASURED, unlucky=0.05, unlucky_by=0.02)


def simulate_ratios(
    noise: Noise,
    *,
    true_ratios: list[float],
    experiments: int,
    launches: int,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> np.ndarray:
    """Return the estimated log ratios of each launch, as a run computes them.

    Args:
        noise: the parameters of the noise.
        true_ratios: the true ratio of each variant's step time to the baseline's.
        experiments: their number.
        launches: of each experiment.
        rounds: of each launch.
        seed: of the noise.

    Shape:
        (experiments, launches, variants).
    """
    count, arms = experiments * launches, 1 + len(true_ratios)
    rng = np.random.default_rng(seed)
    steps = simulate_log_steps(noise, launches=count, rounds=rounds, arms=arms, rng=rng)
    steps += np.log([1.0, *true_ratios])
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
    """Return the log step times of workers that all run the same program.

    Shape:
        (launches, rounds, arms).
    """
    in_time = _noise_over_time(noise, shape=(launches, rounds * arms), rng=rng)
    orders = _positions(arms, rounds=rounds)
    positions = orders[rng.integers(len(orders), size=launches)]
    levels = rng.normal(0, noise.worker_sd, (launches, 1, arms))
    levels += (rng.random(levels.shape) < noise.unlucky) * noise.unlucky_by
    in_rounds = in_time.reshape(launches, rounds, arms)
    return levels + np.take_along_axis(in_rounds, positions, axis=2)


def _noise_over_time(
    noise: Noise, *, shape: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """Return the noise of the blocks of each launch, in the order of time.

    Shape:
        (launches, blocks).
    """
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
    """Return a stationary autoregressive process of order one."""
    kept = np.sqrt(1 - noise.wave_memory**2)
    innovations = rng.normal(0, noise.wave_sd * kept, shape)
    innovations[:, 0] /= kept
    return lfilter([1], [1, -noise.wave_memory], innovations, axis=1)


def _bursts(
    noise: Noise, *, shape: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """Return each block's part of the current burst; sizes are Pareto-distributed."""
    blocks = np.arange(shape[1])
    begins = rng.random(shape) < 1 / noise.burst_every
    lasts = rng.geometric(1 / noise.burst_lasts, shape)
    sizes = np.minimum(noise.burst_least / (1 - rng.random(shape)), noise.burst_most)
    latest = np.maximum.accumulate(np.where(begins, blocks, 0), axis=1)
    is_active = blocks - latest < np.take_along_axis(lasts * begins, latest, axis=1)
    size = np.take_along_axis(sizes, latest, axis=1)
    return is_active * size * rng.uniform(0.3, 1, shape)


@cache
def _positions(arms: int, *, rounds: int) -> np.ndarray:
    """Return the position of each arm in its round, in launches with real orders.

    Shape:
        (launches, rounds, arms).
    """
    rng = np.random.default_rng(arms)
    each = [
        list(islice(balanced_orders(arms, rng=rng), rounds))
        for _ in range(DISTINCT_LAUNCHES)
    ]
    return np.argsort(each, axis=2)
