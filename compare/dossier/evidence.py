"""What the sentences are judged by: summaries and comparisons of the parts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isnan
from statistics import median
from typing import TYPE_CHECKING

from compare.contract import Naming
from compare.debugging.words import Detection
from compare.deploy.rows import ExportStatus, OtherSize
from compare.runs.words import Status, Verdict
from compare.stats.estimates import Interval, TimingVerdict, ratio_interval
from compare.timing.tables import pair_samples
from compare.workers.observing import STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.debugging.words import Case
    from compare.deploy.rows import DeployRow
    from compare.runs.folder import Run
    from compare.runs.record import Cell

SIDE_EFFECTS = ("breakpoint", "print", "side_effect")  # mistakes without a fault
RAISED = {Detection.DEFINITION, Detection.FIRST_CALL, Detection.LATER_CALL}
ONE_GRAPH, IN_PYTHON, NOT_TIMED = "one graph", "in Python", "not timed"
ANOTHER_RESULT = "another result"
Place = tuple[str, str]  # workload, variant


class Comparison(StrEnum):
    """How a variant shows mistakes, compared with another one."""

    WORSE = "worse"  # fewer of something, and more of nothing
    BETTER = "better"
    EQUAL = "equal"
    MIXED = "mixed"


@dataclass(frozen=True, kw_only=True)
class DebuggingSummary:
    """How one variant shows the mistakes that it ran."""

    variant: str
    detected: int
    faults: int  # mistakes that are one
    named: int  # of those detected
    frames: float  # median, of those detected
    effects: int  # mistakes whose side effect happens at every step


def eager_of(variant: str) -> str:
    """Return the variant that runs eager code of the same framework."""
    return f"{variant.partition('/')[0]}/eager"


def summarize_debugging(cases: Sequence[Case]) -> list[DebuggingSummary]:
    """Return the summary of each variant that ran some of the mistakes."""
    ran = [case for case in cases if case.detection is not Detection.NOT_RUN]
    return [
        _summarize_variant(variant, ran)
        for variant in dict.fromkeys(case.variant for case in ran)
    ]


def compare_debugging(
    cases: Sequence[Case], variant: str, *, other: str
) -> Comparison | None:
    """Return how a variant shows mistakes, compared with another one.

    Detected mistakes, named lines and side effects at every step are compared, each by
    their number. Mistakes that only one of the variants ran do not count.

    Returns:
        None if there is no mistake that both ran.
    """
    ran = [case for case in cases if case.detection is not Detection.NOT_RUN]
    mistakes = {case.mistake for case in ran if case.variant == variant}
    mistakes &= {case.mistake for case in ran if case.variant == other}
    if not mistakes:
        return None
    common = [case for case in ran if case.mistake in mistakes]
    mine, others = (_summarize_variant(name, common) for name in (variant, other))
    differences = [
        mine.detected - others.detected,
        mine.named - others.named,
        mine.effects - others.effects,
    ]
    has_less, has_more = min(differences) < 0, max(differences) > 0
    if has_less and has_more:
        return Comparison.MIXED
    if has_less:
        return Comparison.WORSE
    return Comparison.BETTER if has_more else Comparison.EQUAL


def _summarize_variant(variant: str, cases: Sequence[Case]) -> DebuggingSummary:
    cases = [case for case in cases if case.variant == variant]
    faults = [each for each in cases if each.mistake not in SIDE_EFFECTS]
    raised = [
        each.observed
        for each in faults
        if each.detection in RAISED and each.observed is not None
    ]
    return DebuggingSummary(
        variant=variant,
        detected=len(raised),
        faults=len(faults),
        named=sum(each.naming is not Naming.NOT_NAMED for each in raised),
        frames=median([each.frames for each in raised] or [0]),
        effects=sum(
            each.observed is not None and each.observed.effects == STEPS
            for each in cases
            if each.mistake in SIDE_EFFECTS
        ),
    )


@dataclass(frozen=True, kw_only=True)
class StepTimes:
    """Step times of static modes, relative to eager code of the same framework.

    Attributes:
        ratios: of each pair of a workload and a static mode.
        margin: around 1, in which step times are equivalent.
    """

    ratios: dict[Place, Interval]
    margin: float

    def select(self, verdict: TimingVerdict) -> list[Place]:
        """Return the pairs with a verdict; a pair without an interval has none."""
        return [
            place
            for place, ratio in self.ratios.items()
            if not isnan(ratio.high) and self._judge(ratio) is verdict
        ]

    def _judge(self, ratio: Interval) -> TimingVerdict:
        widest = 1 + self.margin
        if 1 / widest <= ratio.low and ratio.high <= widest:
            return TimingVerdict.EQUIVALENT
        if not ratio.excludes_one:
            return TimingVerdict.INCONCLUSIVE
        return TimingVerdict.FASTER if ratio.high < 1 else TimingVerdict.SLOWER


def compare_with_eager(run: Run) -> StepTimes:
    """Return the ratio of each static mode to eager code of its framework.

    Each launch gives a difference of two log ratios, which were measured in the same
    rounds. Modes that compute something else are left out: their time is that of
    another step.
    """
    found = {}
    for request in run.record.request.workloads:
        paired = pair_samples(run.record, run.samples, workload=request.label).ratios
        usable = {
            cell.variant: cell
            for cell in run.record.cells
            if cell.workload == request.label
            and cell.variant in paired
            and not cell.disagreement
        }
        for variant, cell in usable.items():
            eager = eager_of(variant)
            if cell.family == "static" and eager in usable:
                logs = (paired[variant] - paired[eager]).dropna().tolist()
                found[request.label, variant] = ratio_interval(logs)
    return StepTimes(ratios=found, margin=run.record.request.margin)


def describe_ways(run: Run) -> dict[Place, str]:
    """Return how each variant ran networks whose batches differ."""
    return {
        (cell.workload, cell.variant): _describe_way(run, cell)
        for cell in run.record.cells
    }


def _describe_way(run: Run, cell: Cell) -> str:
    if cell.status is not Status.OK:
        return str(cell.status)
    if cell.disagreement:
        return ANOTHER_RESULT
    timing = run.timing
    mine = (
        (timing["workload"] == cell.workload)
        & (timing["framework"] == cell.framework)
        & (timing["mode"] == cell.mode)
    )
    counts = timing[mine]["captures_count"].dropna()
    if counts.empty:
        return NOT_TIMED
    count = int(counts.max())
    if not count:
        return IN_PYTHON
    return ONE_GRAPH if count == 1 else f"{count} captures"


def is_wrong(row: DeployRow) -> bool:
    """Return whether an export was refused, failed, or computes something else."""
    return (
        row.export in {ExportStatus.REFUSED, ExportStatus.FAILED}
        or row.verdict is Verdict.DISAGREES
        or row.other_size is OtherSize.DISAGREES
    )


def is_right(row: DeployRow) -> bool:
    """Return whether an exported model agrees with the model."""
    return row.verdict is Verdict.AGREES and not is_wrong(row)


def select_static(run: Run) -> list[Place]:
    """Return every pair of a workload and a static mode of a run."""
    return [
        (cell.workload, cell.variant)
        for cell in run.record.cells
        if cell.family == "static"
    ]
