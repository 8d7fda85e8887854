"""What a cell's checks brought to light: its verdict, its worst error, its differences.

Nothing is decided here that the run does not already say.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import TYPE_CHECKING

from compare.render.format import known, of_tolerance, received_for
from compare.runs.rows import DifferenceRow
from compare.runs.words import Check, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

# The kinds of tensor, in the order in which a training step computes them.
KINDS = ("activation", "loss", "gradient", "parameter")


@dataclass(frozen=True, kw_only=True)
class Worst:
    """The check that came nearest to its tolerance, or passed it by most."""

    check: str
    dtype: str
    step: int | None
    quantity: str
    expected: float
    received: float
    floors: float
    fraction: float  # of the tolerance; infinite where it is no number

    @property
    def place(self) -> str:
        """Which tensor at which step of which check."""
        return place(self.quantity, step=self.step, check=self.check)

    @property
    def said(self) -> str:
        """The error against its tolerance; what was received where there is none."""
        if isfinite(self.fraction):
            return of_tolerance(self.fraction)
        return received_for(self.expected, self.received)


@dataclass(frozen=True, kw_only=True)
class Difference(DifferenceRow):
    """The first tensor of a cell, in one dtype, that is out of its tolerance."""

    searched: bool = True  # whether a cause was looked for

    @property
    def place(self) -> str:
        """Which tensor at which step of which check."""
        return place(self.quantity, step=self.step, check=self.check)

    @property
    def fraction(self) -> float:
        """The error as a multiple of its tolerance; infinite where it is no number."""
        if not known(self.max_abs_error) or not self.tolerance:
            return inf
        multiple = self.max_abs_error / self.tolerance
        return multiple if multiple > 1 else inf

    @property
    def kind(self) -> str:
        """``activation``, ``loss``, ``gradient`` or ``parameter``."""
        return kind_of(self.quantity)


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How one cell's checks came out, by itself and against the reference."""

    checks: pd.DataFrame  # its rows of agreement.csv, with `fraction`
    agrees: bool | None  # None: nothing was compared, or nothing decided
    worst: Worst | None

    def compared(self, dtype: str) -> pd.DataFrame:
        """The checks against the reference in a dtype."""
        return against_reference(self.checks[self.checks["dtype"] == dtype])

    def trajectory(self, dtype: str) -> pd.DataFrame:
        """The checks along the free-running trajectory in a dtype."""
        rows = self.compared(dtype)
        return rows[rows["check"] == Check.TRAJECTORY]


def against_reference(checks: pd.DataFrame) -> pd.DataFrame:
    """All rows but those that compare a variant with itself."""
    return checks[checks["check"] != Check.DETERMINISM]


def agree(compared: pd.DataFrame) -> bool | None:
    """Whether nothing disagrees; ``None`` where nothing was compared or decided.

    What is undecided, or diverged with the reference, is no disagreement.
    """
    if (compared["verdict"] == Verdict.UNDECIDED).all():  # of no rows, too
        return None
    return not (compared["verdict"] == Verdict.DISAGREES).any()


def worst_of(agreements: Iterable[Agreement]) -> Worst | None:
    """The check nearest to its tolerance among several cells."""
    worsts = (agreement.worst for agreement in agreements if agreement.worst)
    return max(worsts, key=lambda worst: worst.fraction, default=None)


def kind_of(quantity: str) -> str:
    """What kind of tensor a quantity is: ``gradient`` of ``gradient:head.bias``."""
    return quantity.partition(":")[0]


def rank(quantity: str) -> int:
    """The place of a quantity's kind in the order in which a step computes."""
    kind = kind_of(quantity)
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def place(quantity: str, *, step: int | None, check: str) -> str:
    """Which tensor at which step of which check."""
    if step is None:
        return f"{quantity} ({check})"
    of = " of the trajectory" if check == Check.TRAJECTORY else ""
    return f"{quantity} at step {step}{of}"


def with_fraction(checks: pd.DataFrame) -> pd.DataFrame:
    """The rows with their error as a `fraction` of the tolerance.

    What disagrees without a number to say so is beyond any tolerance; what is not
    decided has no fraction.
    """
    error, tolerance = checks["max_abs_error"], checks["tolerance"]
    fraction = (error / tolerance).mask((error == 0).to_numpy(), 0.0)
    wrong = (checks["verdict"] == Verdict.DISAGREES) & (
        checks["check"] != Check.DETERMINISM
    )
    beyond = wrong & ~(fraction > 1)
    open_ = checks["verdict"].isin([Verdict.UNDECIDED, Verdict.BOTH_DIVERGED])
    fraction = fraction.mask(beyond.to_numpy(dtype=bool), inf)
    return checks.assign(fraction=fraction.mask(open_.to_numpy(dtype=bool), nan))
