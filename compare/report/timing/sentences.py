"""Answers about timing: how long a step takes, and when a graph pays back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from compare.contract import Captures
from compare.render.format import (
    format_nanoseconds,
    format_percent,
    format_ratio,
    is_known,
)
from compare.report.timing.break_even import (
    NO_CLEAR_DIFFERENCE,
    BreakEven,
    Outcome,
    describe_break_even,
)
from compare.results.cells import join_doubts, mark_doubts
from compare.stats.estimates import TimingVerdict
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.rows import TimingRow

MAX_NAMES = 3  # in a sentence
LARGE_RATIO = 2.0  # from here on, 3.20x as long is clearer than 220% slower


class TimedResult(NamedTuple):
    """A cell that was timed, with its timing."""

    cell: CellResult
    timing: TimingRow


def describe_steady_state(group: CellGroup) -> str:
    """Return the fastest variant with its ratio, and what the run cannot decide."""
    baseline = group.baseline_timing
    if baseline is None:
        return f"{group.heading}: no step time of {group.baseline}."
    others = _rank(group)
    if not others:
        step = format_nanoseconds(baseline.step_time_ns)
        return (
            f"{group.heading}: {group.baseline} takes {step} per step; no variant has "
            "a ratio to it."
        )
    sentences = (
        _describe_fastest(group, others),
        *_list_inconclusive(others),
        *_list_disagreeing(group),
        *_describe_noise(group),
    )
    return f"{_describe_group(group)}: {' '.join(sentences)}"


def _describe_group(group: CellGroup) -> str:
    return mark_doubts(group.heading, join_doubts(group))


def _rank(group: CellGroup) -> list[TimedResult]:
    """Return the variants with a ratio to the baseline, the lowest ratio first."""
    found = [
        TimedResult(cell, timing)
        for cell, timing in group.timed
        if _is_comparable(cell) and is_known(timing.ratio)
    ]
    return sorted(found, key=lambda each: each.timing.ratio)


def _is_comparable(cell: CellResult) -> bool:
    """Return whether a variant finished and computed the same as the others."""
    return cell.is_compared and not cell.is_missing and not cell.disagrees


def _describe_fastest(group: CellGroup, others: Sequence[TimedResult]) -> str:
    """Return which variant is the fastest; the baseline if no other is faster."""
    faster = [each for each in others if each.timing.verdict == TimingVerdict.FASTER]
    if faster:
        return _describe_faster(group, faster[0], others)
    lowest, *rest = others
    step = _show_baseline_step(group)
    if not rest:
        return f"{_describe_ratio(lowest, to=f'{group.baseline} ({step})')}."
    is_proven = all(each.timing.verdict == TimingVerdict.SLOWER for each in others)
    if is_proven and not join_doubts(group):
        count = len(others) + 1
        return (
            f"{group.baseline} ({step}) is the fastest of {count} variants; "
            f"{_describe_ratio(lowest)}."
        )
    return (
        f"no variant is faster than {group.baseline} ({step}); "
        f"{_describe_ratio(lowest)}."
    )


def _describe_faster(
    group: CellGroup, fastest: TimedResult, others: Sequence[TimedResult]
) -> str:
    figures = f"{_show_ratio(fastest.timing)} the step time of {group.baseline}"
    sentence = f"{fastest.cell.variant} takes {figures} ({_show_baseline_step(group)})"
    rivals = [
        each.cell.variant
        for each in others
        if each is not fastest and not group.ranks(each.cell, fastest.cell)
    ]
    if len(others) == 1:
        return f"{sentence}."
    if not rivals:
        return f"{sentence}, the lowest of {len(others) + 1} variants."
    # No order is claimed among variants whose difference is not proven.
    return f"{sentence}. This run cannot rank it against {_name_few(rivals)}."


def _show_baseline_step(group: CellGroup) -> str:
    baseline = group.baseline_timing
    return format_nanoseconds(baseline.step_time_ns if baseline else None)


def _show_ratio(timing: TimingRow) -> str:
    return format_ratio(timing.ratio, timing.ratio_low, timing.ratio_high)


def _describe_ratio(timed: TimedResult, *, to: str = "") -> str:
    """Return a verdict with its figures: ``torch/compile is 27% slower (1.27x, ...)``.

    Args:
        timed: a variant that is not proven faster than the baseline.
        to: the baseline, if the sentence has to name it.
    """
    variant, timing = timed.cell.variant, timed.timing
    figures = _show_ratio(timing)
    if timing.verdict == TimingVerdict.SLOWER and timing.ratio >= LARGE_RATIO:
        return (
            f"{variant} takes {figures} {f'the step time of {to}' if to else 'as long'}"
        )
    match timing.verdict:
        case TimingVerdict.SLOWER:
            slower = format_percent(timing.ratio - 1, digits=2)
            words = f"{variant} is {slower} slower{f' than {to}' if to else ''}"
        case TimingVerdict.EQUIVALENT:
            words = f"{variant} is equivalent{f' to {to}' if to else ''}"
        case _:
            between = f"between {variant} and {to}" if to else f"for {variant}"
            words = f"{NO_CLEAR_DIFFERENCE} {between}"
    return f"{words}: {figures}" if to else f"{words}, {figures}"


def _name_few(names: list[str]) -> str:
    """Return the names, or only how many there are if there are many."""
    is_few = len(names) <= MAX_NAMES
    return join_words(names, conjunction="and") if is_few else f"{len(names)} others"


def _list_inconclusive(others: Sequence[TimedResult]) -> Iterator[str]:
    """Yield the variants without a verdict that the first sentence does not have."""
    inconclusive = [
        each.cell.variant
        for each in others
        if each.timing.verdict == TimingVerdict.INCONCLUSIVE
    ]
    is_faster = any(each.timing.verdict == TimingVerdict.FASTER for each in others)
    # Without a faster variant, the first sentence describes the lowest ratio.
    described = () if is_faster else (others[0].cell.variant,)
    names = [name for name in inconclusive if name not in described]
    if names:
        also = "Also inconclusive" if len(names) < len(inconclusive) else "Inconclusive"
        yield f"{also}: {join_words(names, conjunction='and')}."


def _list_disagreeing(group: CellGroup) -> Iterator[str]:
    names = [
        cell.variant for cell, _ in group.timed if cell.is_compared and cell.disagrees
    ]
    if names:
        verb = "disagrees" if len(names) == 1 else "disagree"
        yield (
            f"{join_words(names, conjunction='and')} {verb} with the reference and "
            f"{'is' if len(names) == 1 else 'are'} not ranked."
        )


def _describe_noise(group: CellGroup) -> Iterator[str]:
    """Yield the ratio of the control if it differs from 1."""
    control = group.control
    if (
        group.is_unproven
        and control
        and control.timing
        and is_known(control.timing.ratio)
    ):
        yield (
            f"The control, a second worker of {group.baseline}, took "
            f"{_show_ratio(control.timing)} its step time, where 1 was expected."
        )


def describe_payback(group: CellGroup) -> str:
    """Return after how many steps each static variant has paid for its start."""
    static = [
        TimedResult(cell, timing)
        for cell, timing in group.timed
        if cell.cell.family == "static" and _is_comparable(cell)
    ]
    if not static:
        return f"{group.heading}: no static variant was timed."
    if group.baseline_timing is None:
        return f"{group.heading}: no step time of {group.baseline}."
    captured = [each for each in static if each.cell.captures != Captures.NOT_CAPTURED]
    eager = [each for each in static if each.cell.captures == Captures.NOT_CAPTURED]
    by_outcome: dict[Outcome, list[tuple[TimedResult, BreakEven]]] = {}
    for each in captured:
        found = describe_break_even(each.timing, baseline=group.baseline_timing)
        by_outcome.setdefault(found.outcome, []).append((each, found))
    clauses = [
        *_describe_reached(by_outcome.pop(Outcome.REACHED, [])),
        *(
            clause
            for outcome in Outcome
            for clause in _describe_outcome(by_outcome.get(outcome, []))
        ),
        *_describe_eager(eager),
    ]
    return f"{_describe_group(group)}: against {group.baseline}, {'; '.join(clauses)}."


def _describe_reached(found: list[tuple[TimedResult, BreakEven]]) -> Iterator[str]:
    """Yield one clause for all variants that pay back, the soonest first."""
    soonest_first = sorted(found, key=lambda pair: pair[0].timing.break_even_steps)
    if soonest_first:
        (first, when), *later = soonest_first
        clauses = [f"{first.cell.variant} pays back {when.clause}"]
        clauses += [f"{each.cell.variant} {when.clause}" for each, when in later]
        yield join_words(clauses, conjunction="and")


def _describe_outcome(found: list[tuple[TimedResult, BreakEven]]) -> Iterator[str]:
    """Yield one clause for all variants with the same words."""
    variants: dict[BreakEven, list[str]] = {}
    for each, when in found:
        variants.setdefault(when, []).append(each.cell.variant)
    for when, names in variants.items():
        yield _describe_unreached(join_words(names, conjunction="and"), when, names)


def _describe_unreached(named: str, when: BreakEven, names: Sequence[str]) -> str:
    is_one = len(names) == 1
    match when.outcome:
        case Outcome.NEVER:
            evidence = f" ({when.evidence})" if when.evidence else ""
            return f"{named} never {'does' if is_one else 'do'}{evidence}"
        case Outcome.ONLY_AT_FIRST:
            return f"{named} {'costs' if is_one else 'cost'} less for the {when.label}"
        case Outcome.UNCLEAR | Outcome.UNKNOWN:
            return f"{when.label} for {named}"
        case _:
            return f"{named} {when.clause}"


def _describe_eager(found: Iterable[TimedResult]) -> Iterator[str]:
    names = [each.cell.variant for each in found]
    if names:
        yield f"{join_words(names, conjunction='and')} captured no graph"
