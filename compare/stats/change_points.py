"""Find where a figure that is measured repeatedly changed its level.

The series is divided into segments of constant level. The division minimises the sum of
the squared distances from the levels, in units of the noise variance, plus a penalty
for each change point. A change point adds two estimated quantities, its position and a
level, for which the Bayesian information criterion sets a penalty of ``2 ln n``. The
penalty used is twice that, because a history contains many series. In simulations,
fewer than one constant series in twenty then shows a change
(``tests/stats/test_change_points.py``).

Source: Yao, "Estimating the number of change-points via Schwarz' criterion" (1988);
Killick, Fearnhead and Eckley, "Optimal detection of changepoints with a linear
computational cost" (2012) for the search, which `ruptures` implements.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Array

MIN_SEGMENT = 3  # measurements: one or two outliers are not a new level
PENALTY = 4.0  # times ln n and the variance of the noise
MEAN_RANGE = 1.128  # mean distance of two normal values, in standard deviations of one


@dataclass(frozen=True, kw_only=True)
class ChangePoint:
    """The first measurement at a new level."""

    at: int  # counted from 0
    factor: float  # the new level over the old


def find_change_points(
    logarithms: Sequence[float], *, noise: float = 0.0
) -> tuple[ChangePoint, ...]:
    """Return the change points of a series of logarithms.

    Args:
        logarithms: in the order in which they were measured.
        noise: the standard error of a measurement as estimated from itself. The
            standard deviation between neighbours is used instead where it is larger,
            because measurements may also differ for other reasons.
    """
    values = np.asarray(logarithms, dtype="float64")
    if len(values) < 2 * MIN_SEGMENT:
        return ()
    variance = max(noise, estimate_noise(values)) ** 2
    if not variance:
        return ()  # all values are equal
    cuts = _find_cuts(values, penalty=PENALTY * variance * log(len(values)))
    levels = [float(segment.mean()) for segment in np.split(values, cuts)]
    return tuple(
        ChangePoint(at=cut, factor=exp(after - before))
        for cut, before, after in zip(cuts, levels[:-1], levels[1:], strict=True)
    )


def estimate_noise(values: Array) -> float:
    """Return a standard deviation estimated from the distances of neighbours.

    A few changes of level affect only a few of these distances.

    Source: the moving range of an individuals control chart, Shewhart (1931).
    """
    return float(np.abs(np.diff(values)).mean()) / MEAN_RANGE


def _find_cuts(values: Array, *, penalty: float) -> list[int]:
    from ruptures import KernelCPD  # noqa: PLC0415 - half a second, only where needed

    search = KernelCPD(kernel="linear", min_size=MIN_SEGMENT).fit(values[:, None])
    ends: list[int] = search.predict(pen=penalty)
    return ends[:-1]  # the last segment ends where the series does
