"""Compare two versions of a program, each measured twice in the same rounds.

Every launch starts two workers of each version: the second one is the *control* of its
side. The change is estimated from the mean of both. The ratio of a side's own workers
is 1 apart from noise; if its interval excludes 1, the measurement is *unproven* and
shows no change.

A change is reported only if it is proven to be larger than a margin. Commits that
change nothing have a ratio of exactly 1, far from the margin, so they are reported much
less often than the significance level.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf, isnan, nan
from typing import TYPE_CHECKING

from compare.stats.estimates import (
    ALPHA,
    Interval,
    adjust_holm,
    minimum_detectable_effect,
    p_value_of_notable_difference,
    ratio_interval,
)
from compare.stats.paired import launch_estimates

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

# Launches after which a measurement may stop. The level is divided by their number.
LOOKS = (4, 6, 9, 13, 19, 28)
SOUGHT = 0.03  # a measurement may stop if it would find a change of this size
# How often the controls of a measurement may be wrong, divided by their number: ten at
# 5% each would leave four measurements in ten unproven although nothing is wrong.
CONTROL_ALPHA = 0.02
STEP_MARGIN = 0.01
FIRST_CALL_MARGIN = 0.10


class SideVerdict(StrEnum):
    """Whether head takes more or less time than base."""

    SLOWER = "slower"
    FASTER = "faster"
    NO_CHANGE = "no change found"
    CANNOT_TELL = "cannot tell"


class Doubt(StrEnum):
    """Why a measurement cannot tell."""

    NONE = ""
    FEW = "fewer than two launches"
    BASE_CONTROL = "two workers of base differ"
    HEAD_CONTROL = "two workers of head differ"
    DISTURBED = "the machine was busy"


@dataclass(frozen=True, kw_only=True)
class SideRatios:
    """The log ratios of one quantity of one variant, one per launch."""

    change: list[float] = field(default_factory=list)  # head to base
    base_control: list[float] = field(default_factory=list)
    head_control: list[float] = field(default_factory=list)
    margin: float = STEP_MARGIN


@dataclass(frozen=True, kw_only=True)
class JudgedSides:
    """The verdict on one quantity of one variant, and what it follows from."""

    ratio: Interval
    base_control: Interval
    head_control: Interval
    p: float  # that the change is within the margin, adjusted for all claims
    detectable: float  # a fraction; 80% of changes of this size are found
    verdict: SideVerdict
    doubt: Doubt
    launches: int


def combine_sides(rounds: pd.DataFrame, *, margin: float = STEP_MARGIN) -> SideRatios:
    """Return the log ratios of each launch from the log step times of its rounds.

    Args:
        rounds: one row per round, with ``launch`` as a level of the index, and the
            columns ``base``, ``base again``, ``head`` and ``head again``.
        margin: of a change.
    """
    base, head = rounds["base"], rounds["head"]
    base_again, head_again = rounds["base again"], rounds["head again"]
    differences = base.to_frame("base").assign(
        change=(head + head_again - base - base_again) / 2,
        base_control=base_again - base,
        head_control=head_again - head,
    )
    found = launch_estimates(differences.drop(columns="base"))
    if found.empty:
        return SideRatios(margin=margin)
    complete = found.dropna()
    return SideRatios(
        **{str(name): complete[name].to_list() for name in complete}, margin=margin
    )


def judge_sides(
    found: Sequence[SideRatios], *, slowdown: float = 1.0
) -> list[JudgedSides]:
    """Return the verdict on each of several quantities, which are tested together.

    Args:
        found: the quantities of all variants.
        slowdown: how much slower the machine ran than it can, because something else
            used it. A smaller change cannot be distinguished from that.
    """
    alpha = ALPHA / len(LOOKS)
    ps = adjust_holm(
        [p_value_of_notable_difference(e.change, margin=e.margin) for e in found]
    )
    return [
        _judge(each, p=p, alpha=alpha, claims=len(found), slowdown=slowdown)
        for each, p in zip(found, ps, strict=True)
    ]


def _judge(
    found: SideRatios, *, p: float, alpha: float, claims: int, slowdown: float
) -> JudgedSides:
    base_control, head_control = (
        ratio_interval(each, alpha=CONTROL_ALPHA / (2 * claims))
        for each in (found.base_control, found.head_control)
    )
    ratio = ratio_interval(found.change, alpha=alpha)
    is_beyond = ratio.low > slowdown or ratio.high < 1 / slowdown
    doubt = Doubt.NONE
    if isnan(p):
        doubt = Doubt.FEW
    elif base_control.excludes_one:
        doubt = Doubt.BASE_CONTROL
    elif head_control.excludes_one:
        doubt = Doubt.HEAD_CONTROL
    elif slowdown > 1 and not (is_beyond and p < alpha):
        doubt = Doubt.DISTURBED
    verdict = SideVerdict.CANNOT_TELL if doubt else SideVerdict.NO_CHANGE
    if not doubt and p < alpha:
        verdict = SideVerdict.SLOWER if ratio.estimate > 1 else SideVerdict.FASTER
    return JudgedSides(
        ratio=ratio,
        base_control=base_control,
        head_control=head_control,
        p=p,
        detectable=find_detectable(found, claims=claims),
        verdict=verdict,
        doubt=doubt,
        launches=len(found.change),
    )


def find_detectable(found: SideRatios, *, claims: int) -> float:
    """Return the smallest change that such launches find in 80% of measurements.

    It is beyond the margin by what one side of an interval excludes.
    """
    # The level of `minimum_detectable_effect` is two-sided, that of a change is not.
    beyond = minimum_detectable_effect(
        found.change, claims=claims, alpha=2 * ALPHA / len(LOOKS)
    )
    return nan if isnan(beyond) else (1 + found.margin) * (1 + beyond) - 1


def finds_sought_change(found: Sequence[SideRatios], *, claims: int) -> bool:
    """Return whether a change of the sought size would be found in each quantity."""
    sizes = [find_detectable(each, claims=claims) for each in found]
    return max((inf if isnan(size) else size for size in sizes), default=0.0) <= SOUGHT
