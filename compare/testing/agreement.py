"""Whether two functions compute the same, with a tolerance that rounding justifies.

Two checks. In float64, rounding is so small that any difference in meaning exceeds it:
another epsilon, axis, reduction or constant. In the dtype of the inputs and the state,
what is used is checked, including everything that was compiled for that dtype.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from compare.errors import UsageError
from compare.runs.words import Verdict
from compare.testing.calls import read_calls
from compare.testing.evaluating import CallResults, Role, evaluate_calls
from compare.testing.pairing import PairResult, TensorPair, judge_pair, pair_tensors
from compare.testing.rounding_errors import (
    Bounds,
    RoundingTrials,
    bound_differences,
    bound_side,
    narrowest,
)
from compare.testing.sides import describe_value, find_side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Dtype
    from compare.testing.calls import Call
    from compare.testing.sides import ComparedFunction

__tracebackhide__ = True  # pytest then shows the line of the test

WIDE: Dtype = "float64"
# Rounding errors below this share of the largest tensor are zeros.
NEGLIGIBLE_SHARE = 1e-3


@dataclass(frozen=True, kw_only=True)
class DtypeCheck:
    """The comparison in one dtype.

    Attributes:
        dtype: the format whose rounding the tolerances are derived from.
        results: one per tensor, in the order of computation.
        layers: the same for the outputs of layers, if a tensor disagrees.
        not_run: why there is no result.
    """

    dtype: Dtype
    results: tuple[PairResult, ...] = ()
    layers: tuple[PairResult, ...] = ()
    not_run: str = ""

    @property
    def first_difference(self) -> PairResult | None:
        """The first tensor that disagrees."""
        wrong = (r for r in self.results if r.verdict is Verdict.DISAGREES)
        return next(wrong, None)

    @property
    def first_layer(self) -> PairResult | None:
        """The first layer whose output disagrees."""
        wrong = (r for r in self.layers if r.verdict is Verdict.DISAGREES)
        return next(wrong, None)


@dataclass(frozen=True, kw_only=True)
class FunctionAgreement:
    """Whether two functions compute the same.

    Attributes:
        a: the name of the first function or class.
        b: that of the second.
        checks: in float64 first, then in the dtype of the inputs.
        not_compared: what was left out, and why.
        unsteady: the sides that return other values when called again; only if a and b
            differ.
    """

    a: str
    b: str
    checks: tuple[DtypeCheck, ...]
    not_compared: tuple[str, ...] = ()
    unsteady: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Disagrees if any tensor does; agrees if each is decided in a check."""
        results = [r for check in self.checks for r in check.results]
        if any(r.verdict is Verdict.DISAGREES for r in results):
            return Verdict.DISAGREES
        is_shown = any(not r.is_blank for r in results)
        return Verdict.UNDECIDED if self.undecided or not is_shown else Verdict.AGREES

    @property
    def undecided(self) -> tuple[PairResult, ...]:
        """The tensors that rounding may change as a whole, in every check."""
        results = [r for check in self.checks for r in check.results]
        decided = {r.quantity for r in results if r.verdict is not Verdict.UNDECIDED}
        return tuple(r for r in results if r.quantity not in decided)

    @property
    def failed(self) -> DtypeCheck | None:
        """The first check with a tensor that disagrees."""
        return next((each for each in self.checks if each.first_difference), None)


def compare_functions(a: object, b: object, inputs: object = ()) -> FunctionAgreement:
    """Return whether two functions, models, or values agree.

    Args:
        a: what is expected: a function or model of any framework, or values.
        b: what is compared with it.
        inputs: the positional arguments of one call as a tuple, the keyword arguments
            as a dict, the only argument, or a list of these for several calls in order.

    Raises:
        UsageError: a and b return other structures, or a side cannot be called so.
    """
    calls = read_calls(inputs)
    one, other = (
        find_side(a, name="a", calls=calls),
        find_side(b, name="b", calls=calls),
    )
    own = _evaluate_both(one, other, calls, dtype=None)
    own_dtype = narrowest(own[0].dtypes | own[1].dtypes)
    unsteady = _find_unsteady((one, other), calls, own)
    wide = RoundingTrials(calls=calls, dtype=WIDE, wide=WIDE, unsteady=unsteady)
    checks = [] if own_dtype == WIDE else [_check_wide(one, other, trials=wide)]
    can_widen = bool(checks) and not checks[0].not_run
    trials = replace(wide, dtype=own_dtype, wide=WIDE if can_widen else None)
    checks.append(_judge(one, other, own, trials=trials))
    return FunctionAgreement(
        a=describe_value(a),
        b=describe_value(b),
        checks=tuple(checks),
        not_compared=_list_not_compared(own, one, other),
        unsteady=tuple(sorted(unsteady)),
    )


def _find_unsteady(
    sides: tuple[ComparedFunction, ComparedFunction],
    calls: Sequence[Call],
    own: tuple[CallResults, CallResults],
) -> frozenset[str]:
    """Return the sides whose values change in a second call.

    None if a and b are equal.
    """
    if _are_equal(pair_tensors(*own)):
        return frozenset()
    again = _evaluate_both(*sides, calls, dtype=None)
    return frozenset(
        side.name
        for side, first, second in zip(sides, own, again, strict=True)
        if not _are_equal(pair_tensors(first, second))
    )


