"""The message of a failed assertion: the verdict and its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.contract import BreakKind
from compare.render.format import (
    count_distinguishing_digits,
    format_computed,
    format_integer,
    format_number,
    format_ratio_interval,
)
from compare.runs.words import Verdict
from compare.testing.pace import Pace
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.contract import GraphBreak
    from compare.testing.agreement import DtypeCheck, FunctionAgreement
    from compare.testing.captures import FunctionCaptures
    from compare.testing.pace import PaceComparison
    from compare.testing.pairing import PairResult

MAX_LISTED = 5


def explain_disagreement(found: FunctionAgreement) -> str:
    """Return why two functions do not agree, or why that is undecided."""
    if found.verdict is Verdict.UNDECIDED:
        lines = _explain_undecided(found)
    else:
        lines = _explain_difference(found)
    return "\n".join(lines)


def _explain_difference(found: FunctionAgreement) -> Iterator[str]:
    check = found.failed
    assert check is not None
    first = check.first_difference
    assert first is not None
    yield f"a ({found.a}) and b ({found.b}) disagree in {check.dtype}: {first.quantity}"
    yield from _describe_pair(first)
    others = [
        str(r.quantity)
        for r in check.results
        if r.verdict is Verdict.DISAGREES and r is not first
    ]
    if others:
        yield f"  also: {_shorten(others)}"
    agreeing = [str(r.quantity) for r in check.results if r.verdict is Verdict.AGREES]
    if agreeing:
        yield f"  agree: {_shorten(agreeing)}"
    yield from _describe_layer(check)
    yield from _describe_other_checks(found, check)
    for side in found.unsteady:
        yield (
            f"  {side} returns other values when called again with the same inputs and "
            "the same seed. Call eval(), or pass random numbers as inputs"
        )
    yield from _describe_left_out(found)


def _describe_pair(first: PairResult) -> Iterator[str]:
    if first.reason:
        yield f"  {first.reason}"
        return
    at = f" at {list(first.index)}" if first.index else ""
    digits = count_distinguishing_digits(first.a, first.b)
    a, b = (format_computed(x, digits=max(8, digits)) for x in (first.a, first.b))
    yield f"  largest difference{at}: {a} in a, {b} in b"
    if first.tolerance:
        times = format_number(first.error / first.tolerance)
        yield (
            f"  it is {format_number(first.error)}; rounding explains at most "
            f"{format_number(first.tolerance)}, {times} times less"
        )
    yield (
        f"  {format_integer(first.differing)} of {format_integer(first.elements)} "
        "elements differ by more"
    )


def _describe_layer(check: DtypeCheck) -> Iterator[str]:
    layer = check.first_layer
    if layer is None:
        return
    before = check.layers[: check.layers.index(layer)]
    agreeing = [r.quantity.name for r in before if r.verdict is Verdict.AGREES]
    after = f"; {agreeing[-1]}, before it, agrees" if agreeing else ""
    yield f"  first layer that differs: {layer.quantity.name}{after}"


def _describe_other_checks(
    found: FunctionAgreement, failed: DtypeCheck
) -> Iterator[str]:
    for check in found.checks:
        if check.not_run:
            yield f"  in {check.dtype}: not run: {check.not_run}"
        elif check is not failed:
            yield f"  in {check.dtype}: {_describe_check(check)}"


def _describe_check(check: DtypeCheck) -> str:
    if check.first_difference:
        return "a and b disagree, too"
    is_decided = any(r.verdict is Verdict.AGREES for r in check.results)
    return "a and b agree" if is_decided else "undecided"


def _describe_left_out(found: FunctionAgreement) -> Iterator[str]:
    if found.not_compared:
        yield f"  not compared: {_shorten(found.not_compared)}"


def _explain_undecided(found: FunctionAgreement) -> Iterator[str]:
    if not found.undecided:
        yield f"a ({found.a}) and b ({found.b}): nothing was compared"
        yield "  expected at least one tensor with a finite element in both"
    else:
        first = found.undecided[0]
        yield (
            f"a ({found.a}) and b ({found.b}) cannot be compared: rounding alone may "
            f"change every digit of {first.quantity}"
        )
        yield from _describe_pair(first)
        is_wide = any(c.dtype == "float64" and not c.not_run for c in found.checks)
        yield "  use other inputs" + ("" if is_wide else ", or compare in float64")
    yield from _describe_left_out(found)


def _shorten(names: Sequence[str]) -> str:
    listed = ", ".join(names[:MAX_LISTED])
    more = len(names) - MAX_LISTED
    return f"{listed} and {more} more" if more > 0 else listed


def explain_captures(found: FunctionCaptures, *, breaks: int, recaptures: int) -> str:
    """Return which graph breaks and recaptures were not expected, with their lines."""
    counts = [
        f"{format_count(len(found.breaks), 'graph break')} (expected {breaks})",
        f"{format_count(len(found.recaptures), 'recapture')} (expected {recaptures})",
    ]
    lines = [f"{found.name}: {join_words(counts, conjunction='and')}"]
    lines += map(_describe_break, [*found.breaks, *found.recaptures])
    return "\n".join(lines)


def _describe_break(found: GraphBreak) -> str:
    place = f"{found.file}:{found.line}: " if found.file else ""
    kind = "" if found.kind is BreakKind.BREAK else f"{found.kind}: "
    is_new = found.argument and found.argument not in found.reason
    detail = f" ({found.argument})" if is_new else ""
    hint = f"; {found.hint}" if found.hint else ""
    return f"  {place}{kind}{found.reason}{detail}{hint}"


def explain_pace(found: PaceComparison) -> str:
    """Return the verdict on the time of a function, with interval and control."""
    is_short = not found.groups or not found.ratio.low
    interval = format_ratio_interval(found.ratio.low, found.ratio.high)
    ratio = "not measured" if is_short else f"{found.ratio.estimate:.3f} ({interval})"
    control = format_ratio_interval(found.control.low, found.control.high)
    facts = (
        f"time of a / time of b: {ratio}, limit {found.limit:g}; "
        f"b against itself: {control}"
    )
    if found.verdict is Pace.CANNOT_TELL:
        question = f"cannot tell whether {found.a} is slower than {found.b}"
        return f"{question}: {found.reason}. {facts}"
    return f"{found.a} is {found.verdict} than {found.b}: {facts}"
