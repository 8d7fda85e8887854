"""Sentences about a pytest-benchmark file: its limits, agreement and times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.contract import Captures
from compare.pytest_benchmark.document import AgreementVerdict
from compare.render.format import format_seconds
from compare.report.run.answer import Answer
from compare.report.run.cautions import Caution
from compare.results.cells import CellLabel, join_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from compare.pytest_benchmark.benchmarks import (
        Benchmark,
        BenchmarkFile,
        BenchmarkGroup,
    )

SEQUENTIAL_DESIGN = (
    "Sequential design: the benchmarks were timed one after another, so a ratio "
    "includes any change of the machine in between. There are no intervals, and every "
    "difference is inconclusive. To compare training steps, measure them interleaved:"
)
# Both diverged: the reference left the range of the dtype too.
AGREEING = {AgreementVerdict.AGREES, AgreementVerdict.BOTH_DIVERGED}
MAX_NAMES = 3  # of benchmarks in a sentence
MAX_DIFFERENCES = 4  # in the answer


def list_file_cautions(file: BenchmarkFile) -> tuple[Caution, ...]:
    """Return what limits the figures; the limits of the design come first."""
    first = _describe_export(file) if file.exported_from else _describe_design()
    return (first, *_list_limits(file))


def list_file_answers(file: BenchmarkFile) -> tuple[Answer, ...]:
    """Return whether the benchmarks agree, and what a call costs."""
    costs = tuple(map(describe_call_times, file.groups))
    return (
        Answer(question="Do they agree?", sentences=describe_benchmark_agreement(file)),
        Answer(question="What does a call cost?", sentences=costs),
    )


def describe_benchmark_agreement(file: BenchmarkFile) -> tuple[str, ...]:
    """Return how many benchmarks agree, and where the others differ first."""
    if not any(map(_is_decided, file.benchmarks)):
        return ("No benchmark was compared with the reference.",)
    return (_count_agreeing(file), *_describe_differences(file))


def describe_call_times(group: BenchmarkGroup) -> str:
    """Return the smallest and the largest median of a group."""
    ordered = sorted(group.benchmarks, key=lambda each: each.stats.median)
    low, high = (
        f"{format_seconds(each.stats.median)} ({each.name})"
        for each in (ordered[0], ordered[-1])
    )
    if len(ordered) == 1:
        return f"{group.heading}: {low}."
    return (
        f"{group.heading}: {len(ordered)} medians from {low} to {high}; inconclusive "
        "without intervals."
    )


def _describe_design() -> Caution:
    return Caution(text=SEQUENTIAL_DESIGN, command="graph-compare run", is_first=True)


def _describe_export(file: BenchmarkFile) -> Caution:
    text = (
        f"This file was exported from the run {file.exported_from}, which measured its "
        "variants interleaved. The file does not contain which times belong to one "
        "launch, so ratios have no intervals here, and every difference is "
        "inconclusive. The report of that run contains the intervals and the verdicts."
    )
    return Caution(text=text, is_first=True)


def _list_limits(file: BenchmarkFile) -> Iterator[Caution]:
    """Yield what limits the figures of single benchmarks."""
    if wrong := _join_names(file, _disagrees):
        yield Caution(text=f"The times are those of a different computation: {wrong}.")
    if eager := _join_names(file, _captured_nothing):
        yield Caution(text=f"No graph was captured; the step ran eagerly: {eager}.")


def _is_decided(benchmark: Benchmark) -> bool:
    return benchmark.agreement in AGREEING or _disagrees(benchmark)


def _disagrees(benchmark: Benchmark) -> bool:
    return benchmark.agreement is AgreementVerdict.DISAGREES


def _has_verdict(verdict: AgreementVerdict) -> Callable[[Benchmark], bool]:
    return lambda benchmark: benchmark.agreement is verdict


def _captured_nothing(benchmark: Benchmark) -> bool:
    return (
        benchmark.facts is not None
        and benchmark.facts.captures == Captures.NOT_CAPTURED
    )


def _count_agreeing(file: BenchmarkFile) -> str:
    """Return how many benchmarks agree, and what the check found for the others."""
    benchmarks = file.benchmarks
    total, agreeing = len(benchmarks), sum(b.agreement in AGREEING for b in benchmarks)
    others = "".join(_count_others(file))
    if total == agreeing == 1:
        return "The benchmark agrees with the reference."
    if total == agreeing:
        return f"All {total} benchmarks agree with the reference."
    return f"{agreeing} of {total} benchmarks agree with the reference{others}."


def _count_others(file: BenchmarkFile) -> Iterator[str]:
    """Yield the counts of the other verdicts; names too where they are few."""
    if wrong := sum(map(_disagrees, file.benchmarks)):
        yield f"; {wrong} disagree{'s' * (wrong == 1)}"
    for verdict in (AgreementVerdict.UNDECIDED, AgreementVerdict.NOT_CHECKED):
        count = sum(map(_has_verdict(verdict), file.benchmarks))
        if count > MAX_NAMES:
            yield f"; {count} {verdict}"
        elif count:
            yield f"; {verdict}: {_join_names(file, _has_verdict(verdict))}"


def _describe_differences(file: BenchmarkFile) -> Iterator[str]:
    found = [
        f"{join_labels([_label(each, group=group)])}: {each.facts.difference}."
        for group in file.groups
        for each in group.benchmarks
        if _disagrees(each) and each.facts and each.facts.difference
    ]
    yield from found[:MAX_DIFFERENCES]
    if (more := len(found) - MAX_DIFFERENCES) > 0:
        yield f"{more} more in the table of times."


def _join_names(file: BenchmarkFile, has_property: Callable[[Benchmark], bool]) -> str:
    """Return the names of the benchmarks that have a property, with their groups."""
    return join_labels(
        _label(each, group=group)
        for group in file.groups
        for each in group.benchmarks
        if has_property(each)
    )


def _label(benchmark: Benchmark, *, group: BenchmarkGroup) -> CellLabel:
    dtype = f"in {group.dtype}" if group.dtype else ""
    device = f"on {group.device}" if group.device else ""
    return CellLabel(
        variant=benchmark.name,
        workload=group.label,
        qualifier=" ".join(filter(None, (dtype, device))),
    )
