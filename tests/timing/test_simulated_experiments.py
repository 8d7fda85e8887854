"""The error rates of the estimator in thousands of simulated experiments.

Each bound is the rate that the estimator promises, plus or minus four standard errors
of a share of as many experiments (`rates.Rate`). The long version, with tens of
thousands of experiments, is ``make simulation``. Its output is in
``reports/simulation.txt``.
"""

from __future__ import annotations

import gc
from math import log
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compare.stats.estimates import (
    ALPHA,
    EQUIVALENCE_MARGIN,
    POWER,
    hodges_lehmann_rows,
    minimum_detectable_effect,
    ratio_interval,
)
from compare.timing.stopping import LOOKS, alpha_per_look
from tests.support.rates import (
    bootstrap_intervals_of,
    claims_any_difference,
    claims_difference,
    claims_equivalence,
    coverage,
    request_precision,
    share_of,
    stopping_launch,
    t_intervals,
    verdicts,
)
from tests.support.simulated import (
    LOADED,
    MEASURED,
    UNLUCKY,
    simulate_log_steps,
    simulate_ratios,
)

NOISES = {"measured": MEASURED, "loaded": LOADED, "unlucky": UNLUCKY}
FIVE_EQUALS = [1.0] * 5
MEASURED_NOISE = Path(__file__).with_name("measured_noise.csv.gz")

any_noise = pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)


@pytest.fixture(scope="module", autouse=True)
def _freeze_garbage_collector():
    """Exclude existing objects: statsmodels collects garbage in every correction."""
    gc.freeze()
    yield
    gc.unfreeze()


@any_noise
@pytest.mark.parametrize("launches", [3, 4, 16])
def test_the_interval_has_its_nominal_coverage(noise, launches):
    made = simulate_ratios(
        noise, true_ratios=[1.1], experiments=2_000, launches=launches
    )
    covered = coverage(t_intervals(made[:, :, 0]), true_value=1.1)
    assert covered.is_at_least(1 - ALPHA), covered
    assert covered.share < 0.985, f"wider than necessary: {covered}"


@any_noise
def test_the_false_positive_rate_of_equal_variants_is_at_most_alpha(noise):
    made = simulate_ratios(
        noise, true_ratios=[1.0], experiments=4_000, launches=4, seed=1
    )
    wrong = share_of(claims_difference(made[:, :, 0]))
    assert wrong.is_at_most(ALPHA), wrong


@any_noise
def test_among_five_equal_variants_the_familywise_error_rate_is_at_most_alpha(noise):
    made = simulate_ratios(
        noise, true_ratios=FIVE_EQUALS, experiments=1_000, launches=4, seed=2
    )
    claimed = share_of(claims_any_difference(made))
    assert claimed.is_at_most(ALPHA), claimed

    each = np.stack([claims_difference(made[:, :, v]) for v in range(5)], axis=1)
    uncorrected = share_of(each.any(axis=1))
    assert uncorrected.share > 2 * ALPHA, f"nothing to correct: {uncorrected}"


@pytest.mark.parametrize(
    ("true_ratio", "launches", "promised"), [(1.02, 4, 0.90), (1.01, 16, 0.80)]
)
def test_a_planted_slowdown_is_found_among_four_equal_variants(
    true_ratio, launches, promised
):
    true_ratios = [true_ratio, *FIVE_EQUALS[1:]]
    made = simulate_ratios(
        MEASURED, true_ratios=true_ratios, experiments=500, launches=launches, seed=3
    )
    found = share_of(verdicts(made)[:, 0] == "slower")
    assert found.is_at_least(promised), found


@any_noise
@pytest.mark.parametrize("sign", [1, -1], ids=["slower", "faster"])
def test_the_false_positive_rate_of_equivalence_is_at_most_alpha(noise, sign):
    true_ratio = (1 + EQUIVALENCE_MARGIN) ** sign
    made = simulate_ratios(
        noise, true_ratios=[true_ratio], experiments=2_000, launches=8, seed=4
    )
    wrong = share_of(claims_equivalence(made[:, :, 0]))
    assert wrong.is_at_most(ALPHA), wrong


def test_equal_variants_are_equivalent_with_enough_launches():
    made = simulate_ratios(
        MEASURED, true_ratios=FIVE_EQUALS, experiments=200, launches=8, seed=5
    )
    right = share_of((verdicts(made) == "equivalent").all(axis=1))
    assert right.share > 0.9, right


@pytest.mark.parametrize("launches", [4, 8, 16])
def test_an_effect_of_the_minimum_detectable_size_is_found_with_the_stated_power(
    launches,
):
    made = simulate_ratios(
        MEASURED, true_ratios=[1.0], experiments=4_000, launches=launches, seed=6
    )[:, :, 0]
    # Computed from the average spread of the launches. A single experiment estimates it
    # from its own launches, and its result varies around this one.
    spread = np.sqrt(made.var(axis=1, ddof=1).mean())
    typical = np.resize([-1.0, 1.0], launches) * spread
    effect = minimum_detectable_effect(typical * np.sqrt((launches - 1) / launches))
    found = share_of(claims_difference(made + log(1 + effect)))
    assert found.is_about(POWER), (effect, found)


