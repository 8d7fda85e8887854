"""Do the programs of a lesson compute the same? Each array, in every framework.

In float64 the two may differ by rounding alone, 1e-12 of a tensor's largest magnitude;
what is no floating-point number is equal or not. With NumPy besides, where the lesson
has an evaluation of its own there.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from compare.agreement.judge import absolute_error
from compare.numerics.tolerance import LESSON_TOLERANCES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from compare.contract import Array, Arrays
    from compare.study.lesson import Entry
    from compare.study.results import Results

NUMPY = "NumPy"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One array of two programs. What does not agree says why."""

    name: str
    one: str  # a framework, or NumPy
    other: str
    relative: float  # largest difference, to the largest magnitude; NaN: no numbers
    reason: str  # empty: it agrees


def agreement(entry: Entry, results: Results) -> list[Compared]:
    """Every agreed array, compared between every two that ran, NumPy among them."""
    sides = {
        name: results.arrays(entry.name, name)
        for name, produced in results.of(entry.name).items()
        if not produced.reason
    }
    found = pairwise(sides, own=entry.lesson.own)
    if entry.expected is not None:
        expected = entry.expected()
        for name, arrays in sides.items():
            known = {key: arrays[key] for key in expected if key in arrays}
            found += pairwise({name: known, NUMPY: expected}, own=())
    return found


def is_fine(entry: Entry, results: Results) -> bool:
    """Whether all that could run did, they agree, and the exercise's answer holds."""
    produced = results.of(entry.name).values()
    failed = any(each.failed or each.changed_reason for each in produced)
    if failed or any(each.reason for each in agreement(entry, results)):
        return False
    ran = [each.framework for each in produced if not each.reason]
    return all(answer_holds(entry, results, framework=name) for name in ran)


def answer_holds(entry: Entry, results: Results, *, framework: str) -> bool:
    """Whether the exercise's answer is true of what a framework's programs returned."""
    before = results.arrays(entry.name, framework)
    after = results.changed_arrays(entry.name, framework)
    return entry.lesson.exercise.holds(before, after)


def pairwise(sides: Mapping[str, Arrays], *, own: Collection[str]) -> list[Compared]:
    """Every array of every two sides, less those that each has its own of."""
    return [
        _compared(name, (one, other), (sides[one].get(name), sides[other].get(name)))
        for one, other in combinations(sides, 2)
        for name in dict.fromkeys([*sides[one], *sides[other]])
        if name not in own
    ]


def _compared(
    name: str, who: tuple[str, str], arrays: tuple[Array | None, Array | None]
) -> Compared:
    (one, other), (left, right) = who, arrays
    if left is None or right is None:
        reason, relative = f"{one if left is None else other} has none", np.nan
    else:
        relative = relative_difference(left, right)
        reason = _reason(left, right, relative=relative)
    return Compared(name=name, one=one, other=other, relative=relative, reason=reason)


def _reason(left: Array, right: Array, *, relative: float) -> str:
    """Why two arrays do not agree; empty if they do."""
    if left.shape != right.shape:
        return f"shape {left.shape} beside {right.shape}"
    both_texts = left.dtype.kind == right.dtype.kind == "U"  # of any length
    if left.dtype != right.dtype and not both_texts:
        return f"dtype {left.dtype} beside {right.dtype}"
    if left.dtype.kind != "f" or not left.size:
        return "" if bool((left == right).all()) else "not equal"
    limit = LESSON_TOLERANCES[str(left.dtype)]
    return "" if relative <= limit else f"{relative:.2g} apart, {limit:g} allowed"


def relative_difference(left: Array, right: Array) -> float:
    """The largest difference over the largest finite magnitude.

    Infinite where only one side is a number; NaN where neither holds any.
    """
    if left.dtype.kind != "f" or left.shape != right.shape or not left.size:
        return float("nan")
    largest = float(np.abs(left[np.isfinite(left)]).max(initial=0.0))
    error = float(absolute_error(right, left).max())
    return error / largest if largest else error
