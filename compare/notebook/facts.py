"""Everything that a comparison of two functions found, in one structure.

Text, HTML, table, chart and JSON are made from it. The schema of the JSON is
``compare/schemas/comparison.schema.json``.
"""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from compare.render.format import format_computed
from compare.runs.words import Verdict  # noqa: TC001 - msgspec reads it
from compare.stats.estimates import EQUIVALENCE_MARGIN, TimingVerdict
from compare.testing.pace import MIN_GROUPS

if TYPE_CHECKING:
    from compare.contract import GraphBreak
    from compare.stats.estimates import Interval
    from compare.testing.agreement import DtypeCheck, FunctionAgreement
    from compare.testing.captures import FunctionCaptures
    from compare.testing.pace import PaceComparison
    from compare.testing.pairing import PairResult

COMPARISON_VERSION = 1
TOO_FEW = "too few measurements fit into the time budget; a larger one is needed"
UNSTEADY = "the first one differs from itself, so the machine is not steady"
AS_CONTROL = "the first one differs from itself by as much; a quieter machine is needed"
TOO_WIDE = "the interval contains 1; more time or a quieter machine is needed"


class ComparisonPart(msgspec.Struct, kw_only=True, frozen=True):
    """Base class of the parts of a comparison. None is a number that does not exist."""


class ComparedTensor(ComparisonPart, kw_only=True, frozen=True):
    """One tensor of both functions.

    Attributes:
        quantity: which one, such as ``output`` or ``gradient of weight``.
        verdict: whether rounding explains the largest difference.
        difference: the largest one of an element; None if it is not finite.
        tolerance: the largest one that rounding explains; None if both are equal, for
            which none is computed.
        share: difference / tolerance.
        index: of the element with the largest difference.
        a: its value in a; as text if it is not finite.
        b: its value in b.
        differing: the number of elements whose difference rounding does not explain.
        elements: the number of all elements.
        reason: why the elements were not compared, such as another shape.
    """

    quantity: str
    verdict: Verdict
    difference: float | None = None
    tolerance: float | None = None
    share: float | None = None
    index: tuple[int, ...] = ()
    a: float | str | None = None
    b: float | str | None = None
    differing: int = 0
    elements: int = 0
    reason: str = ""


class ComparedDtype(ComparisonPart, kw_only=True, frozen=True):
    """The comparison in one dtype, or why it is not run."""

    dtype: str
    tensors: tuple[ComparedTensor, ...] = ()
    first_layer: str = ""  # the first layer whose output disagrees
    not_run: str = ""


class PlacedBreak(ComparisonPart, kw_only=True, frozen=True):
    """A graph break or recapture: ``net.py:7``, or the line of a cell."""

    kind: str
    reason: str
    place: str = ""
    argument: str = ""  # of a recapture: what changed
    hint: str = ""


class InspectedCaptures(ComparisonPart, kw_only=True, frozen=True):
    """The graph breaks and recaptures of one function, or why they are not known."""

    name: str
    breaks: tuple[PlacedBreak, ...] = ()
    recaptures: tuple[PlacedBreak, ...] = ()
    not_run: str = ""


class ComparedTimes(ComparisonPart, kw_only=True, frozen=True):
    """The time of b as a ratio to that of a; the control is a to itself."""

    verdict: TimingVerdict = TimingVerdict.CANNOT_TELL
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    control: float | None = None
    control_low: float | None = None
    control_high: float | None = None
    reason: str = ""  # why there is no verdict
    not_run: str = ""


class ComparisonFacts(ComparisonPart, kw_only=True, frozen=True):
    """The comparison of two functions.

    Attributes:
        a: the name of the first function.
        b: that of the second.
        verdict: whether they agree.
        checks: in float64 first, then in the dtype of the inputs.
        not_compared: what was left out, and why.
        unsteady: the functions that return other values when called again.
        captures: graph breaks and recaptures of each function.
        times: the ratio of their times.
        version: of this structure.
    """

    a: str
    b: str
    verdict: Verdict
    checks: tuple[ComparedDtype, ...]
    not_compared: tuple[str, ...] = ()
    unsteady: tuple[str, ...] = ()
    captures: tuple[InspectedCaptures, ...] = ()
    times: ComparedTimes
    version: int = COMPARISON_VERSION


