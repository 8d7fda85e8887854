"""What limits the results of a run: the evidence, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from shlex import quote
from typing import TYPE_CHECKING

from compare.frameworks import find_framework, find_variant
from compare.render.format import (
    format_integer,
    format_percent,
    format_ratio,
    format_seconds,
    format_share,
)
from compare.report.agreement.earlier import describe_earlier_results
from compare.report.agreement.repetition import repeats_within_rounding
from compare.report.run.capture import describe_capture_problems
from compare.report.timing.verdict_tables import describe_disturbance
from compare.results.cells import join_labels
from compare.results.requested_precision import find_shortfalls
from compare.runs.machines import list_workloads_of
from compare.stats.steady_state import describe_unsteady_state
from compare.timing import stopping
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from compare.results.cells import CellGroup, CellLabel, CellResult
    from compare.results.requested_precision import Shortfall
    from compare.runs.folder import Run


@dataclass(frozen=True, kw_only=True)
class Caution:
    """One limit of the results."""

    text: str
    command: str = ""  # the command that helps, if one does
    is_first: bool = False  # shown before the answers


def list_cautions(
    run: Run, groups: Sequence[CellGroup], *, is_interim: bool = False
) -> tuple[Caution, ...]:
    """Return everything that limits the results of a run, the most serious first.

    Args:
        run: the results.
        groups: its cells.
        is_interim: the run goes on.
    """
    cells = [cell for group in groups for cell in group.lines]
    variants = {cell.variant for cell in cells}
    unproven = (caution for group in groups for caution in _find_unproven(group))
    disturbed = (caution for group in groups for caution in _find_disturbed(group))
    notes = (
        *_merge_cell_limits(cells, variants=variants),
        *_merge_missing(cells, variants=variants),
        *_describe_machines(run),
        *(note.sentence for note in run.record.notes),
    )
    return (
        *((_describe_progress(run),) if is_interim else _find_unfinished(run)),
        *(() if is_interim else _find_imprecise(run, groups)),
        *disturbed,
        *(
            Caution(text=text, is_first=True)
            for text in describe_capture_problems(cells, every=variants)
        ),
        *unproven,
        *(Caution(text=text) for text in notes),
        *_find_replicas(run),
        *_find_earlier(run),
    )


def _describe_progress(run: Run) -> Caution:
    """Return how far a run is that goes on, and when the report was written."""
    request = run.record.request
    is_count_known = request.budget_s is None and request.precision is None

    def count(label: str) -> str:
        done = run.record.launches_done.get(label, 0)
        total = f" of {max(done, request.launches)}" if is_count_known else ""
        return f"{label} {done}{total}"

    done = join_words(
        (count(each.label) for each in request.workloads), conjunction="and"
    )
    written = datetime.now().astimezone().isoformat(" ", timespec="seconds")
    return Caution(
        text=f"This run is not finished. Launches so far: {done}. Written at "
        f"{written}, and again after every launch. The report of the finished run has "
        "charts and the tables of every check. If the run was stopped, continue it "
        "with:",
        command=f"graph-compare run --resume {quote(str(run.folder))}",
        is_first=True,
    )


def _describe_machines(run: Run) -> Iterator[str]:
    """Yield which machine ran which workload, if there are several."""
    if len(run.record.machines) > 1:
        parts = (
            f"{join_words(labels, conjunction='and')} on {name}"
            for name in run.record.machines
            if (labels := list_workloads_of(run.record, machine=name))
        )
        yield (
            f"The workloads ran on several machines: {'; '.join(parts)}. Ratios are "
            "formed within a machine. Do not compare step times of different machines."
        )


def _find_unfinished(run: Run) -> Iterator[Caution]:
    if not run.record.finished:
        yield Caution(
            text="This run was stopped before it finished. The report contains what "
            "was measured until then. To continue:",
            command=f"graph-compare run --resume {quote(str(run.folder))}",
            is_first=True,
        )


def _find_replicas(run: Run) -> Iterator[Caution]:
    """Yield how replicas were run, and what of their cost is not measured."""
    request = run.record.request
    numbers = sorted({each.replicas for each in request.workloads} - {1})
    if not numbers:
        return
    used = dict.fromkeys(find_variant(v)[0].name for v in request.variants)
    methods = [
        f"{name} by {replication.method}"
        for name in used
        if (replication := find_framework(name).replication) is not None
    ]
    yield Caution(
        text=f"{join_words(map(str, numbers), conjunction='and')} replicas share each "
        f"batch, with {format_count(request.threads, 'thread')} and as many processors "
        f"each: {numbers[-1]} replicas use {numbers[-1]} times the threads of one. "
        f"Methods: {'; '.join(methods)}. Memory is that of the first process."
    )


def _find_earlier(run: Run) -> Iterator[Caution]:
    if text := describe_earlier_results(run):
        command = "run" if run.record.request.launches else "agree"
        yield Caution(text=text, command=f"graph-compare {command} --fresh")


def _find_imprecise(run: Run, groups: Sequence[CellGroup]) -> Iterator[Caution]:
    requested = format_share(run.record.request.precision or 0)
    for found in find_shortfalls(run.record, groups):
        known = (
            f"{found.variant} is known to {format_percent(found.half, digits=2)}"
            if isfinite(found.half)
            else f"no interval is known for {found.variant}"
        )
        launches = format_count(found.launches, "launch", "launches")
        yield Caution(
            text=f"The requested precision of {requested} was not reached on "
            f"{found.heading}: {known} after {launches} in "
            f"{format_seconds(found.seconds)}.{_describe_need(found)}",
            is_first=True,
        )


def _describe_need(found: Shortfall) -> str:
    """Return how many launches would reach the precision; empty if it is unknown."""
    if found.needed is None:
        return ""
    launches = format_count(found.needed, "launch", "launches")
    need = f" About {launches}, {format_seconds(found.needed_s)}, would reach it."
    if found.needed > stopping.LOOKS[-1]:
        most = stopping.LOOKS[-1]
        need += (
            f" A run with --precision makes at most {most}: choose a wider one, or a "
            "quieter machine."
        )
    return need


def _find_disturbed(group: CellGroup) -> Iterator[Caution]:
    if sentence := describe_disturbance(group):
        advice = (
            " Repeat the run when nothing else uses the machine."
            if group.is_disturbed
            else ""
        )
        yield Caution(
            text=f"{group.heading}: {sentence}{advice}", is_first=group.is_disturbed
        )


def _find_unproven(group: CellGroup) -> Iterator[Caution]:
    control = group.control
    if control and control.timing and control.is_unproven:
        timing = control.timing
        figures = format_ratio(timing.ratio, timing.ratio_low, timing.ratio_high)
        yield Caution(
            text=f"The timing of {group.heading} is unproven: the control, a second "
            f"worker of {group.baseline}, took {figures} the step time of the first, "
            "and that interval excludes 1. Repeat the run on a quieter machine or with "
            "more launches."
        )


def _merge_cell_limits(
    cells: Sequence[CellResult], *, variants: Collection[str]
) -> Iterator[str]:
    """Yield the limits of single cells; cells with the same limit share a sentence."""
    by_text: dict[str, list[CellLabel]] = {}
    for cell in cells:
        for text in _find_cell_limits(cell):
            by_text.setdefault(text, []).append(cell.label)
    for text, labels in by_text.items():
        yield text.replace(CELLS, join_labels(labels, every=variants))


CELLS = "{cells}"  # placeholder for the names of the cells


def _find_cell_limits(cell: CellResult) -> Iterator[str]:
    timing, dtype = cell.timing, cell.cell.dtype
    if cell.agreement and not repeats_within_rounding(cell.agreement, dtype=dtype):
        yield (
            f"{CELLS}: not reproducible beyond rounding. A repeat may give another "
            "verdict."
        )
    if cell.disagrees and timing:
        yield f"{CELLS}: step times and costs are those of a different computation."
    if timing and timing.recaptures:
        yield (
            f"{CELLS}: captured again {format_integer(timing.recaptures)} times after "
            "warm-up. The step time includes tracing or compiling."
        )
    if timing and (state := timing.unsteady_state):
        yield (
            f"{CELLS}: {describe_unsteady_state(state)}. The ratio mixes both levels."
        )
    if timing and timing.voided:
        yield (
            f"{CELLS}: {format_integer(timing.voided)} of "
            f"{format_count(timing.voided + (timing.blocks or 0), 'block')} voided; "
            "the note in the table of step times lists the reasons."
        )


def _merge_missing(
    cells: Sequence[CellResult], *, variants: Collection[str]
) -> Iterator[str]:
    """Yield the cells without a result; cells with the same reason share a sentence."""
    by_reason: dict[tuple[str, str], list[CellLabel]] = {}
    for cell in cells:
        if cell.is_missing:
            key = (cell.state, cell.brief_reason)
            by_reason.setdefault(key, []).append(cell.label)
    for (state, reason), labels in by_reason.items():
        yield f"{state}: {join_labels(labels, every=variants)}: {reason}"
