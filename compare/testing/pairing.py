"""Match the tensors of two evaluations, and compare each pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compare.agreement.judge import absolute_error
from compare.errors import UsageError
from compare.runs.words import Verdict
from compare.testing.evaluating import Leaf, Role
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.testing.evaluating import CallResults, TensorName


@dataclass(frozen=True, kw_only=True)
class TensorPair:
    """One tensor of both sides."""

    quantity: TensorName
    a: Leaf
    b: Leaf

    @property
    def reason(self) -> str:
        """Why the two cannot be compared element by element; empty if they can."""
        if self.a.array.shape != self.b.array.shape:
            return f"shape {self.a.array.shape} in a, {self.b.array.shape} in b"
        kinds = {each.array.dtype.kind for each in (self.a, self.b)}
        if "f" in kinds and len(kinds) > 1:
            return f"dtype {self.a.dtype} in a, {self.b.dtype} in b"
        return ""

    @property
    def is_exact(self) -> bool:
        """Whether both are integers, booleans or text, which must be equal."""
        return self.a.array.dtype.kind != "f"

    @property
    def errors(self) -> np.ndarray:
        """The absolute difference of each element; infinite where one is not finite."""
        if self.is_exact:
            return np.where(self.a.array == self.b.array, 0.0, np.inf)
        return absolute_error(self.b.array, self.a.array)

    @property
    def largest(self) -> float:
        """The largest finite magnitude of both sides."""
        arrays = [each.array for each in (self.a, self.b)]
        finite = [np.abs(x[np.isfinite(x)]).max(initial=0.0) for x in arrays]
        return float(max(finite))


@dataclass(frozen=True, kw_only=True)
class PairResult:
    """The comparison of one tensor.

    Attributes:
        quantity: which tensor.
        verdict: whether rounding explains the difference.
        error: the largest absolute difference of an element.
        tolerance: the largest one that rounding explains.
        largest: the largest magnitude of the tensor.
        index: of the element with the largest difference.
        a: its value in a.
        b: its value in b.
        differing: the number of elements whose difference rounding does not explain.
        elements: the number of all elements.
        reason: why the elements were not compared, such as another shape.
        is_blank: it has no element, or no finite one: equal values show nothing.
    """

    quantity: TensorName
    verdict: Verdict
    error: float = 0.0
    tolerance: float = 0.0
    largest: float = 0.0
    index: tuple[int, ...] = ()
    a: float = 0.0
    b: float = 0.0
    differing: int = 0
    elements: int = 0
    reason: str = ""
    is_blank: bool = False


def pair_tensors(
    a: CallResults, b: CallResults, *, is_same_framework: bool = False
) -> list[TensorPair]:
    """Return the tensors that both evaluations have, in the order of computation.

    A gradient that only one side has is compared with zeros. If `b` has none at all,
    that counts only in the same framework: elsewhere a function may lack gradients.

    Raises:
        UsageError: the outputs have another structure.
    """
    found: list[TensorPair] = []
    for role in Role:
        ours, others = _of_role(a, role), _of_role(b, role)
        if role is Role.OUTPUT:
            found += _pair_outputs(ours, others)
        elif role in (Role.INPUT_GRADIENT, Role.GRADIENT):
            is_expected = is_same_framework and not b.reasons
            if a.has_gradients and (b.has_gradients or is_expected):
                found += _pair_gradients(ours, others, a_all=a, b_all=b)
        else:
            found += _pair_common(ours, others, changed=a.changed | b.changed)
    return found


def _of_role(found: CallResults, role: Role) -> dict[TensorName, Leaf]:
    return {q: leaf for q, leaf in found.leaves.items() if q.role is role}


def _pair_outputs(
    a: Mapping[TensorName, Leaf], b: Mapping[TensorName, Leaf]
) -> Iterator[TensorPair]:
    calls = {q.call for q in (*a, *b)}
    is_single = len(a) == len(b) == len(calls)
    if not is_single and set(a) != set(b):
        raise UsageError(
            f"a and b return other structures: a returns {_list_names(a)}, b returns "
            f"{_list_names(b)}. Return the same names or the same number of values"
        )
    others = {q.call: leaf for q, leaf in b.items()}
    for quantity, leaf in a.items():
        other = others[quantity.call] if is_single else b[quantity]
        yield TensorPair(quantity=quantity, a=leaf, b=other)


def _list_names(outputs: Mapping[TensorName, Leaf]) -> str:
    names = [q.name or "one value" for q in outputs]
    return join_words(names, conjunction="and") if names else "no tensor"


def _pair_gradients(
    a: Mapping[TensorName, Leaf],
    b: Mapping[TensorName, Leaf],
    *,
    a_all: CallResults,
    b_all: CallResults,
) -> Iterator[TensorPair]:
    common = _list_states(a_all) & _list_states(b_all)
    for quantity in dict.fromkeys([*a, *b]):
        is_known = quantity.role is Role.INPUT_GRADIENT or quantity.name in common
        if is_known:
            present = a.get(quantity) or b[quantity]
            zeros = Leaf(array=np.zeros_like(present.array), dtype=present.dtype)
            ours, other = a.get(quantity, zeros), b.get(quantity, zeros)
            if quantity.role is Role.INPUT_GRADIENT or not _shapes_differ(ours, other):
                yield TensorPair(quantity=quantity, a=ours, b=other)


def _list_states(found: CallResults) -> set[str]:
    return {q.name for q in found.leaves if q.role is Role.STATE}


def _pair_common(
    a: Mapping[TensorName, Leaf],
    b: Mapping[TensorName, Leaf],
    *,
    changed: frozenset[TensorName],
) -> Iterator[TensorPair]:
    for quantity, leaf in a.items():
        other = b.get(quantity)
        if other is None or _shapes_differ(leaf, other):
            continue
        if quantity.role is Role.LAYER or quantity in changed:
            yield TensorPair(quantity=quantity, a=leaf, b=other)


def _shapes_differ(one: Leaf, other: Leaf) -> bool:
    return one.array.shape != other.array.shape


def judge_pair(
    pair: TensorPair, *, tolerance: float, negligible: float = 0.0
) -> PairResult:
    """Return whether a tolerance explains the differences of a tensor.

    Args:
        pair: the tensor of both sides.
        tolerance: the largest difference that rounding explains.
        negligible: a tensor that consists of rounding errors up to this size is zero
            within rounding on both sides. Larger ones are undecided.
    """
    if pair.reason:
        verdict, reason = Verdict.DISAGREES, pair.reason
        return PairResult(quantity=pair.quantity, verdict=verdict, reason=reason)
    errors, allowed = pair.errors, 0.0 if pair.is_exact else tolerance
    if not errors.size:
        return PairResult(quantity=pair.quantity, verdict=Verdict.AGREES, is_blank=True)
    at = np.unravel_index(int(errors.argmax()), errors.shape)
    worst = float(errors[at])
    return PairResult(
        quantity=pair.quantity,
        verdict=_choose_verdict(
            worst, tolerance=allowed, largest=pair.largest, negligible=negligible
        ),
        error=worst,
        tolerance=allowed,
        largest=pair.largest,
        index=tuple(int(each) for each in at),
        a=_as_number(pair.a, at),
        b=_as_number(pair.b, at),
        differing=int((errors > allowed).sum()),
        elements=errors.size,
        is_blank=not pair.is_exact and not np.isfinite(pair.a.array).any(),
    )


def _choose_verdict(
    worst: float, *, tolerance: float, largest: float, negligible: float
) -> Verdict:
    if worst == 0:
        return Verdict.AGREES
    if not np.isfinite(worst):
        return Verdict.DISAGREES
    if tolerance >= largest > 0 and tolerance > negligible:
        return Verdict.UNDECIDED
    return Verdict.AGREES if worst <= tolerance else Verdict.DISAGREES


def _as_number(leaf: Leaf, at: tuple[np.intp, ...]) -> float:
    value = leaf.array[at]
    return float(value) if leaf.array.dtype.kind in "fiub" else float("nan")
