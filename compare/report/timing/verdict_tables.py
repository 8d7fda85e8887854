"""The verdict table, and what stands behind its step times."""

from __future__ import annotations

from math import inf, isfinite, isinf
from typing import TYPE_CHECKING

from compare.pipeline.plan import NOT_CAPTURED
from compare.render.format import (
    DASH,
    bare_interval,
    bare_steps,
    count,
    known,
    nanoseconds,
    percent,
    rate,
    ratio,
    seconds,
    significant,
    size,
)
from compare.render.table import Field, Table, Tone, Value, tabulate
from compare.results.notes import describe_timing

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
    NOT_CAPTURED: "bad",
}


def toned(text: str) -> Value:
    """A word of the glossary in its tone."""
    if text.startswith("unproven"):
        return Value(text=text, tone="caution")
    return Value(text=text, tone=TONES.get(text, ""))


def of_timing(show: Callable[[TimingRow], str]) -> Callable[[CellResult], str]:
    """Show something of a cell's timing, or a dash where it has none."""
    return lambda line: show(line.timing) if line.timing else DASH


def verdict_in_words(line: CellResult) -> Value:
    """The timing verdict; the first line of the reason where there is no result."""
    if line.is_missing:
        return Value(text=f"{line.state}: {line.brief_reason}", tone="bad")
    return toned(line.verdict)


def agreement_in_words(line: CellResult) -> Value:
    """Agrees, disagrees, or a dash where nothing was compared."""
    judgement = line.agreement.agrees if line.agreement else None
    if judgement is None and line.is_missing:
        return toned(line.state)
    return toned({True: "agrees", False: "disagrees", None: DASH}[judgement])


def _largest_error(line: CellResult) -> str:
    worst = line.agreement.worst if line.agreement else None
    return worst.description if worst else DASH


def _ratio(line: CellResult) -> str:
    timing = line.timing
    return ratio(timing.ratio, timing.ratio_low, timing.ratio_high) if timing else DASH


def _bootstrap(line: CellResult) -> str:
    timing = line.timing
    if timing is None or line.is_baseline:
        return DASH
    return bare_interval(timing.bootstrap_low, timing.bootstrap_high)


VARIANT: Field[CellResult] = Field(
    title="variant", show=lambda x: x.variant, kind="word"
)
FAMILY: Field[CellResult] = Field(
    title="family", show=lambda x: x.cell.family, kind="word", optional=True
)
CAPTURES: Field[CellResult] = Field(
    title="captures", show=lambda x: toned(x.captures), kind="word", optional=True
)
AGREES: Field[CellResult] = Field(
    title="agrees?", show=agreement_in_words, kind="word", optional=True
)
LARGEST_ERROR: Field[CellResult] = Field(title="largest error", show=_largest_error)
STEP_TIME: Field[CellResult] = Field(
    title="step time", show=of_timing(lambda t: nanoseconds(t.step_time_ns))
)
RATIO: Field[CellResult] = Field(
    title="ratio (95% interval)",
    show=lambda x: "1" if x.is_baseline and x.timing else _ratio(x),
)
FIRST_CALL_COLD: Field[CellResult] = Field(
    title="first call, cold", show=of_timing(lambda t: seconds(t.first_call_cold_s))
)
FIRST_CALL_WARM: Field[CellResult] = Field(
    title="first call, warm", show=of_timing(lambda t: seconds(t.first_call_warm_s))
)
BREAK_EVEN: Field[CellResult] = Field(
    title="break-even, steps",
    show=lambda x: DASH if x.is_baseline or not x.timing else _break_even(x.timing),
)
PEAK_MEMORY: Field[CellResult] = Field(
    title="peak memory", show=of_timing(lambda t: size(t.peak_rss_bytes))
)
BOOTSTRAP: Field[CellResult] = Field(title="bootstrap interval", show=_bootstrap)
HOLM: Field[CellResult] = Field(
    title="p, by Holm", show=of_timing(lambda t: significant(t.holm_p, digits=2))
)
EQUIVALENCE: Field[CellResult] = Field(
    title="p of equivalence",
    show=of_timing(lambda t: significant(t.equivalence_p, digits=2)),
)
DETECTABLE: Field[CellResult] = Field(
    title="detectable", show=of_timing(lambda t: percent(t.detectable, digits=2))
)
DEVICE_STEP_TIME: Field[CellResult] = Field(
    title="by the device's clock",
    show=of_timing(lambda t: nanoseconds(t.device_step_time_ns)),
    optional=True,
)
LAUNCHES: Field[CellResult] = Field(
    title="launches", show=of_timing(lambda t: count(t.launches))
)
BLOCKS: Field[CellResult] = Field(
    title="blocks", show=of_timing(lambda t: count(t.blocks))
)
VOIDED: Field[CellResult] = Field(
    title="voided",
    show=of_timing(lambda t: count(t.voided) if t.voided else DASH),
    optional=True,
)
RATE: Field[CellResult] = Field(
    title="rate", show=of_timing(lambda t: rate(t.flops_per_second)), optional=True
)
OF_PEAK: Field[CellResult] = Field(
    title="of the machine's peak",
    show=of_timing(lambda t: percent(t.fraction_of_peak)),
    optional=True,
)
ARITHMETIC: Field[CellResult] = Field(
    title="arithmetic alone at peak",
    show=of_timing(lambda t: nanoseconds(t.arithmetic_ns)),
    optional=True,
)
NOTE: Field[CellResult] = Field(
    title="note", show=describe_timing, kind="prose", optional=True
)
VERDICT: Field[CellResult] = Field(
    title="verdict", show=verdict_in_words, kind="prose", optional=True
)
OUTCOME: Field[CellResult] = Field(
    title="verdict", show=lambda x: toned(x.verdict), kind="word", optional=True
)