def encode_comparison(facts: ComparisonFacts) -> str:
    """Return a comparison as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(facts), indent=2).decode() + "\n"


def collect_comparison(
    agreement: FunctionAgreement,
    *,
    names: tuple[str, str],
    captures: tuple[InspectedCaptures, ...],
    times: ComparedTimes,
) -> ComparisonFacts:
    """Return the facts of a comparison; `names` are those of a and b."""
    by_side = dict(zip(("a", "b"), names, strict=True))
    return ComparisonFacts(
        a=names[0],
        b=names[1],
        verdict=agreement.verdict,
        checks=tuple(map(_collect_check, agreement.checks)),
        not_compared=agreement.not_compared,
        unsteady=tuple(by_side.get(side, side) for side in agreement.unsteady),
        captures=captures,
        times=times,
    )


def _collect_check(check: DtypeCheck) -> ComparedDtype:
    layer = check.first_layer
    return ComparedDtype(
        dtype=check.dtype,
        tensors=tuple(map(_collect_tensor, check.results)),
        first_layer=layer.quantity.name if layer else "",
        not_run=check.not_run,
    )


def _collect_tensor(found: PairResult) -> ComparedTensor:
    if found.reason:
        quantity, verdict = str(found.quantity), found.verdict
        return ComparedTensor(quantity=quantity, verdict=verdict, reason=found.reason)
    return ComparedTensor(
        quantity=str(found.quantity),
        verdict=found.verdict,
        difference=_finite(found.error),
        tolerance=_finite(found.tolerance) if found.error else None,
        share=_share(found),
        index=found.index,
        a=_value(found.a),
        b=_value(found.b),
        differing=found.differing,
        elements=found.elements,
    )


def _share(found: PairResult) -> float | None:
    if found.error == 0:
        return 0.0
    return _finite(found.error / found.tolerance) if found.tolerance else None


def _value(value: float) -> float | str:
    return value if isfinite(value) else format_computed(value)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def collect_captures(found: FunctionCaptures, *, name: str) -> InspectedCaptures:
    """Return the graph breaks and recaptures of a function with their places."""
    return InspectedCaptures(
        name=name,
        breaks=tuple(map(_collect_break, found.breaks)),
        recaptures=tuple(map(_collect_break, found.recaptures)),
    )


def _collect_break(found: GraphBreak) -> PlacedBreak:
    return PlacedBreak(
        kind=str(found.kind),
        reason=found.reason,
        place=_describe_place(found),
        argument="" if found.argument in found.reason else found.argument,
        hint=found.hint,
    )


def _describe_place(found: GraphBreak) -> str:
    """Return ``net.py:7``; the file name of a notebook's cell is no file."""
    if not found.file:
        return ""
    path = Path(found.file)
    is_file = path.is_file()
    return f"{path.name}:{found.line}" if is_file else f"line {found.line} of the cell"


def collect_times(found: PaceComparison) -> ComparedTimes:
    """Return the facts of a measured ratio."""
    ratio, control = found.ratio, found.control
    doubt = find_doubt(ratio, control=control, groups=found.groups)
    verdict = TimingVerdict.CANNOT_TELL if doubt else judge_times(ratio)
    return ComparedTimes(
        verdict=verdict,
        ratio=_finite(ratio.estimate),
        low=_finite(ratio.low),
        high=_finite(ratio.high),
        control=_finite(control.estimate),
        control_low=_finite(control.low),
        control_high=_finite(control.high),
        reason=doubt,
    )


def find_doubt(ratio: Interval, *, control: Interval, groups: int) -> str:
    """Return why a ratio proves nothing; empty if it proves something.

    A difference that is as large as that of the control, a to itself, proves nothing:
    the machine was busy.
    """
    if groups < MIN_GROUPS or not isfinite(ratio.low):
        return TOO_FEW
    if control.excludes_one:
        return UNSTEADY
    if not ratio.excludes_one:
        return "" if _is_equivalent(ratio) else TOO_WIDE
    is_apart = ratio.high < control.low or control.high < ratio.low
    return "" if is_apart else AS_CONTROL


def _is_equivalent(ratio: Interval) -> bool:
    least, most = 1 / (1 + EQUIVALENCE_MARGIN), 1 + EQUIVALENCE_MARGIN
    return least <= ratio.low and ratio.high <= most


def judge_times(ratio: Interval) -> TimingVerdict:
    """Return what a ratio proves that is without doubt."""
    if not ratio.excludes_one:
        return TimingVerdict.EQUIVALENT
    return TimingVerdict.FASTER if ratio.high < 1 else TimingVerdict.SLOWER
