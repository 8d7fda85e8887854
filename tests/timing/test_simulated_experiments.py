"""Is the estimator right as often as it says? Thousands of experiments, truth known.

Each bound is the figure that is claimed, give or take four standard errors of a share
of so many experiments (`rates.Rate`). The long version, with tens of thousands, is
``make simulation``; what it printed is ``reports/simulation.txt``.
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
def _nothing_to_collect():
    """Spare statsmodels, which collects garbage at each correction, our imports."""
    gc.freeze()
    yield
    gc.unfreeze()


@any_noise
@pytest.mark.parametrize("launches", [3, 4, 16])
def test_the_interval_holds_the_truth_as_often_as_it_says(noise, launches):
    made = simulate_ratios(noise, truths=[1.1], experiments=2_000, launches=launches)
    held = coverage(t_intervals(made[:, :, 0]), truth=1.1)
    assert held.is_at_least(1 - ALPHA), held
    assert held.share < 0.985, f"wider than it need be: {held}"


@any_noise
def test_twins_are_told_apart_no_more_often_than_promised(noise):
    made = simulate_ratios(noise, truths=[1.0], experiments=4_000, launches=4, seed=1)
    wrong = share_of(claims_difference(made[:, :, 0]))
    assert wrong.is_at_most(ALPHA), wrong


@any_noise
def test_among_five_equal_variants_hardly_an_experiment_claims_a_difference(noise):
    made = simulate_ratios(
        noise, truths=FIVE_EQUALS, experiments=1_000, launches=4, seed=2
    )
    claimed = share_of(claims_any_difference(made))
    assert claimed.is_at_most(ALPHA), claimed

    each = np.stack([claims_difference(made[:, :, v]) for v in range(5)], axis=1)
    uncorrected = share_of(each.any(axis=1))
    assert uncorrected.share > 2 * ALPHA, f"Holm had nothing to correct: {uncorrected}"


@pytest.mark.parametrize(
    ("truth", "launches", "promised"), [(1.02, 4, 0.90), (1.01, 16, 0.80)]
)
def test_a_planted_slowness_is_found_beside_four_equal_variants(
    truth, launches, promised
):
    truths = [truth, *FIVE_EQUALS[1:]]
    made = simulate_ratios(
        MEASURED, truths=truths, experiments=500, launches=launches, seed=3
    )
    found = share_of(verdicts(made)[:, 0] == "slower")
    assert found.is_at_least(promised), found


@any_noise
@pytest.mark.parametrize("sign", [1, -1], ids=["slower", "faster"])
def test_equivalence_is_claimed_falsely_no_more_often_than_promised(noise, sign):
    truth = (1 + EQUIVALENCE_MARGIN) ** sign
    made = simulate_ratios(noise, truths=[truth], experiments=2_000, launches=8, seed=4)
    wrong = share_of(claims_equivalence(made[:, :, 0]))
    assert wrong.is_at_most(ALPHA), wrong


def test_twins_are_called_equivalent_once_there_are_enough_launches():
    made = simulate_ratios(
        MEASURED, truths=FIVE_EQUALS, experiments=200, launches=8, seed=5
    )
    right = share_of((verdicts(made) == "equivalent").all(axis=1))
    assert right.share > 0.9, right


@pytest.mark.parametrize("launches", [4, 8, 16])
def test_an_effect_as_large_as_the_detectable_one_is_found_as_often_as_said(launches):
    made = simulate_ratios(
        MEASURED, truths=[1.0], experiments=4_000, launches=launches, seed=6
    )[:, :, 0]
    # Of launches that vary as much as they do on average; a single experiment, knowing
    # its own spread only, says now less and now more.
    spread = np.sqrt(made.var(axis=1, ddof=1).mean())
    typical = np.resize([-1.0, 1.0], launches) * spread
    effect = minimum_detectable_effect(typical * np.sqrt((launches - 1) / launches))
    found = share_of(claims_difference(made + log(1 + effect)))
    assert found.is_about(POWER), (effect, found)


def test_stopping_for_precision_spoils_no_interval():
    # Asked for about what the noise allows, so that runs stop at every look; with the
    # budget of error not split among the looks, one interval in ten would be wrong.
    request = request_precision(0.002)
    made = simulate_ratios(
        MEASURED, truths=[1.1], experiments=1_500, launches=LOOKS[-1], seed=7
    )
    stops = stopping_launch(made, request=request)
    assert set(stops) == set(LOOKS)
    intervals = [
        ratio_interval(each[:count, 0], alpha=alpha_per_look(request))
        for each, count in zip(made, stops, strict=True)
    ]
    held = coverage(intervals, truth=1.1)
    assert held.is_at_least(1 - ALPHA), held


@any_noise
@pytest.mark.parametrize(
    # Of so few launches no bootstrap can know: however they are drawn, no mean lies
    # beyond the outermost, and all of them lie on one side of the truth once in
    # 2 ** (launches - 1) experiments.
    ("launches", "least"),
    [(8, 0.92), (16, 0.92)],
)
def test_the_bootstrap_holds_the_truth_nearly_as_often(noise, launches, least):
    made = simulate_ratios(
        noise, truths=[1.1], experiments=500, launches=launches, seed=8
    )
    held = coverage(bootstrap_intervals_of(made[:, :, 0]), truth=1.1)
    assert held.is_at_least(least), held
    assert held.is_at_most(1 - 2.0 ** (1 - launches)), held


@any_noise
def test_estimates_lean_to_neither_side(noise):
    made = simulate_ratios(
        noise, truths=[0.8, 1.25], experiments=4_000, launches=1, seed=9
    )
    off = made[:, 0] - np.log([0.8, 1.25])
    errors = off.std(axis=0, ddof=1) / np.sqrt(len(off))
    assert (np.abs(off.mean(axis=0)) < 4 * errors).all(), (off.mean(axis=0), errors)


def test_the_simulated_noise_is_like_the_measured_one():
    measured = described(measured_log_steps())
    rng = np.random.default_rng(10)
    simulated = [
        described(simulate_log_steps(MEASURED, launches=20, rounds=18, arms=7, rng=rng))
        for _ in range(25)
    ]
    mean, deviation = np.mean(simulated, axis=0), np.std(simulated, axis=0, ddof=1)
    assert (np.abs(measured - mean) < 3 * deviation).all(), (measured, mean, deviation)


def measured_log_steps() -> np.ndarray:
    """What `MEASURED` was fitted to.

    Shape: (launches, rounds, arms).
    """
    samples = pd.read_csv(MEASURED_NOISE)
    samples["log_step"] = np.log(samples["duration_ns"] / samples["steps"])
    wide = samples.pivot_table(
        index=["launch", "round"], columns="mode", values="log_step"
    )
    return wide.to_numpy().reshape(20, 18, 7)


def described(steps: np.ndarray) -> np.ndarray:
    """In percent, how workers that run the same differ.

    Over launches, from their few rounds, over rounds (middle half), in blocks that are
    off by over 1% and by over 10%; and the correlation of blocks in one round.
    """
    one, other = np.triu_indices(steps.shape[2], k=1)
    rounds = steps[:, :, other] - steps[:, :, one]
    halves = launch_estimates_of(rounds[:, ::2]) - launch_estimates_of(rounds[:, 1::2])
    low, high = np.quantile(rounds, [0.25, 0.75], axis=1)
    own = steps - np.median(steps, axis=1, keepdims=True)
    ranks = own.reshape(-1, own.shape[2]).argsort(axis=0).argsort(axis=0)
    return 100 * np.array(
        [
            np.sqrt(launch_estimates_of(rounds).var(axis=0, ddof=1).mean()),
            np.sqrt((halves**2).mean()) / 2,
            (high - low).mean() / 1.349,
            (own > 0.01).mean(),
            (own > 0.10).mean(),
            np.corrcoef(ranks.T)[one, other].mean(),
        ]
    )


def launch_estimates_of(rounds: np.ndarray) -> np.ndarray:
    """The Hodges-Lehmann estimates over rounds.

    Shape: (launches, rounds, pairs) -> (launches, pairs).
    """
    rows = rounds.transpose(0, 2, 1).reshape(-1, rounds.shape[1])
    return hodges_lehmann_rows(rows).reshape(len(rounds), -1)
