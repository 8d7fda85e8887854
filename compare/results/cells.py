"""What a report says about a run: everything known of each cell, cell by cell.

Nothing is decided here that the run does not already say; `joining` fills it in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import shorten
from typing import TYPE_CHECKING

from compare.pipeline.plan import describe_captures
from compare.render.format import known
from compare.runs.record import CONTROL
from compare.runs.words import Status
from compare.stats.estimates import TimingVerdict
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from compare.results.findings import Agreement, Difference
    from compare.runs.record import Cell
    from compare.runs.rows import TimingRow

FEW = 3  # names that a sentence can hold
BRIEF = 160  # characters of a reason that stand in a table
STOPPED = "the run was stopped before this cell"


@dataclass(frozen=True, kw_only=True)
class CellLabel:
    """Where a figure belongs, in words: a variant on a workload."""

    variant: str
    workload: str
    qualifier: str = ""  # ``in bfloat16 on cuda``: what else tells cells apart


@dataclass(frozen=True, kw_only=True)
class CellResult:
    """All that a run knows about one cell."""

    cell: Cell
    agreement: Agreement | None
    timing: TimingRow | None
    differences: tuple[Difference, ...] = ()  # one a dtype that disagrees
    qualifier: str = ""  # what tells this cell from others of its name
    is_baseline: bool = False
    is_control: bool = False
    is_unproven: bool = False  # this run cannot stand by the workload's ratios

    @property
    def variant(self) -> str:
        """``framework/mode``; the baseline's second worker is the control."""
        return CONTROL if self.is_control else self.cell.variant

    @property
    def framework(self) -> str:
        """The framework of the cell."""
        return self.cell.framework

    @property
    def place(self) -> CellLabel:
        """The cell in words."""
        return CellLabel(
            variant=self.variant, workload=self.cell.workload, qualifier=self.qualifier
        )

    def place_in(self, dtype: str) -> CellLabel:
        """The cell in words, with a dtype that it was checked in."""
        device = f" on {self.cell.device}" * ("on " in self.qualifier)
        return replace(self.place, qualifier=f"in {dtype}{device}")

    @property
    def is_compared(self) -> bool:
        """Whether its ratio says something about a variant other than the baseline."""
        return not self.is_baseline and not self.is_control

    @property
    def disagrees(self) -> bool:
        """Whether it was found to compute something else."""
        return self.agreement is not None and self.agreement.agrees is False

    @property
    def is_missing(self) -> bool:
        """Whether the cell has no result to its name.

        In a run that was stopped, a pending cell may have some all the same.
        """
        if self.cell.status is Status.PENDING:
            return self.agreement is None and self.timing is None
        return self.cell.status is not Status.OK

    @property
    def reason(self) -> str:
        """Why a cell is missing; never empty for one that is."""
        unsaid = (
            STOPPED if self.cell.status is Status.PENDING else "no reason was recorded"
        )
        return (self.cell.reason.strip() or unsaid) if self.is_missing else ""

    @property
    def state(self) -> Status:
        """``ok``, ``failed`` or ``not run``."""
        if self.cell.status is Status.PENDING:
            return Status.NOT_RUN if self.is_missing else Status.OK
        return self.cell.status

    @property
    def brief_reason(self) -> str:
        """The reason on one line; the whole of it stands in its own section."""
        return shorten(self.reason.splitlines()[0], width=BRIEF, placeholder=" ...")

    @property
    def verdict(self) -> str:
        """The timing verdict, marked where this run cannot stand by it."""
        if self.is_missing:
            return self.state
        said = self.timing.verdict if self.timing else ""
        if not (self.is_unproven and said and self.is_compared):
            return said
        return (
            "unproven" if said == TimingVerdict.INCONCLUSIVE else f"unproven ({said})"
        )

    @property
    def captures(self) -> str:
        """As measured; a static mode that captured nothing says so."""
        return describe_captures(self.cell.family, measured=self.cell.captures)


@dataclass(frozen=True, kw_only=True)
class CellGroup:
    """One workload on one device in one dtype: its cells, and the noise floor."""

    workload: str
    device: str
    dtype: str
    heading: str  # the workload, and what else the run has several of
    names_device: bool  # the run has several devices
    baseline: str
    lines: tuple[CellResult, ...]
    control: CellResult | None
    settled: frozenset[frozenset[str]]  # pairs of variants told apart, all at once

    @property
    def is_unproven(self) -> bool:
        """Whether the control, the baseline against itself, came out as different."""
        return self.control is not None and self.control.is_unproven

    def tells(self, one: CellResult, other: CellResult) -> bool:
        """Whether this run settles which of the two takes less time."""
        return frozenset((one.variant, other.variant)) in self.settled

    @property
    def timed(self) -> tuple[tuple[CellResult, TimingRow], ...]:
        """The cells that have a step time."""
        return tuple(
            (line, line.timing)
            for line in self.lines
            if line.timing is not None and known(line.timing.step_time_ns)
        )

    @property
    def baseline_timing(self) -> TimingRow | None:
        """What every ratio of this workload is taken to."""
        return next((timing for line, timing in self.timed if line.is_baseline), None)

    def heading_in(self, dtype: str) -> str:
        """What it is called where a dtype matters: the proof has one of its own."""
        device = (self.device,) if self.names_device else ()
        return ", ".join((self.workload, dtype, *device))

    @property
    def checked(self) -> tuple[tuple[CellResult, Agreement], ...]:
        """The cells that were checked, even if only for determinism."""
        return tuple((line, a) for line in self.lines if (a := line.agreement))


def join_labels(found: Iterable[CellLabel], *, every: Collection[str] = ()) -> str:
    """Cells as prose, each name once: ``tf/eager and tf/xla on two_layer and cnn``.

    Args:
        found: the cells.
        every: all variants there are; where all of them are meant, it says so.
    """
    where: dict[str, dict[str, list[str]]] = {}
    for each in found:
        workloads = where.setdefault(each.variant, {})
        workloads.setdefault(each.workload, []).append(each.qualifier)
    variants: dict[str, list[str]] = {}
    for variant, workloads in where.items():
        variants.setdefault(_workloads(workloads), []).append(variant)
    groups = [
        f"{_variants(names, every=every)} on {workloads}"
        for workloads, names in variants.items()
    ]
    return "; ".join(groups)


def _workloads(qualifiers: dict[str, list[str]]) -> str:
    return join_words(
        (
            f"{workload} {join_words(dict.fromkeys(names), conjunction='and')}".rstrip()
            for workload, names in qualifiers.items()
        ),
        conjunction="and",
    )


def _variants(names: list[str], *, every: Collection[str]) -> str:
    if len(names) > FEW and set(names) == set(every):
        return "every variant"
    return join_words(names, conjunction="and")