def test_stopping_for_precision_keeps_the_coverage():
    # The requested precision is close to what the noise allows, so that runs stop at
    # every look. Without dividing alpha among the looks, one interval in ten would miss
    # the true ratio.
    request = request_precision(0.002)
    made = simulate_ratios(
        MEASURED, true_ratios=[1.1], experiments=1_500, launches=LOOKS[-1], seed=7
    )
    stops = stopping_launch(made, request=request)
    assert set(stops) == set(LOOKS)
    intervals = [
        ratio_interval(each[:count, 0], alpha=alpha_per_look(request))
        for each, count in zip(made, stops, strict=True)
    ]
    covered = coverage(intervals, true_value=1.1)
    assert covered.is_at_least(1 - ALPHA), covered


@any_noise
@pytest.mark.parametrize(
    # The coverage of a bootstrap of few launches is limited. No resampled mean is
    # beyond the outermost launch, and in one of 2 ** (launches - 1) experiments all
    # launches are on one side of the true ratio.
    ("launches", "least"),
    [(8, 0.92), (16, 0.92)],
)
def test_the_bootstrap_interval_has_nearly_its_nominal_coverage(noise, launches, least):
    made = simulate_ratios(
        noise, true_ratios=[1.1], experiments=500, launches=launches, seed=8
    )
    covered = coverage(bootstrap_intervals_of(made[:, :, 0]), true_value=1.1)
    assert covered.is_at_least(least), covered
    assert covered.is_at_most(1 - 2.0 ** (1 - launches)), covered


@any_noise
def test_the_estimates_are_unbiased(noise):
    made = simulate_ratios(
        noise, true_ratios=[0.8, 1.25], experiments=4_000, launches=1, seed=9
    )
    off = made[:, 0] - np.log([0.8, 1.25])
    errors = off.std(axis=0, ddof=1) / np.sqrt(len(off))
    assert (np.abs(off.mean(axis=0)) < 4 * errors).all(), (off.mean(axis=0), errors)


def test_the_simulated_noise_resembles_the_measured_noise():
    measured = describe_noise(measured_log_steps())
    rng = np.random.default_rng(10)
    simulated = [
        describe_noise(
            simulate_log_steps(MEASURED, launches=20, rounds=18, arms=7, rng=rng)
        )
        for _ in range(25)
    ]
    mean, deviation = np.mean(simulated, axis=0), np.std(simulated, axis=0, ddof=1)
    assert (np.abs(measured - mean) < 3 * deviation).all(), (measured, mean, deviation)


def measured_log_steps() -> np.ndarray:
    """Return the log step times that `MEASURED` was fitted to.

    Shape:
        (launches, rounds, arms).
    """
    samples = pd.read_csv(MEASURED_NOISE)
    samples["log_step"] = np.log(samples["duration_ns"] / samples["steps"])
    wide = samples.pivot_table(
        index=["launch", "round"], columns="mode", values="log_step"
    )
    return wide.to_numpy().reshape(20, 18, 7)


def describe_noise(steps: np.ndarray) -> np.ndarray:
    """Return statistics, in percent, of the differences between identical workers.

    They are the standard deviation over launches, its part due to the number of rounds,
    the standard deviation over rounds (from the interquartile range), the shares of
    blocks that deviate by over 1% and by over 10%, and the rank correlation of the
    blocks of one round.
    """
    one, other = np.triu_indices(steps.shape[2], k=1)
    rounds = steps[:, :, other] - steps[:, :, one]
    halves = estimate_launches(rounds[:, ::2]) - estimate_launches(rounds[:, 1::2])
    low, high = np.quantile(rounds, [0.25, 0.75], axis=1)
    own = steps - np.median(steps, axis=1, keepdims=True)
    ranks = own.reshape(-1, own.shape[2]).argsort(axis=0).argsort(axis=0)
    return 100 * np.array(
        [
            np.sqrt(estimate_launches(rounds).var(axis=0, ddof=1).mean()),
            np.sqrt((halves**2).mean()) / 2,
            (high - low).mean() / 1.349,
            (own > 0.01).mean(),
            (own > 0.10).mean(),
            np.corrcoef(ranks.T)[one, other].mean(),
        ]
    )


def estimate_launches(rounds: np.ndarray) -> np.ndarray:
    """Return the Hodges-Lehmann estimate over the rounds of each launch and pair.

    Shape:
        (launches, rounds, pairs) -> (launches, pairs).
    """
    rows = rounds.transpose(0, 2, 1).reshape(-1, rounds.shape[1])
    return hodges_lehmann_rows(rows).reshape(len(rounds), -1)
