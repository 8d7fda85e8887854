"""The results of a cell's agreement checks: verdict, worst error, first differences.

The module adds no verdict on a tensor; it summarises those that the run stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import TYPE_CHECKING

from compare.contract import TensorKind, tensor_kind
from compare.render.format import describe_received, describe_tolerance_share, is_known
from compare.runs.rows import DifferenceRow
from compare.runs.words import Against, Check, Inputs, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class WorstError:
    """The error that is largest in relation to its tolerance."""

    inputs: str
    check: str
    dtype: str
    step: int | None
    quantity: str
    expected: float
    received: float
    floors: float
    fraction: float  # of the tolerance; infinite for a value that is not finite

    @property
    def position(self) -> str:
        """The tensor, the step and the check."""
        return format_position(
            self.quantity, step=self.step, check=self.check, inputs=self.inputs
        )

    @property
    def description(self) -> str:
        """The error relative to its tolerance; both values if it is not finite."""
        if isfinite(self.fraction):
            return describe_tolerance_share(self.fraction)
        return describe_received(self.expected, self.received)


@dataclass(frozen=True, kw_only=True)
class Difference(DifferenceRow):
    """The first tensor of a cell, in one dtype, that is out of its tolerance."""

    searched: bool = True  # whether a cause was searched for

    @property
    def position(self) -> str:
        """The tensor, the step and the check."""
        return format_position(
            self.quantity, step=self.step, check=self.check, inputs=self.inputs
        )

    @property
    def fraction(self) -> float:
        """The error as a multiple of its tolerance; infinite if it is not finite."""
        if not is_known(self.max_abs_error) or not self.tolerance:
            return inf
        multiple = self.max_abs_error / self.tolerance
        return multiple if multiple > 1 else inf

    @property
    def kind(self) -> str:
        """``activation``, ``loss``, ``gradient`` or ``parameter``."""
        return tensor_kind(self.quantity)


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """The results of one cell's checks against itself and against the reference."""

    checks: pd.DataFrame  # its rows of agreement.csv, with the column `fraction`
    dtype: str  # of the cell; the checks may include the proof in another dtype
    agrees: bool | None  # None: nothing was compared, or everything is undecided
    worst: WorstError | None
    # The first step of the trajectory from which on no tensor is decided in the cell's
    # own dtype; None if the last step has a decided tensor.
    undecided_from: int | None

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes that were compared with the reference."""
        return tuple(dict.fromkeys(select_compared(self.checks)["dtype"]))

    @property
    def undecided_dtypes(self) -> tuple[str, ...]:
        """The dtypes in which tensors were compared and every one is undecided."""
        return tuple(d for d in self.dtypes if judge_checks(self.compared(d)) is None)

    def compared(self, dtype: str, *, inputs: str = Inputs.WORKLOAD) -> pd.DataFrame:
        """Return the checks against the reference in a dtype, on one kind of inputs."""
        of_dtype = self.checks[self.checks["dtype"] == dtype]
        return select_compared(of_dtype[of_dtype["inputs"] == inputs])

    def trajectory(self, dtype: str) -> pd.DataFrame:
        """Return the checks along the trajectory on the workload's data."""
        return select_trajectory(self.compared(dtype))


def select_compared(checks: pd.DataFrame) -> pd.DataFrame:
    """Return the checks against the reference, without those of determinism."""
    return checks[checks["check"] != Check.DETERMINISM]


def select_trajectory(checks: pd.DataFrame) -> pd.DataFrame:
    """Return the checks along a trajectory."""
    return checks[checks["check"] == Check.TRAJECTORY]


def judge_checks(compared: pd.DataFrame) -> bool | None:
    """Return whether no tensor disagrees; ``None`` if no tensor is decided.

    A tensor that is undecided, or that diverged together with the reference, does not
    disagree. Timed steps that equal the same steps one by one decide nothing.
    """
    if (compared["verdict"] == Verdict.DISAGREES).any():
        return False
    of_reference = compared[compared["against"] == Against.REFERENCE]
    if (of_reference["verdict"] == Verdict.UNDECIDED).all():  # also true of no rows
        return None
    return True


def find_undecided_from(trajectory: pd.DataFrame) -> int | None:
    """Return the first step from which on no tensor of a trajectory is decided.

    ``None`` if the last step has a decided tensor, or if there are no steps. The rows
    of several variants may be given: a tensor counts as undecided at a step if it is
    undecided for one of them.
    """
    undecided = trajectory[trajectory["verdict"] == Verdict.UNDECIDED]
    counts = undecided.groupby("step")["quantity"].nunique()
    tensors = trajectory.groupby("step")["quantity"].nunique()
    is_decided = tensors > counts.reindex(tensors.index, fill_value=0)
    last_decided = max(map(int, tensors.index[is_decided.to_numpy()]), default=-1)
    later = (int(step) for step in tensors.index if step > last_decided)
    return min(later, default=None)


def find_worst(agreements: Iterable[Agreement]) -> WorstError | None:
    """Return the error of several cells that is largest relative to its tolerance."""
    worst = (agreement.worst for agreement in agreements if agreement.worst)
    return max(worst, key=lambda error: error.fraction, default=None)


def order_in_step(quantity: str) -> int:
    """Return the position of a tensor's kind in the order in which a step computes."""
    kind = tensor_kind(quantity)
    return (
        tuple(TensorKind).index(kind)
        if kind in tuple(TensorKind)
        else len(tuple(TensorKind))
    )


def format_position(quantity: str, *, step: int | None, check: str, inputs: str) -> str:
    """Return a tensor with its step and its check, as prose.

    Example: ``loss at step 3 of the trajectory on the probe``.
    """
    where = " on the probe" if inputs == Inputs.PROBE else ""
    if step is None:
        return f"{quantity} ({check}){where}"
    if check == Check.TIMED:
        return f"{quantity} of timed steps, launch {step}"
    of = "" if check == Check.STEP else f" of the {check}"
    return f"{quantity} at step {step}{of}{where}"


def add_fraction(checks: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with `fraction`, their error divided by their tolerance.

    The fraction is infinite where a tensor disagrees without a finite error, and NaN
    where the verdict is undecided.
    """
    error, tolerance = checks["max_abs_error"], checks["tolerance"]
    # An error of 0 has the fraction 0 even if the tolerance is 0 as well.
    fraction = (error / tolerance).mask((error == 0).to_numpy(), 0.0)
    wrong = (checks["verdict"] == Verdict.DISAGREES) & (
        checks["check"] != Check.DETERMINISM
    )
    beyond = wrong & ~(fraction > 1)
    open_ = checks["verdict"].isin([Verdict.UNDECIDED, Verdict.BOTH_DIVERGED])
    fraction = fraction.mask(beyond.to_numpy(dtype=bool), inf)
    return checks.assign(fraction=fraction.mask(open_.to_numpy(dtype=bool), nan))
