"""Tables of a pytest-benchmark file: times, environment, settings and terms."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

from compare.pytest_benchmark.document import AgreementVerdict
from compare.render.format import (
    DASH,
    TIMES,
    format_factor,
    format_number,
    format_seconds,
    is_known,
    shorten_middle,
)
from compare.render.table import Field, Table, Value, tabulate
from compare.report.timing.verdict_tables import add_tone
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.pytest_benchmark.benchmarks import (
        Benchmark,
        BenchmarkGroup,
    )
    from compare.pytest_benchmark.document import Stats

SMALL_RATIO = 0.1  # below this, two decimals are fewer than two significant digits
SMALLEST_RATIO = 1e-6  # below this, a ratio is written with an exponent
BRIEF_NAME = 36  # characters of a name in a table of 80 columns
TERMS = {
    "benchmark": "A function that pytest-benchmark timed. In a file of graph-compare: "
    "a variant, which is a framework and one of its modes.",
    "family": "dynamic: the graph is defined by running the step; static: the step is "
    "traced or compiled first.",
    "captures": "How much of the training step the mode puts into a graph.",
    "agrees, disagrees": "Whether every loss, gradient and updated parameter is within "
    "its tolerance of the NumPy reference.",
    "round": "Consecutive calls that are timed together.",
    "time per call": "The median over all rounds.",
    "ratio": "Time per call divided by that of the baseline. Below 1, a call takes "
    "less time.",
    "sequential design": "Benchmarks are timed one after another, each to its end, so "
    "there is no interval of a ratio.",
    "inconclusive": "The file does not show whether the difference is real.",
    DASH: "Not measured, or not applicable. Never a zero.",
}


def format_call_ratio(ratio: float) -> str:
    """Return a ratio with at least two significant digits, for example 0.0042."""
    if not is_known(ratio) or ratio >= SMALL_RATIO:
        return format_factor(ratio)
    if ratio < SMALLEST_RATIO:
        return f"{format_number(ratio, digits=2)}{TIMES}"
    decimals = 1 - floor(log10(ratio))
    return f"{ratio:.{decimals}f}{TIMES}"


def describe_spread(stats: Stats) -> str:
    """Return how the median was measured, and how much the rounds differ."""
    calls = format_count(stats.iterations, "call")
    if stats.rounds == 1:
        return f"one round of {calls}"
    return (
        f"median of {stats.rounds:,} rounds of {calls}; "
        f"minimum {format_seconds(stats.min)}, mean {format_seconds(stats.mean)}, "
        f"maximum {format_seconds(stats.max)}, "
        f"standard deviation {format_seconds(stats.stddev)}"
    )


def tabulate_times(group: BenchmarkGroup) -> Table:
    """Return one row per benchmark, with everything that the file contains."""
    fields = (
        NAME,
        FAMILY,
        CAPTURES,
        AGREES,
        TIME_PER_CALL,
        RATIO,
        VERDICT,
        SPREAD,
        NOTE,
    )
    return _tabulate_group(group, fields=fields)


def tabulate_times_briefly(group: BenchmarkGroup) -> Table:
    """Return one row per benchmark, with columns that fit 80 characters."""
    fields = (BRIEF, AGREES, TIME_PER_CALL, RATIO, VERDICT)
    return _tabulate_group(group, fields=fields)


def tabulate_terms() -> Table:
    """Return the meaning of the terms in this report."""
    return tabulate(
        "Terms",
        fields=(
            Field(title="term", show=lambda x: x[0], kind="prose"),
            Field(title="meaning", show=lambda x: x[1], kind="prose"),
        ),
        items=TERMS.items(),
    )


def _tabulate_group(
    group: BenchmarkGroup, *, fields: Sequence[Field[Benchmark]]
) -> Table:
    missing = f"No ratios: the baseline {group.baseline} is not in this group."
    return tabulate(
        f"{group.heading}: every benchmark against {group.baseline}",
        fields=fields,
        items=group.benchmarks,
        note="" if group.has_baseline else missing,
    )


def _show_agreement(benchmark: Benchmark) -> Value | str:
    verdict = benchmark.agreement
    return DASH if verdict is AgreementVerdict.NOT_CHECKED else add_tone(verdict)


def _show_note(benchmark: Benchmark) -> str:
    difference = benchmark.facts.difference if benchmark.facts else ""
    return f"disagrees: {difference}" if difference else ""


NAME: Field[Benchmark] = Field(title="benchmark", show=lambda x: x.name, kind="prose")
BRIEF: Field[Benchmark] = Field(
    title="benchmark",
    show=lambda x: shorten_middle(x.name, width=BRIEF_NAME),
    kind="word",
)
FAMILY: Field[Benchmark] = Field(
    title="family",
    show=lambda x: x.facts.family if x.facts else DASH,
    kind="word",
    optional=True,
)
CAPTURES: Field[Benchmark] = Field(
    title="captures",
    show=lambda x: add_tone(x.facts.captures) if x.facts else DASH,
    kind="word",
    optional=True,
)
AGREES: Field[Benchmark] = Field(
    title="agrees?", show=_show_agreement, kind="word", optional=True
)
TIME_PER_CALL: Field[Benchmark] = Field(
    title="time per call", show=lambda x: format_seconds(x.stats.median)
)
RATIO: Field[Benchmark] = Field(
    title="ratio (no interval)",
    show=lambda x: "1" if x.is_baseline else format_call_ratio(x.ratio),
)
VERDICT: Field[Benchmark] = Field(
    title="verdict", show=lambda x: str(x.verdict), kind="word"
)
SPREAD: Field[Benchmark] = Field(
    title="measured", show=lambda x: describe_spread(x.stats), kind="prose"
)
NOTE: Field[Benchmark] = Field(
    title="note", show=_show_note, kind="prose", optional=True
)
