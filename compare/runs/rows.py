"""Row types, one per table. They define names, types and order of the columns.

To add a column, add a field. Its annotation determines how it is stored and read. A
text or number may be blank only if its field has a default. The last column is never
blank, so that a line that was cut off is noticed.

==================  =======================================================
annotation          column
==================  =======================================================
``str``             text
an enumeration      text, one of its values; also a ``Literal`` of texts
`Name`              text that repeats in most rows, stored as a category
``int``             whole numbers; ``int | None`` may be missing
``float``           numbers; NaN if nothing was measured
``bool``            True or False
==================  =======================================================

Units are part of a name: ``_ns``, ``_s``, ``_bytes``, ``_steps``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite, nan
from typing import Annotated

from compare.contract import (
    BreakCause,
    BreakKind,
    Captures,
    Device,
    Dtype,
    Family,
    OperationKind,
    Processor,
)
from compare.runs.columns import ADDED
from compare.runs.words import (  # noqa: TC001 - read at run time
    Against,
    CaptureVerdict,
    Check,
    Inputs,
    Status,
    Verdict,
)
from compare.stats.estimates import Interval, TimingVerdict
from compare.stats.steady_state import UnsteadyState

CATEGORY = "category"
Name = Annotated[str, CATEGORY]


@dataclass(frozen=True, kw_only=True)
class CellKey:
    """The columns that identify a cell."""

    workload: str
    framework: str
    mode: str
    device: Device
    dtype: Dtype


@dataclass(frozen=True, kw_only=True)
class CellRow(CellKey):
    """``cells.csv``: one row per cell, with or without a result."""

    family: Family
    captures: Captures  # as measured
    declared: Captures
    capture_verdict: CaptureVerdict
    graph_breaks: int | None = None
    kernels: int | None = None
    reason: str = ""
    disagreement: str = ""
    machine: str = field(default="", metadata=ADDED)  # in a run on a cluster
    status: Status


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One compared tensor.

    Errors are those of the worst element. Relative errors, and errors in units in the
    last place, refer to the tensor's largest magnitude, because its small elements have
    the rounding errors of its large ones.
    """

    inputs: Inputs
    check: Check
    step: int | None
    quantity: Name  # e.g. ``gradient:hidden.weight``
    max_abs_error: float
    max_rel_error: float
    max_ulp_error: float
    floors: float
    tolerance: float
    verdict: Verdict
    against: Against
    threads: int | None = None  # of a repetition, if not the run's own number
    worst_index: Name = ""  # of the worst element, e.g. ``3, 0``; empty for a scalar
    earlier_run: Name = ""  # id of the run that computed it; empty for this run
    expected: float  # at the worst element
    received: float


@dataclass(frozen=True, kw_only=True)
class AgreementRow(Finding, CellKey):
    """``agreement.csv``: one row per compared tensor."""

    workload: Name
    framework: Name
    mode: Name


@dataclass(frozen=True, kw_only=True)
class DifferenceRow(CellKey):
    """``differences.csv``: the first tensor out of tolerance, by dtype and inputs."""

    inputs: Inputs
    check: Check
    step: int | None
    quantity: str
    worst_index: str = ""  # empty for a scalar
    cause: str = ""  # a name; empty unless exactly one known mistake explains it
    explanation: str = ""
    candidates: str = ""  # in words, if several mistakes explain it equally well
    activations: str = ""  # the mode whose layer outputs were compared
    expected: float
    received: float
    max_abs_error: float
    floors: float
    tolerance: float


@dataclass(frozen=True, kw_only=True)
class BreakRow(CellKey):
    """``breaks.csv``: one row per place where a mode left its graph.

    Fields are those of `compare.contract.GraphBreak`.
    """

    cause: BreakCause = BreakCause.UNKNOWN
    file: str = ""  # empty if the framework names none
    line: int = 0
    reason: str
    hint: str = ""
    argument: str = ""  # of a recapture: what changed
    kind: BreakKind


@dataclass(frozen=True, kw_only=True)
class PrecisionRow(CellKey):
    """``precision.csv``: the precision in which an operation accumulates."""

    operation: str
    rounded_once: float  # share of results equal to the exact result rounded once


