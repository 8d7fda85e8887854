"""How often the estimator is right: tens of thousands of experiments, truth known.

The long version of ``tests/timing/test_simulated_experiments.py``. Seeds are fixed and
nothing is timed: the same versions give the same table on every machine. Run by ``make
simulation``; its output is in ``reports/simulation.txt``.
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
FEWER = 5  # times fewer experiments where each needs many launches or resamples


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the table."""

    question: str
    launches: str
    promised: str
    found: Rate
    note: str = ""


def rows(name: str, *, experiments: int) -> Iterator[Row]:
    """Every question, asked of one kind of noise."""
    noise, some = NOISES[name], experiments // FEWER
    for launches in (3, 4, 8, 16):
        yield from intervals(noise, launches=launches, experiments=experiments)
    for launches in (4, 16):
        yield from equals(noise, launches=launches, experiments=some)
        yield from margin(noise, launches=launches, experiments=experiments)
    for truth, launches in ((1.02, 4), (1.01, 4), (1.01, 16)):
        yield planted(noise, truth=truth, launches=launches, experiments=some)
    for launches in (4, 8, 16):
        yield from detected(noise, launches=launches, experiments=experiments)
    yield from stopped(noise, precision=PRECISIONS[name], experiments=some)
    yield unsteady(noise, experiments=some)