def _are_equal(pairs: Sequence[TensorPair]) -> bool:
    return not any(pair.reason or pair.errors.any() for pair in pairs)


def _evaluate_both(
    a: ComparedFunction,
    b: ComparedFunction,
    calls: Sequence[Call],
    *,
    dtype: Dtype | None,
    layers: bool = False,
) -> tuple[CallResults, CallResults]:
    return (
        _evaluate(a, calls, dtype=dtype, layers=layers),
        _evaluate(b, calls, dtype=dtype, layers=layers),
    )


def _evaluate(
    side: ComparedFunction, calls: Sequence[Call], *, dtype: Dtype | None, layers: bool
) -> CallResults:
    """Return what the calls compute.

    Raises:
        UsageError: the function raises an exception, in the user's own dtype.
    """
    try:
        return evaluate_calls(side, calls, dtype=dtype, with_layers=layers)
    except Exception as error:
        if dtype:
            raise
        first = str(error).strip().partition("\n")[0]
        raise UsageError(
            f"{side.name} cannot be called with these inputs, as a function of "
            f"{side.framework}: {type(error).__name__}: {first}"
        ) from error


def _check_wide(
    a: ComparedFunction, b: ComparedFunction, *, trials: RoundingTrials
) -> DtypeCheck:
    """Return the check in float64; not run if a side cannot compute in float64."""
    try:
        both = _evaluate_both(a, b, trials.calls, dtype=WIDE)
    except Exception as error:  # noqa: BLE001 - whatever a function raises in float64
        first = str(error).strip().partition("\n")[0]
        return DtypeCheck(dtype=WIDE, not_run=f"{type(error).__name__}: {first}")
    narrow = [
        side.name
        for side, found in zip((a, b), both, strict=True)
        if _computes_narrower(found)
    ]
    if narrow:
        return DtypeCheck(
            dtype=WIDE,
            not_run=f"{narrow[0]} does not return float64 for float64 inputs",
        )
    return _judge(a, b, both, trials=trials)


def _computes_narrower(found: CallResults) -> bool:
    outputs = [leaf for q, leaf in found.leaves.items() if q.role is Role.OUTPUT]
    return any(leaf.array.dtype.kind == "f" and leaf.dtype != WIDE for leaf in outputs)


def _judge(
    a: ComparedFunction,
    b: ComparedFunction,
    both: tuple[CallResults, CallResults],
    *,
    trials: RoundingTrials,
) -> DtypeCheck:
    is_same = a.framework == b.framework and not b.is_constant
    pairs = pair_tensors(*both, is_same_framework=is_same)
    results = _judge_pairs(a, b, pairs, trials=trials)
    found = DtypeCheck(dtype=trials.dtype, results=tuple(results))
    if found.first_difference is None:
        return found
    return replace(found, layers=tuple(_judge_layers(a, b, trials=trials)))


def _judge_pairs(
    a: ComparedFunction,
    b: ComparedFunction,
    pairs: Sequence[TensorPair],
    *,
    trials: RoundingTrials,
) -> list[PairResult]:
    """Return the verdict on each tensor, with no more evaluations than it takes.

    Equal values need no tolerance. If the rounding of `a` alone explains every
    difference, that of `b` can only widen the tolerance.
    """
    if _are_equal(pairs):
        return [judge_pair(p, tolerance=0.0) for p in pairs]
    ours = bound_side(a, trials)
    if ours is not None:
        results = _judge_with(ours, pairs)
        if all(each.verdict is Verdict.AGREES for each in results):
            return results
    return _judge_with(bound_differences(a, b, trials=trials, ours=ours), pairs)


def _judge_with(bounds: Bounds, pairs: Sequence[TensorPair]) -> list[PairResult]:
    largest = max((p.largest for p in pairs if not p.is_exact), default=0.0)
    return [
        judge_pair(
            p,
            tolerance=bounds.get(p.quantity, 0.0),
            negligible=NEGLIGIBLE_SHARE * largest,
        )
        for p in pairs
    ]


def _judge_layers(
    a: ComparedFunction, b: ComparedFunction, *, trials: RoundingTrials
) -> list[PairResult]:
    """Return the comparisons of layers with the same names, if both sides have some."""
    layered = replace(trials, with_layers=True)
    both = _evaluate_both(a, b, trials.calls, dtype=trials.wide, layers=True)
    pairs = [p for p in pair_tensors(*both) if p.quantity.role is Role.LAYER]
    if not pairs:
        return []
    return _judge_pairs(a, b, pairs, trials=layered)


def _list_not_compared(
    own: tuple[CallResults, CallResults], a: ComparedFunction, b: ComparedFunction
) -> tuple[str, ...]:
    found = [text for each in own for text in each.not_compared]
    missing = [
        (side.name, each)
        for side, each in zip((a, b), own, strict=True)
        if not each.has_gradients
    ]
    if len(missing) == 1:
        name, each = missing[0]
        reason = f" ({each.reasons[0]})" if each.reasons else ""
        found.append(f"gradients: {name} has none{reason}")
    return tuple(dict.fromkeys(found))
