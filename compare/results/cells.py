"""The results of each cell of a run, and the groups in which a report shows them.

The module adds no verdict of its own; `compare.results.joining` fills in what the run
stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING

from compare.pipeline.plan import describe_captures
from compare.render.format import is_known
from compare.runs.record import CONTROL
from compare.runs.words import CaptureVerdict, Status
from compare.stats.estimates import TimingVerdict
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from compare.results.findings import Agreement, Difference
    from compare.runs.record import Cell
    from compare.runs.rows import TimingRow

MAX_NAMES = 3  # variants that a sentence names before "every variant" is shorter
BRIEF_WIDTH = 160  # characters of a reason in a table
NOT_REACHED = "the run has not reached this cell"
NO_REASON = "no reason was recorded"


@dataclass(frozen=True, kw_only=True)
class CellLabel:
    """The name of a cell in a sentence: a variant on a workload."""

    variant: str
    workload: str
    qualifier: str = ""  # ``in bfloat16 on cuda``, where the run has several


@dataclass(frozen=True, kw_only=True)
class CellResult:
    """Everything that a run stored about one cell."""

    cell: Cell
    agreement: Agreement | None
    timing: TimingRow | None
    differences: tuple[Difference, ...] = ()  # the first one in each dtype
    names_dtype: bool = False  # the run has several dtypes
    names_device: bool = False  # the run has several devices
    is_baseline: bool = False
    is_control: bool = False
    is_unproven: bool = False  # the interval of the workload's control excludes 1

    @property
    def variant(self) -> str:
        """``framework/mode``; ``control`` for the baseline's second worker."""
        return CONTROL if self.is_control else self.cell.variant

    @property
    def framework(self) -> str:
        """The framework of the cell."""
        return self.cell.framework

    @property
    def label(self) -> CellLabel:
        """The cell's name; the dtype is part of it where the run has several."""
        return self._label(self.cell.dtype if self.names_dtype else "")

    def label_in(self, dtype: str) -> CellLabel:
        """Return the cell's name together with a dtype that it was checked in."""
        return self._label(dtype)

    @property
    def is_compared(self) -> bool:
        """Whether its ratio compares another variant with the baseline."""
        return not self.is_baseline and not self.is_control

    @property
    def disagrees(self) -> bool:
        """Whether a tensor was out of its tolerance."""
        return self.agreement is not None and self.agreement.agrees is False

    @property
    def is_missing(self) -> bool:
        """Whether the cell has no result.

        A run that was stopped may have results of a cell that is still pending.
        """
        if self.cell.status is Status.PENDING:
            return self.agreement is None and self.timing is None
        return self.cell.status is not Status.OK

    @property
    def reason(self) -> str:
        """Why the cell has no result; empty if it has one."""
        if not self.is_missing:
            return ""
        is_pending = self.cell.status is Status.PENDING
        return self.cell.reason.strip() or (NOT_REACHED if is_pending else NO_REASON)

    @property
    def state(self) -> Status:
        """``ok``, ``failed`` or ``not run``."""
        if self.cell.status is Status.PENDING:
            return Status.NOT_RUN if self.is_missing else Status.OK
        return self.cell.status

    @property
    def brief_reason(self) -> str:
        """The first line of the reason, shortened to fit a table."""
        first = self.reason.splitlines()[0]
        return shorten(first, width=BRIEF_WIDTH, placeholder=" ...")

    @property
    def verdict(self) -> str:
        """The timing verdict, marked as unproven or disturbed where it is."""
        if self.is_missing:
            return self.state
        verdict = self.timing.verdict if self.timing else ""
        marks = join_doubts(self)
        if not (marks and verdict and self.is_compared):
            return verdict
        return (
            marks if verdict == TimingVerdict.INCONCLUSIVE else f"{marks} ({verdict})"
        )

    @property
    def is_disturbed(self) -> bool:
        """Whether the machine was busy while it was timed, also when repeated."""
        return self.timing is not None and self.timing.is_disturbed

    @property
    def captures(self) -> str:
        """What was captured, as measured, and what the mode declares if it differs."""
        measured = describe_captures(self.cell.family, measured=self.cell.captures)
        match self.cell.capture_verdict:
            case CaptureVerdict.NO_COMPILER | CaptureVerdict.FELL_BACK as verdict:
                return f"{measured}, {verdict}"
            case CaptureVerdict.LESS | CaptureVerdict.MORE:
                return f"{measured}, declared: {self.cell.declared}"
            case _:
                return measured

    @property
    def breaks_declaration(self) -> bool:
        """Whether its session did not capture or compile what its mode declares."""
        return self.cell.capture_verdict.is_problem

    def _label(self, dtype: str) -> CellLabel:
        parts = [f"in {dtype}"] if dtype else []
        parts += [f"on {self.cell.device}"] if self.names_device else []
        return CellLabel(
            variant=self.variant,
            workload=self.cell.workload,
            qualifier=" ".join(parts),
        )