def intervals(noise: Noise, *, launches: int, experiments: int) -> Iterator[Row]:
    """Do they hold the truth?"""
    made = simulate_ratios(
        noise, truths=[1.1], experiments=experiments, launches=launches, seed=1
    )[:, :, 0]
    yield Row(
        question="95% t interval holds the truth",
        launches=f"{launches}",
        promised="95%",
        found=rates.coverage(rates.t_intervals(made), truth=1.1),
    )
    if launches < MIN_BOOTSTRAP_LAUNCHES:
        return
    some = made[: experiments // FEWER]
    yield Row(
        question="95% bootstrap interval holds the truth",
        launches=f"{launches}",
        promised="95%",
        found=rates.coverage(rates.bootstrap_intervals_of(some), truth=1.1),
    )


def equals(noise: Noise, *, launches: int, experiments: int) -> Iterator[Row]:
    """What is said of variants that equal the baseline?"""
    made = simulate_ratios(
        noise,
        truths=EQUAL * VARIANTS,
        experiments=experiments,
        launches=launches,
        seed=2,
    )
    apart = np.stack(
        [rates.claims_difference(made[:, :, v]) for v in range(VARIANTS)], axis=1
    )
    said = rates.verdicts(made)
    claimed = np.isin(said, ["faster", "slower"]).any(axis=1)
    questions = {
        "an equal variant is told from the baseline": ("at most 5%", apart[:, 0]),
        "one of five equals is, uncorrected": ("", apart.any(axis=1)),
        "one of five equals is, by Holm's procedure": (
            "at most 5%",
            rates.claims_any_difference(made),
        ),
        "one of five equals is called faster or slower": ("at most 5%", claimed),
        "all of five equals are called equivalent": (
            "",
            (said == "equivalent").all(axis=1),
        ),
        "all 15 pairs' intervals hold at once": ("95%", all_pairs_hold(made)),
    }
    for question, (promised, happened) in questions.items():
        yield Row(
            question=question,
            launches=f"{launches}",
            promised=promised,
            found=share_of(happened),
        )


def all_pairs_hold(made: np.ndarray) -> np.ndarray:
    """Whether no interval of a ranking excludes 1, where all are equal.

    Shape: (experiments, launches, variants) -> (experiments,).
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


def margin(noise: Noise, *, launches: int, experiments: int) -> Iterator[Row]:
    """Is equivalence claimed of what lies just outside it?"""
    for truth in (1 + EQUIVALENCE_MARGIN, 1 / (1 + EQUIVALENCE_MARGIN)):
        made = simulate_ratios(
            noise, truths=[truth], experiments=experiments, launches=launches, seed=3
        )
        yield Row(
            question=f"equivalence is claimed at a ratio of {truth:.4f}",
            launches=f"{launches}",
            promised="at most 5%",
            found=share_of(rates.claims_equivalence(made[:, :, 0])),
        )


def planted(noise: Noise, *, truth: float, launches: int, experiments: int) -> Row:
    """Is a slower variant called slower, beside four that equal the baseline?"""
    truths = [truth, *EQUAL * (VARIANTS - 1)]
    made = simulate_ratios(
        noise, truths=truths, experiments=experiments, launches=launches, seed=4
    )
    return Row(
        question=f"{truth - 1:+.0%} is called slower, beside four equals",
        launches=f"{launches}",
        promised="",
        found=share_of(rates.verdicts(made)[:, 0] == "slower"),
    )


def detected(noise: Noise, *, launches: int, experiments: int) -> Iterator[Row]:
    """Is an effect found that is as large as the detectable one?"""
    made, pilot = (
        simulate_ratios(
            noise, truths=EQUAL, experiments=experiments, launches=launches, seed=seed
        )[:, :, 0]
        for seed in (5, 6)
    )
    spread = np.sqrt(pilot.var(axis=1, ddof=1).mean())
    typical = np.resize([-spread, spread], launches) * np.sqrt(1 - 1 / launches)
    effect = minimum_detectable_effect(typical)
    yield Row(
        question="the detectable effect of average noise is found",
        launches=f"{launches}",
        promised="about 80%",
        found=share_of(rates.claims_difference(made + log(1 + effect))),
        note=f"{effect:.2%}",
    )
    effects = np.array([minimum_detectable_effect(each) for each in pilot])
    yield Row(
        question="what an experiment calls detectable is found",
        launches=f"{launches}",
        promised="",
        found=share_of(rates.claims_difference(made + np.log1p(effects)[:, None])),
        note=f"{np.median(effects):.2%}, the median",
    )


def stopped(noise: Noise, *, precision: float, experiments: int) -> Iterator[Row]:
    """Do intervals hold the truth where their own width ended the run?"""
    made = simulate_ratios(
        noise, truths=[1.1], experiments=experiments, launches=LOOKS[-1], seed=7
    )
    request = rates.request_precision(precision)
    split = rates.stopping_launch(made, request=request)
    whole = np.array([first_narrow(each[:, 0], precision=precision) for each in made])
    for how, stops, level in (
        ("error split among looks", split, alpha_per_look(request)),
        ("were it not", whole, ALPHA),
    ):
        held = [
            ratio_interval(each[:count, 0], alpha=level)
            for each, count in zip(made, stops, strict=True)
        ]
        yield Row(
            question=f"stopped at {precision:.1%}, {how}: holds",
            launches=f"{LOOKS[0]}-{LOOKS[-1]}",
            promised="95%" if level < ALPHA else "",
            found=rates.coverage(held, truth=1.1),
            note=f"after {stops.mean():.1f} launches on average",
        )


def first_narrow(log_ratios: np.ndarray, *, precision: float) -> int:
    """The look that finds the plain 95% interval narrow enough."""
    for count in LOOKS:
        interval = ratio_interval(log_ratios[:count])
        if interval.high / interval.estimate - 1 <= precision:
            return count
    return LOOKS[-1]


def unsteady(noise: Noise, *, experiments: int) -> Row:
    """Is a steady state denied where there is nothing but noise?"""
    arms, rng = VARIANTS + 2, np.random.default_rng(8)
    made = simulate_log_steps(
        noise, launches=experiments, rounds=ROUNDS, arms=arms, rng=rng
    )
    index = pd.MultiIndex.from_product([[0], range(ROUNDS)], names=["launch", "round"])
    found = [
        len(find_unsteady_states(pd.DataFrame(each, index=index))) for each in made
    ]
    return Row(
        question="a steady session is said not to be",
        launches="1",
        promised="at most 0.1%",
        found=Rate(share=sum(found) / (arms * experiments), trials=arms * experiments),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--experiments", type=int, default=20_000)
    options = parser.parse_args()
    gc.freeze()  # statsmodels collects garbage at every correction
    versions = ", ".join(
        f"{name} {installed_version(name)}" for name in ("numpy", "scipy")
    )
    print(f"make simulation, {datetime.now(UTC):%Y-%m-%d}, {versions}")
    print(
        f"launches of {ROUNDS} rounds; each noise: tests/support/simulated.py; "
        "+- one standard error"
    )
    for name in NOISES:
        heading = f"{name} noise"
        print(f"\n{heading:52} launches  promised        experiments  found")
        for row in rows(name, experiments=options.experiments):
            error = row.found.standard_error(row.found.share)
            print(
                f"{row.question:52} {row.launches:>8}  {row.promised:14} "
                f"{row.found.trials:12,}  {row.found.share:7.2%} +- {error:.2%}  "
                f"{row.note}".rstrip(),
                flush=True,
            )


if __name__ == "__main__":
    main()
