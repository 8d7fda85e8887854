"""What a workload's timing says, in sentences: the lowest ratio, and break-even."""

from __future__ import annotations

from math import isfinite, isinf, isnan
from typing import TYPE_CHECKING

from compare.pipeline.plan import NOT_CAPTURED
from compare.render.format import (
    AT_ONCE,
    known,
    nanoseconds,
    ratio,
    step_count,
    step_interval,
    steps,
)
from compare.wording import join_words

if TYPE_CHECKING:
    from compare.results.cells import CellGroup, CellResult
    from compare.runs.rows import TimingRow

FEW = 3  # names that a sentence can hold


def steady_state(comparison: CellGroup) -> str:
    """The lowest ratio to the baseline, and what this run cannot settle."""
    baseline = comparison.baseline_timing
    others = _ranked(comparison)
    if baseline is None:
        return f"{comparison.heading}: no step time of {comparison.baseline}."
    if not others:
        step = nanoseconds(baseline.step_time_ns)
        return (
            f"{comparison.heading}: {comparison.baseline} takes {step} a step; "
            "no variant has a ratio to it."
        )
    return (
        f"{_head(comparison)}: {_lowest(comparison, others)}"
        f"{_unsettled(others)}{_unranked(comparison)}{_noise(comparison)}"
    )


def _head(comparison: CellGroup) -> str:
    return f"{comparison.heading}{' (unproven)' if comparison.is_unproven else ''}"


def _ranked(comparison: CellGroup) -> list[tuple[CellResult, TimingRow]]:
    """Lowest ratio first."""
    ratios = [
        (line, timing)
        for line, timing in comparison.timed
        if _counts(line) and known(timing.ratio)
    ]
    return sorted(ratios, key=lambda pair: pair[1].ratio)


def _counts(line: CellResult) -> bool:
    """Whether a variant ran to its end and computed what the others did."""
    return line.is_compared and not line.is_missing and not line.disagrees


def _unranked(comparison: CellGroup) -> str:
    names = [
        line.variant
        for line, _ in comparison.timed
        if line.is_compared and line.disagrees
    ]
    if not names:
        return ""
    return f" Left out for disagreeing: {join_words(names, conjunction='and')}."


def _lowest(comparison: CellGroup, others: list[tuple[CellResult, TimingRow]]) -> str:
    faster = [pair for pair in others if pair[1].verdict == "faster"]
    line, timing = (faster or others)[0]
    baseline = comparison.baseline_timing
    step = nanoseconds(baseline.step_time_ns if baseline else None)
    figures = f"{_times(timing)} the step time of {comparison.baseline} ({step})"
    if faster:
        return f"{line.variant} takes {figures}{_rivals(comparison, line, others)}."
    return (
        f"no variant is faster than {comparison.baseline}; the lowest ratio is that of "
        f"{line.variant}, {figures}, {timing.verdict or 'without a verdict'}."
    )


def _times(timing: TimingRow) -> str:
    return ratio(timing.ratio, timing.ratio_low, timing.ratio_high)


def _rivals(
    comparison: CellGroup, least: CellResult, others: list[tuple[CellResult, TimingRow]]
) -> str:
    """Those not told from the lowest: no order among them is claimed."""
    rivals = [
        line.variant
        for line, _ in others
        if line is not least and not comparison.ranks(line, least)
    ]
    if not rivals:
        return f", the lowest of {len(others) + 1} variants"
    are = "is" if len(rivals) == 1 else "are"
    return f"; {_some(rivals)} {are} too near for this run to rank"


def _some(names: list[str]) -> str:
    """A few names, or how many they are."""
    return (
        join_words(names, conjunction="and")
        if len(names) <= FEW
        else f"{len(names)} others"
    )


def _unsettled(others: list[tuple[CellResult, TimingRow]]) -> str:
    names = [line.variant for line, t in others if t.verdict == "inconclusive"]
    return f" Inconclusive: {join_words(names, conjunction='and')}." if names else ""


def _noise(comparison: CellGroup) -> str:
    control = comparison.control
    if control is None or control.timing is None or not comparison.is_unproven:
        return ""
    return (
        f" The control, a second worker of {comparison.baseline}, took "
        f"{_times(control.timing)} its step time, where 1 was expected."
    )


def payback(comparison: CellGroup) -> str:
    """When the static variants have paid for their start, soonest first."""
    static = [
        (line, timing)
        for line, timing in comparison.timed
        if line.cell.family == "static" and _counts(line)
    ]
    captured = [pair for pair in static if pair[0].captures != NOT_CAPTURED]
    paying = sorted(
        (pair for pair in captured if _pays(pair[1])),
        key=lambda pair: pair[1].break_even_steps,
    )
    if not static:
        return f"{comparison.heading}: no static variant was timed."
    clauses = [
        _pays_back(paying),
        _never(captured, baseline=comparison.baseline_timing),
        _unknown(captured),
        _nothing([line for line, _ in static if line.captures == NOT_CAPTURED]),
    ]
    said = "; ".join(clause for clause in clauses if clause)
    return f"{_head(comparison)}: against {comparison.baseline}, {said}."


def _pays(timing: TimingRow) -> bool:
    """Whether it does for all that is known; few launches leave its interval open."""
    return isfinite(timing.break_even_steps) and not isinf(timing.break_even_high)


def _pays_back(paying: list[tuple[CellResult, TimingRow]]) -> str:
    if not paying:
        return ""
    (first, timing), *later = paying
    said = [f"{first.variant} pays back {_after(timing)}"]
    said += [f"{line.variant} {_after(t)}" for line, t in later]
    return join_words(said, conjunction="and")


def _after(timing: TimingRow) -> str:
    point = timing.break_even_steps
    if point <= 0:
        return steps(point)
    ends = step_interval(timing.break_even_low, timing.break_even_high)
    return f"after {steps(point)}" + (f" ({ends})" if ends else "")


def _never(
    static: list[tuple[CellResult, TimingRow]], *, baseline: TimingRow | None
) -> str:
    """Variants whose steps cost more; some are ahead at first, some may be equal."""
    said, surely = [], []
    for line, timing in static:
        if _pays(timing) or isnan(timing.break_even_steps):
            continue
        ahead = timing.cheaper_until(baseline) if baseline else 0.0
        if ahead >= 1:
            first = step_count(ahead)
            said.append(f"{line.variant} costs less for the first {first} steps only")
        elif timing.break_even_low <= 0:
            said.append(f"{line.variant} {AT_ONCE} or never")
        elif isfinite(timing.break_even_low):
            earliest = step_count(timing.break_even_low)
            said.append(f"{line.variant} perhaps never ({earliest} at the earliest)")
        else:
            surely.append(line.variant)
    if surely:
        does = "does" if len(surely) == 1 else "do"
        said.append(f"{join_words(surely, conjunction='and')} never {does}")
    return "; ".join(said)


def _unknown(static: list[tuple[CellResult, TimingRow]]) -> str:
    names = [line.variant for line, t in static if isnan(t.break_even_steps)]
    return f"not known for {join_words(names, conjunction='and')}" if names else ""


def _nothing(lines: list[CellResult]) -> str:
    names = [line.variant for line in lines]
    return f"{join_words(names, conjunction='and')} captured nothing" if names else ""