@dataclass(frozen=True, kw_only=True)
class TimingRow(CellKey):
    """``timing.csv``: one row per timed cell, and one for the control.

    NaN or ``None``: not measured.
    """

    captures: Captures
    step_time_ns: float
    ratio: float = nan  # to the baseline's step time
    ratio_low: float = nan
    ratio_high: float = nan
    import_s: float = nan
    prepare_s: float = nan
    first_call_cold_s: float = nan
    first_call_warm_s: float = nan
    break_even_steps: float = nan
    break_even_low: float = nan
    break_even_high: float = nan
    peak_rss_bytes: float = nan
    peak_device_bytes: float = nan
    captures_count: int | None = None
    recaptures: int | None = None
    first_call_steps: int | None = None  # one per shape or structure of batches
    graph_breaks: int | None = None
    flops_per_second: float = nan
    fraction_of_peak: float = nan
    is_unproven: bool = False  # the interval of the workload's control excludes 1
    import_rss_bytes: float = nan
    launches: int | None = None
    blocks: int | None = None  # that count
    # Blocks that do not count: in total, and by reason.
    voided: int | None = None
    voided_asleep: int | None = None
    voided_clock: int | None = None
    voided_descheduled: int | None = None
    voided_recaptured: int | None = None
    holm_p: float = nan
    equivalence_p: float = nan
    bootstrap_low: float = nan
    bootstrap_high: float = nan
    detectable: float = nan
    device_step_time_ns: float = nan
    # The change point of a session that did not reach a steady state.
    unsteady_launch: int | None = None
    unsteady_round: int | None = None
    unsteady_change: float = nan  # of the step time, e.g. -0.06
    start_rss_bytes: float = nan
    steady_rss_bytes: float = nan
    start_device_bytes: float = nan
    steady_device_bytes: float = nan
    reserved_device_bytes: float = nan
    arithmetic_ns: float = nan  # of the step's products, at the machine's peak
    # Launches of the workload that ran on a busy machine, and how much slower it was.
    disturbed_launches: int | None = None
    slowdown: float = nan
    is_disturbed: bool = False  # too few launches were quiet, so these are used
    machine: str = field(default="", metadata=ADDED)  # in a run on a cluster
    verdict: TimingVerdict

    @property
    def has_interval(self) -> bool:
        """Whether the ratio has a confidence interval."""
        return isfinite(self.ratio_low) and isfinite(self.ratio_high)

    @property
    def excludes_one(self) -> bool:
        """Whether the confidence interval of the ratio excludes 1."""
        return Interval(low=self.ratio_low, high=self.ratio_high).excludes_one

    @property
    def unsteady_state(self) -> UnsteadyState | None:
        """Where a session changed its step time after warm-up; None if it did not."""
        if self.unsteady_launch is None or self.unsteady_round is None:
            return None
        return UnsteadyState(
            launch=self.unsteady_launch,
            round=self.unsteady_round,
            relative_change=self.unsteady_change,
        )

    @property
    def start_s(self) -> float:
        """Seconds until the first call is done: import, prepare, cold first call."""
        return self.import_s + self.prepare_s + self.first_call_cold_s

    @property
    def first_steps(self) -> int:
        """Steps of the first call: one per shape or structure of batches."""
        return self.first_call_steps or 1

    def cheaper_until(self, baseline: TimingRow) -> float:
        """Return for how many steps a variant with slower steps costs less in total.

        0 if it never does; NaN if that is unknown.
        """
        if self.ratio <= 1:
            return 0.0
        lost = baseline.step_time_ns / 1e9 * (self.ratio - 1)
        saved = baseline.start_s - self.start_s
        return self.first_steps + saved / lost if saved > 0 else 0.0

    def cumulative_s(self, steps: float) -> float:
        """Return the seconds from starting the process until `steps` steps are done.

        Fewer steps than those of the first call cost as much as it does.
        """
        later = max(0.0, steps - self.first_steps)
        return self.start_s + later * self.step_time_ns / 1e9


@dataclass(frozen=True, kw_only=True)
class RankingRow:
    """``ranking.csv``: one row per pair of variants, with simultaneous intervals."""

    workload: str
    variant: str
    other: str
    device: Device
    dtype: Dtype
    ratio: float
    ratio_low: float
    ratio_high: float


@dataclass(frozen=True, kw_only=True)
class ProfileRow(CellKey):
    """``profile.csv``: one row per operation of a profiled step."""

    processor: Processor
    kind: OperationKind
    operation: str
    common: str = field(default="", metadata=ADDED)  # the operation's common name
    calls_per_step: float
    self_time_ns: float
    share: float  # of its processor's time


@dataclass(frozen=True, kw_only=True)
class SampleRow:
    """``samples.csv.gz``: one row per block of consecutive steps."""

    workload: Name
    framework: Name
    mode: Name
    device: Name
    dtype: Name
    launch: int
    round: int
    position: int
    steps: int
    device_ns: float = nan
    void: Name = ""  # a `VoidReason`; empty for a block that counts
    sentinel_ns: float = nan  # of the fixed work before and after the block
    duration_ns: int
    started_ns: int


@dataclass(frozen=True, kw_only=True)
class LearningRow:
    """``learning.csv``: one row per training epoch."""

    workload: str
    variant: str
    epoch: int
    train_loss: float
    valid_loss: float
    valid_accuracy: float
