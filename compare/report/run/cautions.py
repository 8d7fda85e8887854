"""What a reader must know before believing a figure: the evidence, then the remedy."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING

from compare.pipeline.plan import NOT_CAPTURED
from compare.render.format import count, ratio
from compare.report.agreement.repetition import repeats_within_rounding
from compare.results.cells import join_labels
from compare.stats.steady_state import describe_unsteady_state
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from compare.results.cells import CellGroup, CellLabel, CellResult
    from compare.runs.folder import Run


@dataclass(frozen=True, kw_only=True)
class Caution:
    """One thing that limits what the figures say."""

    text: str
    command: str = ""  # what to type next, where typing helps
    is_first: bool = False  # stands before the answer


def cautions(run: Run, comparisons: Sequence[CellGroup]) -> tuple[Caution, ...]:
    """Everything to know first, the most serious first."""
    lines = [line for comparison in comparisons for line in comparison.lines]
    every = {line.variant for line in lines}
    unproven = (caution for each in comparisons for caution in _unproven(each))
    notes = (*_about(lines, every=every), *_missing(lines, every=every))
    return (
        *_unfinished(run),
        *unproven,
        *(
            Caution(text=text)
            for text in (*notes, *(note.sentence for note in run.record.notes))
        ),
    )


def _unfinished(run: Run) -> Iterator[Caution]:
    if not run.record.finished:
        yield Caution(
            text="This run was stopped before it finished: what follows is what it had "
            "by then. To go on from there:",
            command=f"graph-compare run --resume {quote(str(run.folder))}",
            is_first=True,
        )


def _unproven(comparison: CellGroup) -> Iterator[Caution]:
    control = comparison.control
    if control and control.timing and control.is_unproven:
        timing = control.timing
        figures = ratio(timing.ratio, timing.ratio_low, timing.ratio_high)
        yield Caution(
            text=f"The timing of {comparison.heading} is unproven: the control, a "
            f"second worker of {comparison.baseline}, took {figures} the step time of "
            "the first, and that interval excludes 1. Repeat it on a quieter machine "
            "or with more launches."
        )


def _about(lines: Sequence[CellResult], *, every: Collection[str]) -> Iterator[str]:
    """What limits the figures of cells, those with the same to be said together."""
    by_text: dict[str, list[CellLabel]] = {}
    for line in lines:
        for text in _limits(line):
            by_text.setdefault(text, []).append(line.label)
    for text, which in by_text.items():
        yield text.format(cells=join_labels(which, every=every))


def _limits(line: CellResult) -> Iterator[str]:
    timing, dtype = line.timing, line.cell.dtype
    if line.agreement and not repeats_within_rounding(line.agreement, dtype=dtype):
        yield (
            "Does not repeat itself, by more than rounding explains: {cells}. The "
            "verdict may come out otherwise the next time."
        )
    if line.disagrees and timing:
        yield "Step times and costs are those of a different computation: {cells}."
    if line.captures == NOT_CAPTURED and not line.is_missing:
        yield (
            "{cells} captured nothing: what was to be captured ran eagerly, and so the "
            "figures are those of eager steps."
        )
    if timing and timing.recaptures:
        yield (
            f"{{cells}} captured again {count(timing.recaptures)} times after warm-up: "
            "the step time holds tracing or compiling."
        )
    if timing and (state := timing.unsteady_state):
        yield (
            f"{{cells}}: {describe_unsteady_state(state)}. The ratio mixes both levels."
        )
    if timing and timing.voided:
        yield (
            f"{{cells}}: {count(timing.voided)} of "
            f"{format_count(timing.voided + (timing.blocks or 0), 'block')} voided; "
            "the note in the table of step times lists the reasons."
        )
    if timing and timing.graph_breaks:
        yield (
            f"{{cells}}: {count(timing.graph_breaks)} graph breaks. Part of each step "
            "runs in Python."
        )


def _missing(lines: Sequence[CellResult], *, every: Collection[str]) -> Iterator[str]:
    """Cells without a result, together where the reason is the same."""
    by_reason: dict[tuple[str, str], list[CellLabel]] = {}
    for line in lines:
        if line.is_missing:
            why = (line.state, line.brief_reason)
            by_reason.setdefault(why, []).append(line.label)
    for (state, reason), which in by_reason.items():
        yield f"{state}: {join_labels(which, every=every)}: {reason}"
