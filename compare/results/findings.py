"""The results of a cell's agreement checks: verdict, worst error, first differences.

The module adds no verdict on a tensor; it summarises those that the run stored.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import inf, isfinite, nan
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from compare.contract import TensorKind, tensor_kind
from compare.render.format import describe_received, describe_tolerance_share, is_known
from compare.runs.rows import DifferenceRow
from compare.runs.words import Against, Check, Inputs, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from compare.contract import Array

# The columns that describe a repetition. Fewer columns are selected in less time.
REPEATED = ["step", "quantity", "against", "threads", "max_abs_error", "max_rel_error"]


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

    # Its rows of agreement.csv with the column `fraction`, ordered by dtype and inputs.
    # In each part, comparisons with the reference come before repetitions.
    checks: pd.DataFrame
    counts: Mapping[tuple[str, str], int]  # comparisons by dtype and verdict
    dtype: str  # of the cell; the checks may include the proof in another dtype
    agrees: bool | None  # None: nothing was compared, or everything is undecided
    worst: WorstError | None
    # The first step of the trajectory from which on no tensor is decided in the cell's
    # own dtype; None if the last step has a decided tensor.
    undecided_from: int | None

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes that were compared with the reference."""
        return tuple(dict.fromkeys(dtype for dtype, _ in self.counts))

    @property
    def undecided_dtypes(self) -> tuple[str, ...]:
        """The dtypes in which tensors were compared and every one is undecided."""
        decided = {d for d, verdict in self.counts if verdict != Verdict.UNDECIDED}
        return tuple(dtype for dtype in self.dtypes if dtype not in decided)

    def has(self, verdict: Verdict, *, dtype: str) -> bool:
        """Return whether a tensor has a verdict in a dtype."""
        return (dtype, verdict) in self.counts

    def compared(self, dtype: str, *, inputs: str = Inputs.WORKLOAD) -> pd.DataFrame:
        """Return the checks against the reference in a dtype, on one kind of inputs."""
        return self._compared.get((dtype, inputs), self.checks.iloc[:0])

    def repetitions(self, dtype: str) -> pd.DataFrame:
        """Return the columns `REPEATED` of the repetitions on the workload's data."""
        none = self.checks[REPEATED].iloc[:0]
        return self._repetitions.get((dtype, Inputs.WORKLOAD), none)

    @cached_property
    def _compared(self) -> dict[tuple[str, str], pd.DataFrame]:
        """The checks against the reference, in the order of the table."""
        return {
            part: rows.iloc[:count]
            for part, rows in self._by_part.items()
            if (count := _count_compared(rows))
        }

    @cached_property
    def _repetitions(self) -> dict[tuple[str, str], pd.DataFrame]:
        """The checks of determinism."""
        return {
            part: rows[REPEATED].iloc[_count_compared(rows) :]
            for part, rows in self._by_part.items()
        }

    @cached_property
    def _by_part(self) -> dict[tuple[str, str], pd.DataFrame]:
        """The checks by dtype and kind of inputs."""
        codes, _ = pd.factorize(self.checks["dtype"])
        is_probe = (self.checks["inputs"] == Inputs.PROBE).to_numpy()
        parts = split_runs(self.checks, 2 * codes + is_probe)
        first = (rows.iloc[0] for rows in parts)
        keys = [(str(row["dtype"]), str(row["inputs"])) for row in first]
        return dict(zip(keys, parts, strict=True))

    def trajectory(self, dtype: str) -> pd.DataFrame:
        """Return the checks along the trajectory on the workload's data."""
        return select_trajectory(self.compared(dtype))


def select_compared(checks: pd.DataFrame) -> pd.DataFrame:
    """Return the checks against the reference, without those of determinism."""
    return checks[checks["check"] != Check.DETERMINISM]


def split_runs(rows: pd.DataFrame, numbers: Array) -> list[pd.DataFrame]:
    """Return one part of the rows per run of equal numbers, without copying them."""
    starts = np.flatnonzero(np.diff(numbers, prepend=-1)).tolist()
    return [rows.iloc[a:b] for a, b in pairwise([*starts, len(rows)])]


def _count_compared(rows: pd.DataFrame) -> int:
    """Return how many rows come before the repetitions."""
    return int((rows["check"] != Check.DETERMINISM).sum())


def select_trajectory(checks: pd.DataFrame) -> pd.DataFrame:
    """Return the checks along a trajectory."""
    return checks[checks["check"] == Check.TRAJECTORY]


def count_verdicts(checks: pd.DataFrame) -> Counter[tuple[str, str]]:
    """Return the number of comparisons that decide, by dtype and verdict.

    Timed steps that equal the same steps one by one decide nothing.
    """
    is_wrong = checks["verdict"] == Verdict.DISAGREES
    of_reference = checks["against"] == Against.REFERENCE
    is_check = checks["check"] != Check.DETERMINISM
    is_compared = (is_check & (is_wrong | of_reference)).to_numpy()
    dtypes, verdicts = (checks[name][is_compared] for name in ("dtype", "verdict"))
    return Counter(zip(dtypes.tolist(), verdicts.tolist(), strict=True))


def judge_counts(counts: Mapping[tuple[str, str], int]) -> bool | None:
    """Return whether no tensor disagrees; ``None`` if no tensor is decided."""
    verdicts = {verdict for _, verdict in counts}
    if verdicts <= {Verdict.UNDECIDED}:  # also true of no comparisons
        return None
    return Verdict.DISAGREES not in verdicts


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
    if undecided.empty:
        return None
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
