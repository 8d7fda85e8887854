"""Measure the error rates of the estimator in tens of thousands of experiments.

The long version of ``tests/timing/test_simulated_experiments.py``. The experiments are
simulated with fixed seeds and known true ratios, so that the same package versions give
the same table on every machine. Run it with ``make simulation``; its output is in
``reports/simulation.txt``.
"""

from __future__ import annotations

import argparse
import gc
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from math import log
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from compare.machine import installed_version
from compare.stats.estimates import (
    ALPHA,
    EQUIVALENCE_MARGIN,
    MIN_BOOTSTRAP_LAUNCHES,
    minimum_detectable_effect,
    ratio_interval,
)
from compare.stats.steady_state import find_unsteady_states
from compare.timing.stopping import LOOKS, alpha_per_look
from tests.support import rates
from tests.support.rates import Rate, share_of
from tests.support.simulated import (
    LOADED,
    MEASURED,
    ROUNDS,
    UNLUCKY,
    Noise,
    simulate_log_steps,
    simulate_ratios,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

NOISES = {"measured": MEASURED, "loaded": LOADED, "unlucky": UNLUCKY}
EQUAL = [1.0]
VARIANTS = 5  # compared with the baseline
PRECISIONS = {"measured": 0.002, "loaded": 0.008, "unlucky": 0.004}
FEWER = 5  # divides the number of experiments that take long


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    label: str
    launches: str
    promised: str
    found: Rate
    note: str = ""


def make_rows(name: str, *, experiments: int) -> Iterator[Row]:
    """Yield every line for one kind of noise."""
    noise, some = NOISES[name], experiments // FEWER
    for launches in (3, 4, 8, 16):
        yield from measure_coverage(noise, launches=launches, experiments=experiments)
    for launches in (4, 16):
        yield from measure_equal_variants(noise, launches=launches, experiments=some)
        yield from measure_margin(noise, launches=launches, experiments=experiments)
    for true_ratio, launches in ((1.02, 4), (1.01, 4), (1.01, 16)):
        yield measure_planted(
            noise, true_ratio=true_ratio, launches=launches, experiments=some
        )
    for launches in (4, 8, 16):
        yield from measure_power(noise, launches=launches, experiments=experiments)
    yield from measure_stopping(noise, precision=PRECISIONS[name], experiments=some)
    yield measure_unsteady(noise, experiments=some)


def measure_coverage(noise: Noise, *, launches: int, experiments: int) -> Iterator[Row]:
    """Yield the coverage of the intervals."""
    made = simulate_ratios(
        noise, true_ratios=[1.1], experiments=experiments, launches=launches, seed=1
    )[:, :, 0]
    yield Row(
        label="coverage of the 95% t interval",
        launches=f"{launches}",
        promised="95%",
        found=rates.coverage(rates.t_intervals(made), true_value=1.1),
    )
    if launches < MIN_BOOTSTRAP_LAUNCHES:
        return
    some = made[: experiments // FEWER]
    yield Row(
        label="coverage of the 95% bootstrap interval",
        launches=f"{launches}",
        promised="95%",
        found=rates.coverage(rates.bootstrap_intervals_of(some), true_value=1.1),
    )


def measure_equal_variants(
    noise: Noise, *, launches: int, experiments: int
) -> Iterator[Row]:
    """Yield how often variants that equal the baseline get each verdict."""
    made = simulate_ratios(
        noise,
        true_ratios=EQUAL * VARIANTS,
        experiments=experiments,
        launches=launches,
        seed=2,
    )
    apart = np.stack(
        [rates.claims_difference(made[:, :, v]) for v in range(VARIANTS)], axis=1
    )
    called = rates.verdicts(made)
    claimed = np.isin(called, ["faster", "slower"]).any(axis=1)
    lines = {
        "false positives, one equal variant": ("at most 5%", apart[:, 0]),
        "false positives, any of 5 equal variants": ("", apart.any(axis=1)),
        "the same, corrected with Holm's method": (
            "at most 5%",
            rates.claims_any_difference(made),
        ),
        "any of 5 equal variants called faster or slower": ("at most 5%", claimed),
        "all of 5 equal variants called equivalent": (
            "",
            (called == "equivalent").all(axis=1),
        ),
        "joint coverage of the intervals of all 15 pairs": (
            "95%",
            all_pairs_covered(made),
        ),
    }
    for label, (promised, happened) in lines.items():
        yield Row(
            label=label,
            launches=f"{launches}",
            promised=promised,
            found=share_of(happened),
        )


def all_pairs_covered(made: np.ndarray) -> np.ndarray:
    """Return whether no interval of a ranking of equal variants excludes 1.

    Shape:
        (experiments, launches, variants) -> (experiments,).
    """
    arms = np.concatenate([np.zeros_like(made[:, :, :1]), made], axis=2)
    pairs = list(combinations(range(arms.shape[2]), 2))
    level = ALPHA / len(pairs)
    return np.array(
        [
            not any(
                ratio_interval(each[:, one] - each[:, other], alpha=level).excludes_one
                for one, other in pairs
            )
            for each in arms
        ]
    )


def measure_margin(noise: Noise, *, launches: int, experiments: int) -> Iterator[Row]:
    """Yield how often equivalence is claimed for a ratio at the margin."""
    for true_ratio in (1 + EQUIVALENCE_MARGIN, 1 / (1 + EQUIVALENCE_MARGIN)):
        made = simulate_ratios(
            noise,
            true_ratios=[true_ratio],
            experiments=experiments,
            launches=launches,
            seed=3,
        )
        yield Row(
            label=f"equivalence claimed for a true ratio of {true_ratio:.4f}",
            launches=f"{launches}",
            promised="at most 5%",
            found=share_of(rates.claims_equivalence(made[:, :, 0])),
        )


def measure_planted(
    noise: Noise, *, true_ratio: float, launches: int, experiments: int
) -> Row:
    """Return how often a slower variant among equal ones is called slower."""
    true_ratios = [true_ratio, *EQUAL * (VARIANTS - 1)]
    made = simulate_ratios(
        noise,
        true_ratios=true_ratios,
        experiments=experiments,
        launches=launches,
        seed=4,
    )
    return Row(
        label=f"{true_ratio - 1:+.0%} called slower, with 4 equal variants",
        launches=f"{launches}",
        promised="",
        found=share_of(rates.verdicts(made)[:, 0] == "slower"),
    )


def measure_power(noise: Noise, *, launches: int, experiments: int) -> Iterator[Row]:
    """Yield the power for an effect of the minimum detectable size."""
    made, pilot = (
        simulate_ratios(
            noise,
            true_ratios=EQUAL,
            experiments=experiments,
            launches=launches,
            seed=seed,
        )[:, :, 0]
        for seed in (5, 6)
    )
    spread = np.sqrt(pilot.var(axis=1, ddof=1).mean())
    typical = np.resize([-spread, spread], launches) * np.sqrt(1 - 1 / launches)
    effect = minimum_detectable_effect(typical)
    yield Row(
        label="power for the MDE of average noise",
        launches=f"{launches}",
        promised="about 80%",
        found=share_of(rates.claims_difference(made + log(1 + effect))),
        note=f"{effect:.2%}",
    )
    effects = np.array([minimum_detectable_effect(each) for each in pilot])
    yield Row(
        label="power for the MDE that each experiment estimates",
        launches=f"{launches}",
        promised="",
        found=share_of(rates.claims_difference(made + np.log1p(effects)[:, None])),
        note=f"{np.median(effects):.2%}, the median",
    )


def measure_stopping(
    noise: Noise, *, precision: float, experiments: int
) -> Iterator[Row]:
    """Yield the coverage of intervals whose width decided when the run stopped."""
    made = simulate_ratios(
        noise, true_ratios=[1.1], experiments=experiments, launches=LOOKS[-1], seed=7
    )
    request = rates.request_precision(precision)
    split = rates.stopping_launch(made, request=request)
    whole = np.array(
        [first_narrow_look(each[:, 0], precision=precision) for each in made]
    )
    for how, stops, level in (
        ("alpha divided among looks", split, alpha_per_look(request)),
        ("alpha not divided", whole, ALPHA),
    ):
        stopped_intervals = [
            ratio_interval(each[:count, 0], alpha=level)
            for each, count in zip(made, stops, strict=True)
        ]
        yield Row(
            label=f"coverage at {precision:.1%}, {how}",
            launches=f"{LOOKS[0]}-{LOOKS[-1]}",
            promised="95%" if level < ALPHA else "",
            found=rates.coverage(stopped_intervals, true_value=1.1),
            note=f"after {stops.mean():.1f} launches on average",
        )


def first_narrow_look(log_ratios: np.ndarray, *, precision: float) -> int:
    """Return the first look at which the plain 95% interval is narrow enough."""
    for count in LOOKS:
        interval = ratio_interval(log_ratios[:count])
        if interval.high / interval.estimate - 1 <= precision:
            return count
    return LOOKS[-1]


def measure_unsteady(noise: Noise, *, experiments: int) -> Row:
    """Return how often noise alone is reported as an unsteady state."""
    arms, rng = VARIANTS + 2, np.random.default_rng(8)
    made = simulate_log_steps(
        noise, launches=experiments, rounds=ROUNDS, arms=arms, rng=rng
    )
    index = pd.MultiIndex.from_product([[0], range(ROUNDS)], names=["launch", "round"])
    found = [
        len(find_unsteady_states(pd.DataFrame(each, index=index), rounds=ROUNDS))
        for each in made
    ]
    return Row(
        label="steady session reported as unsteady",
        launches="1",
        promised="at most 0.1%",
        found=Rate(share=sum(found) / (arms * experiments), trials=arms * experiments),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--experiments", type=int, default=20_000)
    options = parser.parse_args()
    gc.freeze()  # statsmodels collects garbage in every correction
    versions = ", ".join(
        f"{name} {installed_version(name)}" for name in ("numpy", "scipy")
    )
    print(f"make simulation, {datetime.now(UTC):%Y-%m-%d}, {versions}")
    print(
        f"launches of {ROUNDS} rounds; each noise: tests/support/simulated.py; "
        "+- one standard error; MDE: minimum detectable effect (80% power)"
    )
    for name in NOISES:
        heading = f"{name} noise"
        print(f"\n{heading:52} launches  promised        experiments  found")
        for row in make_rows(name, experiments=options.experiments):
            error = row.found.standard_error(row.found.share)
            print(
                f"{row.label:52} {row.launches:>8}  {row.promised:14} "
                f"{row.found.trials:12,}  {row.found.share:7.2%} +- {error:.2%}  "
                f"{row.note}".rstrip(),
                flush=True,
            )


if __name__ == "__main__":
    main()
