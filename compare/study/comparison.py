"""Compare the arrays of a lesson's programs between all frameworks.

In float64 the programs may differ only by rounding: at most 1e-12 of an array's
largest magnitude. Arrays without floating-point numbers must be equal. If the lesson
has a NumPy evaluation, each program is also compared with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from compare.agreement.judge import absolute_error
from compare.numerics.tolerance import LESSON_TOLERANCES
from compare.study.results import Version

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from compare.contract import Array, Arrays
    from compare.study.lesson import LessonEntry
    from compare.study.results import LessonResults

NUMPY = "NumPy"


@dataclass(frozen=True, kw_only=True)
class ArrayComparison:
    """The comparison of one array between two programs."""

    name: str
    one: str  # a framework, or NumPy
    other: str
    relative: float  # difference relative to the largest magnitude; NaN: no floats
    reason: str  # why the arrays disagree; empty if they agree


def compare_programs(
    entry: LessonEntry, results: LessonResults
) -> list[ArrayComparison]:
    """Compare every agreed array between every two programs that ran, and NumPy."""
    sides = {
        name: results.arrays(entry.name, name)
        for name, program in results.programs_of(entry.name).items()
        if not program.reason
    }
    found = compare_pairs(sides, own=entry.lesson.own)
    if entry.expected is not None:
        with threadpool_limits(1):  # the same bits on any number of processors
            expected = entry.expected()
        for name, arrays in sides.items():
            # NumPy may compute more than a lesson returns, and the reverse.
            shared = {key: arrays[key] for key in expected if key in arrays}
            found += compare_pairs({name: shared, NUMPY: expected}, own=())
    return found


def has_passed(entry: LessonEntry, results: LessonResults) -> bool:
    """Return whether a lesson is free of errors.

    No program failed, all arrays agree, and the answer of the exercise is correct. A
    program that could not be started, for example without its framework, is no error.
    """
    programs = results.programs_of(entry.name).values()
    failed = any(
        each.failed or each.changed_reason or each.mistaken_reason for each in programs
    )
    if failed or any(each.reason for each in compare_programs(entry, results)):
        return False
    ran = [each.framework for each in programs if not each.reason]
    return all(is_answer_correct(entry, results, framework=name) for name in ran)


def is_answer_correct(
    entry: LessonEntry, results: LessonResults, *, framework: str
) -> bool:
    """Return whether the exercise's answer is correct for a framework's arrays."""
    before = results.arrays(entry.name, framework)
    after = results.arrays(entry.name, framework, Version.CHANGED)
    return entry.lesson.exercise.holds(before, after)


def compare_pairs(
    sides: Mapping[str, Arrays], *, own: Collection[str]
) -> list[ArrayComparison]:
    """Compare every array between every two sides, except the arrays in `own`."""
    return [
        _compare_arrays(
            name, (one, other), (sides[one].get(name), sides[other].get(name))
        )
        for one, other in combinations(sides, 2)
        for name in dict.fromkeys([*sides[one], *sides[other]])
        if name not in own
    ]


def _compare_arrays(
    name: str, sides: tuple[str, str], arrays: tuple[Array | None, Array | None]
) -> ArrayComparison:
    (one, other), (left, right) = sides, arrays
    if left is None or right is None:
        reason = f"missing in {one if left is None else other}"
        relative = np.nan
    else:
        relative = relative_difference(left, right)
        reason = _find_reason(left, right, relative=relative)
    return ArrayComparison(
        name=name, one=one, other=other, relative=relative, reason=reason
    )


def _find_reason(left: Array, right: Array, *, relative: float) -> str:
    """Return why two arrays disagree; empty if they agree."""
    if left.shape != right.shape:
        return f"shapes {left.shape} and {right.shape} differ"
    both_texts = left.dtype.kind == right.dtype.kind == "U"  # of any length
    if left.dtype != right.dtype and not both_texts:
        return f"dtypes {left.dtype} and {right.dtype} differ"
    if left.dtype.kind != "f" or not left.size:
        return "" if bool((left == right).all()) else "not equal"
    limit = LESSON_TOLERANCES[str(left.dtype)]
    if relative <= limit:
        return ""
    return f"relative difference {relative:.2g}, allowed {limit:g}"


def relative_difference(left: Array, right: Array) -> float:
    """Return the largest difference divided by the largest finite magnitude.

    Infinite if an element is a number on one side only; NaN if the arrays contain no
    floating-point numbers or differ in shape.
    """
    are_floats = left.dtype.kind == right.dtype.kind == "f"
    if not are_floats or left.shape != right.shape or not left.size:
        return float("nan")
    largest = float(np.abs(left[np.isfinite(left)]).max(initial=0.0))
    error = float(absolute_error(right, left).max())
    return error / largest if largest else error
