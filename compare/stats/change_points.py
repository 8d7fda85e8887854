"""Where a figure that is measured again and again went to another level.

The series is cut into pieces of constant level so that the squared distances from the
levels, in units of the noise, and a penalty for each cut are least together. Each cut
adds a place and a level to what is estimated, for which the Bayesian information
criterion asks ``2 ln n`` of an improvement; twice that is asked here, because a history
is many series looked at together. Of constant series, simulated, fewer than one in
twenty then shows a change (``tests/stats/test_change_points.py``).

Source: Yao, "Estimating the number of change-points via Schwarz' criterion" (1988);
Killick, Fearnhead and Eckley, "Optimal detection of changepoints with a linear
computational cost" (2012) for the search, which is that of `ruptures`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Array

MIN_SEGMENT = 3  # on each side: one odd measurement, or two, are no new level
PENALTY = 4.0  # times ln n and the variance of the noise
MEAN_RANGE = 1.128  # mean distance of two values, in standard deviations of one


@dataclass(frozen=True, kw_only=True)
class ChangePoint:
    """The first measurement on a new level."""

    at: int  # counted from 0
    factor: float  # the new level over the old


def find_change_points(
    logarithms: Sequence[float], *, noise: float = 0.0
) -> tuple[ChangePoint, ...]:
    """The change points of a series of logarithms.

    Args:
        logarithms: in the order in which they were measured.
        noise: their standard error, as far as each measurement knows its own; what
            makes measurements differ besides is seen from one to the next.
    """
    values = np.asarray(logarithms, dtype="float64")
    if len(values) < 2 * MIN_SEGMENT:
        return ()
    variance = max(noise, estimate_noise(values)) ** 2
    if not variance:
        return ()  # all the same
    cuts = _cuts(values, penalty=PENALTY * variance * log(len(values)))
    levels = [float(piece.mean()) for piece in np.split(values, cuts)]
    return tuple(
        ChangePoint(at=cut, factor=exp(after - before))
        for cut, before, after in zip(cuts, levels[:-1], levels[1:], strict=True)
    )


def estimate_noise(values: Array) -> float:
    """The standard deviation from neighbours' distances, which few changes move.

    Source: the moving range of an individuals control chart, Shewhart (1931).
    """
    return float(np.abs(np.diff(values)).mean()) / MEAN_RANGE


def _cuts(values: Array, *, penalty: float) -> list[int]:
    from ruptures import KernelCPD  # noqa: PLC0415 - half a second, only where needed

    search = KernelCPD(kernel="linear", min_size=MIN_SEGMENT).fit(values[:, None])
    ends: list[int] = search.predict(pen=penalty)
    return ends[:-1]  # the last piece ends where the series does
