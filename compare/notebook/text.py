"""Sentences about a comparison, and all of them as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.contract import BreakKind
from compare.render.format import (
    DASH,
    count_distinguishing_digits,
    format_computed,
    format_integer,
    format_number,
    format_ratio,
    format_ratio_interval,
)
from compare.render.visible import make_visible
from compare.runs.words import Verdict
from compare.stats.estimates import EQUIVALENCE_MARGIN, TimingVerdict
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.notebook.facts import (
        ComparedDtype,
        ComparedTensor,
        ComparedTimes,
        ComparisonFacts,
        InspectedCaptures,
        PlacedBreak,
    )

MAX_TENSORS = 20
NAN = float("nan")


def describe_comparison(facts: ComparisonFacts) -> str:
    """Return a comparison as lines of text."""
    lines = [state_verdict(facts), *(f"  {each}" for each in explain_verdict(facts))]
    for check in facts.checks:
        lines.append(describe_check(check))
        lines += [f"  {_describe_tensor(each)}" for each in select_listed(check)]
        lines += [f"  {each}" for each in note_left_out(check)]
    for each in facts.captures:
        lines.append(describe_captured_graph(each))
        lines += [f"  {describe_break(b)}" for b in (*each.breaks, *each.recaptures)]
    lines += [f"Time: {each}" for each in describe_times(facts)]
    return make_visible("\n".join(lines))


def state_verdict(facts: ComparisonFacts) -> str:
    """Return whether two functions agree, and in which dtypes that was checked."""
    if facts.verdict is Verdict.UNDECIDED:
        return f"It is undecided whether {facts.a} and {facts.b} agree"
    wanted = facts.verdict
    dtypes = [c.dtype for c in facts.checks if _has(c, wanted)]
    where = join_words(dtypes, conjunction="and")
    verb = "agree" if facts.verdict is Verdict.AGREES else "disagree"
    return f"{facts.a} and {facts.b} {verb} in {where}"


def _has(check: ComparedDtype, verdict: Verdict) -> bool:
    return any(each.verdict is verdict for each in check.tensors)


def explain_verdict(facts: ComparisonFacts) -> Iterator[str]:
    """Yield the evidence: the first difference, and what was left out."""
    failed = next((c for c in facts.checks if _has(c, Verdict.DISAGREES)), None)
    if failed:
        wrong = (t for t in failed.tensors if t.verdict is Verdict.DISAGREES)
        difference = _explain_tensor(next(wrong), facts)
        yield f"First difference, in {failed.dtype}: {difference}"
        if failed.first_layer:
            yield f"First layer whose output differs: {failed.first_layer}"
    elif facts.verdict is Verdict.UNDECIDED:
        yield from _explain_undecided(facts)
    for name in facts.unsteady:
        yield (
            f"{name} returns other values when called again with the same inputs and "
            "the same seed. Call eval(), or pass random numbers as inputs"
        )
    if facts.not_compared:
        yield f"Not compared: {', '.join(facts.not_compared)}"


def _explain_undecided(facts: ComparisonFacts) -> Iterator[str]:
    every = [t for c in facts.checks for t in c.tensors]
    if not every:
        yield "Nothing was compared: both must return at least one tensor"
    else:
        yield f"Rounding alone may change every digit of {every[0].quantity}"


def _explain_tensor(found: ComparedTensor, facts: ComparisonFacts) -> str:
    """Return the largest difference of a tensor, its place, and its tolerance."""
    if found.reason:
        return f"{found.quantity}: {found.reason}"
    at = f" at {list(found.index)}" if found.index else ""
    a, b = _format_values(found)
    count = (
        f"{format_integer(found.differing)} of "
        f"{format_count(found.elements, 'element')} differ by more than rounding"
    )
    return f"{found.quantity}{at}: {a} in {facts.a}, {b} in {facts.b}; {count}"


def _format_values(found: ComparedTensor) -> tuple[str, str]:
    """Return the values of both sides with enough digits to differ."""
    a, b = found.a, found.b
    if not (isinstance(a, float) and isinstance(b, float)):
        return str(a), str(b)
    digits = count_distinguishing_digits(a, b)
    return format_computed(a, digits=digits), format_computed(b, digits=digits)


def describe_check(check: ComparedDtype) -> str:
    """Return the state of the comparison in one dtype."""
    if check.not_run:
        return f"In {check.dtype}: not run: {check.not_run}"
    agreeing = sum(each.verdict is Verdict.AGREES for each in check.tensors)
    count = format_count(len(check.tensors), "tensor")
    verb = "agrees" if agreeing == 1 else "agree"
    return f"In {check.dtype}: {agreeing} of {count} {verb}"


def select_listed(check: ComparedDtype) -> tuple[ComparedTensor, ...]:
    """Return the tensors to list: all of a few, otherwise those that disagree first."""
    ordered = sorted(check.tensors, key=lambda t: t.verdict is Verdict.AGREES)
    is_long = len(ordered) > MAX_TENSORS
    return tuple(ordered[:MAX_TENSORS]) if is_long else check.tensors


def note_left_out(check: ComparedDtype) -> list[str]:
    """Return a sentence on the tensors that are not listed, if there are any."""
    more = len(check.tensors) - MAX_TENSORS
    return [f"{format_count(more, 'more tensor')}: see .frame"] if more > 0 else []


def _describe_tensor(found: ComparedTensor) -> str:
    if found.reason:
        return f"{found.quantity}: {found.verdict}: {found.reason}"
    if found.difference == 0:
        return f"{found.quantity}: {found.verdict}: equal"
    return (
        f"{found.quantity}: {found.verdict}: largest difference "
        f"{format_difference(found)}, tolerance {format_number(found.tolerance)}"
    )


def format_difference(found: ComparedTensor) -> str:
    """Return the largest difference of a tensor."""
    if found.difference is None:
        return DASH if found.reason else "not finite"
    return format_number(found.difference)


def describe_captured_graph(found: InspectedCaptures) -> str:
    """Return how many graph breaks and recaptures a function has."""
    if found.not_run:
        return f"Graph of {found.name}: not run: {found.not_run}"
    refused = [b for b in found.breaks if b.kind == BreakKind.REFUSED]
    if refused:
        return f"Graph of {found.name}: not captured"
    counts = (
        f"{format_count(len(found.breaks), 'graph break')}, "
        f"{format_count(len(found.recaptures), 'recapture')}"
    )
    return f"Graph of {found.name}: {counts}"


def describe_break(found: PlacedBreak) -> str:
    """Return what breaks a graph, with its place and the framework's advice."""
    argument = f" ({found.argument})" if found.argument else ""
    hint = f"; {found.hint}" if found.hint else ""
    place = f"{found.place}: " if found.place else ""
    kind = "" if found.kind == BreakKind.REFUSED else f"{found.kind}: "
    return f"{place}{kind}{found.reason}{argument}{hint}"


def describe_times(facts: ComparisonFacts) -> Iterator[str]:
    """Yield the verdict on the times, and the ratio with its interval and control."""
    found, a, b = facts.times, facts.a, facts.b
    if found.not_run:
        yield f"not run: {found.not_run}"
        return
    if found.verdict is TimingVerdict.CANNOT_TELL:
        yield f"cannot tell whether {a} or {b} is faster: {found.reason}"
    elif found.verdict is TimingVerdict.EQUIVALENT:
        yield f"{a} and {b} take equally long, within {EQUIVALENCE_MARGIN:.0%}"
    else:
        yield f"{b} is {found.verdict} than {a}"
    yield f"{b} / {a}: {_format_ratio(found)}; {a} / itself: {_format_control(found)}"


def _format_ratio(found: ComparedTimes) -> str:
    return format_ratio(*map(_known, (found.ratio, found.low, found.high)))


def _format_control(found: ComparedTimes) -> str:
    return format_ratio_interval(*map(_known, (found.control_low, found.control_high)))


def _known(value: float | None) -> float:
    return NAN if value is None else value
