"""Tables of verdicts, of step times in steady state, and of the proven ranking."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from compare.contract import Captures
from compare.render.format import (
    DASH,
    format_bytes,
    format_flop_rate,
    format_integer,
    format_nanoseconds,
    format_number,
    format_percent,
    format_ratio,
    format_ratio_interval,
    format_seconds,
    is_known,
)
from compare.render.table import Field, Table, Tone, Value, tabulate
from compare.report.timing.break_even import describe_break_even
from compare.results.agreement_words import (
    describe_agreement,
    describe_undecided_part,
)
from compare.results.cells import join_doubts
from compare.results.notes import describe_timing
from compare.runs.words import Verdict
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.rows import TimingRow

TONES: dict[str, Tone] = {
    "agrees": "good",
    "disagrees": "bad",
    "faster": "good",
    "slower": "worse",
    "failed": "bad",
    "not run": "bad",
    Captures.NOT_CAPTURED: "bad",
}


# by the name of a workload's padding
PADDINGS = {
    "none": "Batches are not padded: each has its own length.",
    "longest": "All batches are padded to the longest sequence.",
    "bucket": "Each batch is padded to the next power of two (bucketing).",
}


def add_tone(text: str) -> Value:
    """Return a term of the glossary with its tone."""
    return Value(text=text, tone=TONES.get(text, ""))


def show_timing(show: Callable[[TimingRow], str]) -> Callable[[CellResult], str]:
    """Return a function of a cell that shows its timing, or a dash without timing."""
    return lambda cell: show(cell.timing) if cell.timing else DASH


def _show_agreement(cell: CellResult) -> Value:
    agrees = cell.agreement.agrees if cell.agreement else None
    if agrees is None and cell.is_missing:
        return add_tone(cell.state)
    tone = TONES[Verdict.AGREES if agrees else Verdict.DISAGREES]
    text = describe_agreement(cell.agreement) or DASH
    part = describe_undecided_part(cell.agreement) if cell.agreement else ""
    return Value(text=text, tone="" if agrees is None or part else tone)


def _show_captures(cell: CellResult) -> Value:
    if cell.breaks_declaration:
        return Value(text=cell.captures, tone="bad")
    return add_tone(cell.captures)


def _show_verdict(cell: CellResult) -> Value:
    if join_doubts(cell) and cell.is_compared and not cell.is_missing:
        return Value(text=cell.verdict, tone="caution")
    return add_tone(cell.verdict)


def _show_largest_error(cell: CellResult) -> str:
    worst = cell.agreement.worst if cell.agreement else None
    return worst.description if worst else DASH


def _show_ratio(cell: CellResult) -> str:
    timing = cell.timing
    if timing is None:
        return DASH
    if cell.is_baseline:
        return "1"
    return format_ratio(timing.ratio, timing.ratio_low, timing.ratio_high)


def _show_bootstrap_interval(cell: CellResult) -> str:
    timing = cell.timing
    if timing is None or cell.is_baseline:
        return DASH
    return format_ratio_interval(timing.bootstrap_low, timing.bootstrap_high)


VARIANT: Field[CellResult] = Field(
    title="variant", show=lambda cell: cell.variant, kind="word"
)
FAMILY: Field[CellResult] = Field(
    title="family", show=lambda cell: cell.cell.family, kind="word", optional=True
)
CAPTURES: Field[CellResult] = Field(
    title="captures",
    show=_show_captures,
    kind="word",
    optional=True,
)
CONTROL_FLOW: Field[CellResult] = Field(
    title="loops and branches",
    show=lambda cell: ", ".join(cell.cell.control_flow),
    kind="prose",
    optional=True,
)
AGREES: Field[CellResult] = Field(
    title="agrees?", show=_show_agreement, kind="prose", optional=True
)
LARGEST_ERROR: Field[CellResult] = Field(
    title="largest error", show=_show_largest_error
)
STEP_TIME: Field[CellResult] = Field(
    title="step time", show=show_timing(lambda t: format_nanoseconds(t.step_time_ns))
)
RATIO: Field[CellResult] = Field(title="ratio (95% interval)", show=_show_ratio)
FIRST_CALL_COLD: Field[CellResult] = Field(
    title="first call, cold",
    show=show_timing(lambda t: format_seconds(t.first_call_cold_s)),
)
FIRST_CALL_WARM: Field[CellResult] = Field(
    title="first call, warm",
    show=show_timing(lambda t: format_seconds(t.first_call_warm_s)),
)
PEAK_MEMORY: Field[CellResult] = Field(
    title="peak memory", show=show_timing(lambda t: format_bytes(t.peak_rss_bytes))
)
BOOTSTRAP: Field[CellResult] = Field(
    title="bootstrap interval", show=_show_bootstrap_interval, optional=True
)
HOLM: Field[CellResult] = Field(
    title="p (Holm)", show=show_timing(lambda t: format_number(t.holm_p, digits=2))
)
EQUIVALENCE: Field[CellResult] = Field(
    title="p (TOST)",
    show=show_timing(lambda t: format_number(t.equivalence_p, digits=2)),
)
DETECTABLE: Field[CellResult] = Field(
    title="minimum detectable effect",
    show=show_timing(lambda t: format_percent(t.detectable, digits=2)),
)
DEVICE_STEP_TIME: Field[CellResult] = Field(
    title="step time (device clock)",
    show=show_timing(lambda t: format_nanoseconds(t.device_step_time_ns)),
    optional=True,
)
LAUNCHES: Field[CellResult] = Field(
    title="launches", show=show_timing(lambda t: format_integer(t.launches))
)
BLOCKS: Field[CellResult] = Field(
    title="blocks", show=show_timing(lambda t: format_integer(t.blocks))
)
VOIDED: Field[CellResult] = Field(
    title="voided blocks",
    show=show_timing(lambda t: format_integer(t.voided) if t.voided else DASH),
    optional=True,
)
RATE: Field[CellResult] = Field(
    title="rate",
    show=show_timing(lambda t: format_flop_rate(t.flops_per_second)),
    optional=True,
)
OF_PEAK: Field[CellResult] = Field(
    title="% of peak",
    show=show_timing(lambda t: format_percent(t.fraction_of_peak)),
    optional=True,
)
COMPUTE_BOUND: Field[CellResult] = Field(
    title="compute bound",
    show=show_timing(lambda t: format_nanoseconds(t.arithmetic_ns)),
    optional=True,
)
NOTE: Field[CellResult] = Field(
    title="note", show=describe_timing, kind="prose", optional=True
)
VERDICT: Field[CellResult] = Field(
    title="verdict", show=_show_verdict, kind="word", optional=True
)
REASON: Field[CellResult] = Field(
    title="reason",
    show=lambda cell: cell.brief_reason if cell.is_missing else DASH,
    kind="prose",
    optional=True,
)


def make_break_even_field(group: CellGroup) -> Field[CellResult]:
    """Return the column of break-evens against the baseline of a group."""

    def show(cell: CellResult) -> str:
        if cell.is_baseline or cell.timing is None:
            return DASH
        return describe_break_even(cell.timing, baseline=group.baseline_timing).cell

    return Field(title="break-even, steps", show=show)


def tabulate_verdicts(group: CellGroup) -> Table:
    """Return one row per cell: its verdict, its costs, what it captures.

    The verdict and the ratio are next to the variant, so that a narrow screen shows
    them without scrolling.
    """
    measured = (RATIO,) if group.timed else (LARGEST_ERROR,)
    costs = (STEP_TIME, FIRST_CALL_COLD, make_break_even_field(group), PEAK_MEMORY)
    return tabulate(
        f"{group.heading}: every variant against {group.baseline}",
        fields=(
            VARIANT,
            VERDICT,
            *measured,
            CAPTURES,
            *((CONTROL_FLOW,) if group.is_dynamic else ()),
            AGREES,
            *(costs if group.timed else ()),
            FAMILY,
            REASON,
        ),
        items=group.lines,
        note=" ".join(
            sentence
            for sentence in (
                describe_precision(group) if group.timed else "",
                PADDINGS.get(group.padding, ""),
            )
            if sentence
        ),
    )


def tabulate_steady_state(group: CellGroup, *, limits: str) -> Table:
    """Return step times with their statistics.

    Args:
        group: the cells.
        limits: a sentence about the limits of the machine, for the note.
    """
    control = (group.control,) if group.control else ()
    return tabulate(
        f"{group.heading}: step time in steady state",
        fields=(
            VARIANT,
            VERDICT,
            RATIO,
            STEP_TIME,
            DEVICE_STEP_TIME,
            BOOTSTRAP,
            HOLM,
            EQUIVALENCE,
            DETECTABLE,
            LAUNCHES,
            BLOCKS,
            VOIDED,
            RATE,
            OF_PEAK,
            COMPUTE_BOUND,
            REASON,
            NOTE,
        ),
        items=(*group.lines, *control),
        note=f"{describe_precision(group)} {limits}".rstrip(),
    )


def describe_precision(group: CellGroup) -> str:
    """Return the note for every table of step times: doubts, detectable effect."""
    doubt = (
        "Unproven: the control's interval excludes 1, so no ratio here is proven. "
        if group.is_unproven
        else ""
    )
    sentences = (doubt.rstrip(), describe_disturbance(group))
    before = " ".join(sentence for sentence in sentences if sentence)
    return f"{before} {_describe_detectable_effect(group)}".lstrip()


def describe_disturbance(group: CellGroup) -> str:
    """Return how many launches ran on a busy machine; empty if none did."""
    rows = [timing for _, timing in group.timed if timing.disturbed_launches]
    if not rows:
        return ""
    timing = max(rows, key=lambda each: each.launches or 0)
    disturbed = timing.disturbed_launches or 0
    total = (timing.launches or 0) + (0 if timing.is_disturbed else disturbed)
    what = (
        f"{disturbed} of {format_count(total, 'launch', 'launches')} ran "
        f"{format_number(timing.slowdown)} times slower than this machine can"
    )
    if timing.is_disturbed:
        return (
            f"Disturbed: {what}, and too few ran undisturbed. Differences of this size "
            "are not judged."
        )
    return f"{what}; {'it is' if disturbed == 1 else 'they are'} left out."


def _describe_detectable_effect(group: CellGroup) -> str:
    effects = [t.detectable for _, t in group.timed if is_known(t.detectable)]
    if not effects:
        return "Minimum detectable effect: unknown; no ratio here has an interval."
    least, most = (format_percent(x, digits=2) for x in (min(effects), max(effects)))
    is_same = least == most
    span = least if is_same else f"{least.removesuffix('%')}{DASH}{most}, by variant"
    return (
        f"Minimum detectable effect (80% power): {span}. Smaller differences may be "
        "missed."
    )


def tabulate_ranking(group: CellGroup) -> Table:
    """Return which variants are proven faster than which, with one row per variant."""
    cells = sorted(
        (cell for cell, timing in group.timed if is_known(timing.ratio)),
        key=lambda cell: cell.timing.ratio if cell.timing else inf,
    )

    def show_slower(cell: CellResult) -> str:
        behind = cells[cells.index(cell) + 1 :]
        return ", ".join(other.variant for other in behind if group.ranks(cell, other))

    return tabulate(
        f"{group.heading}: proven ranking",
        fields=(
            VARIANT,
            STEP_TIME,
            Field(title="proven faster than", show=show_slower, kind="prose"),
        ),
        items=cells,
        note="Simultaneous 95% intervals for all pairs (Bonferroni correction).",
    )