def _break_even(timing: TimingRow) -> str:
    """The point; where its interval reaches never, that is said beside it."""
    point = bare_steps(timing.break_even_steps)
    if isinf(timing.break_even_steps) and isfinite(timing.break_even_low):
        return f"perhaps {point}"
    if isfinite(timing.break_even_steps) and isinf(timing.break_even_high):
        return f"{point} or never"
    return point


ALWAYS = (VARIANT, FAMILY, CAPTURES, AGREES)
TIMED = (STEP_TIME, RATIO, FIRST_CALL_COLD, BREAK_EVEN, PEAK_MEMORY)


def verdicts(comparison: CellGroup) -> Table:
    """One row a cell: what it captures, whether it agrees, what it costs."""
    measured = TIMED if comparison.timed else (LARGEST_ERROR,)
    return tabulate(
        f"{comparison.heading}: every variant against {comparison.baseline}",
        fields=(*ALWAYS, *measured, VERDICT),
        items=comparison.lines,
        note=timing_note(comparison) if comparison.timed else "",
    )


def steady_state(comparison: CellGroup, *, limits: str) -> Table:
    """Step times, what the run could resolve, and how near the machine's limits."""
    control = (comparison.control,) if comparison.control else ()
    return tabulate(
        f"{comparison.heading}: step time in steady state",
        fields=(
            VARIANT,
            STEP_TIME,
            DEVICE_STEP_TIME,
            RATIO,
            BOOTSTRAP,
            HOLM,
            EQUIVALENCE,
            DETECTABLE,
            LAUNCHES,
            BLOCKS,
            VOIDED,
            RATE,
            OF_PEAK,
            ARITHMETIC,
            VERDICT,
            NOTE,
        ),
        items=(*comparison.lines, *control),
        note=f"{timing_note(comparison)} {limits}".rstrip(),
    )


def timing_note(comparison: CellGroup) -> str:
    """What must stand under every table of step times."""
    doubt = "Unproven: the control's interval excludes 1, so no ratio here is settled. "
    return (doubt if comparison.is_unproven else "") + _detectable_in(comparison)


def _detectable_in(comparison: CellGroup) -> str:
    """The smallest difference that a run like this one finds nearly always."""
    sizes = [t.detectable for _, t in comparison.timed if known(t.detectable)]
    if not sizes:
        return "Detectable difference: unknown; no ratio here has an interval."
    least, most = (percent(size, digits=2) for size in (min(sizes), max(sizes)))
    span = least if least == most else f"{least} (the finest) to {most} (the coarsest)"
    return (
        f"Detectable difference from the baseline: {span}. Launches that "
        "spread as these did find one of that size four times in five; a smaller one "
        "may go unseen."
    )


def ranking(comparison: CellGroup) -> Table:
    """Which variants this run tells apart, all its intervals holding at once."""
    lines = sorted(
        (line for line, timing in comparison.timed if known(timing.ratio)),
        key=lambda line: line.timing.ratio if line.timing else inf,
    )

    def slower(line: CellResult) -> str:
        behind = lines[lines.index(line) + 1 :]
        return ", ".join(x.variant for x in behind if comparison.ranks(line, x))

    return tabulate(
        f"{comparison.heading}: what this run ranks",
        fields=(
            VARIANT,
            STEP_TIME,
            Field(title="surely takes less time than", show=slower, kind="prose"),
        ),
        items=lines,
        note="By 95% intervals that hold for all pairs at once (Bonferroni).",
    )