def join_doubts(timed: CellResult | CellGroup) -> str:
    """Return the words that mark a doubtful timing; empty if there is no doubt."""
    doubts = {"unproven": timed.is_unproven, "disturbed": timed.is_disturbed}
    return ", ".join(word for word, applies in doubts.items() if applies)


def mark_doubts(name: str, doubts: str) -> str:
    """Return a name with the words that mark its timing as doubtful."""
    return f"{name} ({doubts})" if doubts else name


@dataclass(frozen=True, kw_only=True)
class CellGroup:
    """One workload on one device in one dtype: its cells and the control."""

    workload: str
    device: str
    dtype: str
    heading: str  # the workload; also dtype and device where the run has several
    names_device: bool  # the run has several devices
    baseline: str
    is_dynamic: bool  # loops or branches of the workload depend on its data
    padding: str  # of its batches; empty if they cannot be padded
    lines: tuple[CellResult, ...]  # without the control
    control: CellResult | None
    ranked_pairs: frozenset[frozenset[str]]  # variants whose interval excludes 1

    @property
    def is_unproven(self) -> bool:
        """Whether the interval of the control excludes 1."""
        return self.control is not None and self.control.is_unproven

    @property
    def is_disturbed(self) -> bool:
        """Whether the machine was busy while the workload was timed."""
        return any(timing.is_disturbed for _, timing in self.timed)

    def ranks(self, one: CellResult, other: CellResult) -> bool:
        """Return whether the ranking shows which of two variants takes less time."""
        return frozenset((one.variant, other.variant)) in self.ranked_pairs

    @property
    def timed(self) -> tuple[tuple[CellResult, TimingRow], ...]:
        """The cells that have a step time."""
        return tuple(
            (line, line.timing)
            for line in self.lines
            if line.timing is not None and is_known(line.timing.step_time_ns)
        )

    @property
    def baseline_timing(self) -> TimingRow | None:
        """The timing that every ratio of this workload refers to."""
        return next((timing for line, timing in self.timed if line.is_baseline), None)

    def heading_in(self, dtype: str) -> str:
        """Return the heading with the dtype of a check, which may not be the cells'."""
        device = (self.device,) if self.names_device else ()
        return ", ".join((self.workload, dtype, *device))

    @property
    def checked(self) -> tuple[tuple[CellResult, Agreement], ...]:
        """The cells with agreement checks, including those of determinism only."""
        return tuple((line, a) for line in self.lines if (a := line.agreement))


def join_labels(found: Iterable[CellLabel], *, every: Collection[str] = ()) -> str:
    """Return cells as prose: ``tf/eager and tf/xla on two_layer and cnn``.

    Args:
        found: the cells.
        every: all variants of the run. If all of them are found, the result contains
            "every variant" in place of their names.
    """
    # Variants that share all their workloads share one phrase. First collect where
    # each variant occurs, then group variants by that text.
    where: dict[str, dict[str, list[str]]] = {}
    for each in found:
        workloads = where.setdefault(each.variant, {})
        workloads.setdefault(each.workload, []).append(each.qualifier)
    variants: dict[str, list[str]] = {}
    for variant, workloads in where.items():
        variants.setdefault(_join_workloads(workloads), []).append(variant)
    phrases = [
        f"{_join_variants(names, every=every)} on {workloads}"
        for workloads, names in variants.items()
    ]
    return "; ".join(phrases)


def _join_workloads(qualifiers: dict[str, list[str]]) -> str:
    return join_words(
        (
            f"{workload} {join_words(dict.fromkeys(names), conjunction='and')}".rstrip()
            for workload, names in qualifiers.items()
        ),
        conjunction="and",
    )


def _join_variants(names: list[str], *, every: Collection[str]) -> str:
    if len(names) > MAX_NAMES and set(names) == set(every):
        return "every variant"
    return join_words(names, conjunction="and")
