"""Do they agree? In sentences: how many, which do not and why, what stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from compare.render.format import known, significant
from compare.report.agreement.differing import cases, differs
from compare.report.agreement.undecided import BECAUSE, both_diverged, not_decided
from compare.results.cells import FEW, join_labels
from compare.results.findings import against_reference, worst_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.results.cells import CellGroup, CellResult

# What became of a cell that was not compared, in words.
STATES = {"failed": "failed", "not run": "not run", "ok": "not compared"}
MOST = 4  # differences that are told on the first screen


def agreement(comparisons: Sequence[CellGroup]) -> tuple[str, ...]:
    """The answer, a sentence or two for each thing to know."""
    lines = [line for comparison in comparisons for line in comparison.lines]
    if all(_judgement(line) is None for line in lines):
        return ("No cell was compared with the NumPy reference.",)
    return (_count(lines), *_differences(comparisons), *_left_open(comparisons))


def _count(lines: Sequence[CellResult]) -> str:
    agreeing = sum(_judgement(line) is True for line in lines)
    share = f"{agreeing} of" if agreeing < len(lines) else "All" * (agreeing > 1)
    cells = "cell agrees" if agreeing == len(lines) == 1 else "cells agree"
    others = _others(lines)
    return f"{share} {len(lines)} {cells} with the NumPy reference{others}.".lstrip()


def _judgement(line: CellResult) -> bool | None:
    return line.agreement.agrees if line.agreement else None


def _others(lines: Sequence[CellResult]) -> str:
    """The cells that do not agree, by what became of them.

    Those that disagree are named by what follows, the others here if they are few.
    """
    wrong = sum(line.disagrees for line in lines)
    found = [f"{wrong} disagree{'s' * (wrong == 1)}"] * bool(wrong)
    for state, said in STATES.items():
        which = [x for x in lines if _judgement(x) is None and x.state == state]
        if len(which) > FEW:
            found.append(f"{len(which)} {said}")
        elif which:
            found.append(f"{said}: {join_labels(line.place for line in which)}")
    return "".join(f"; {text}" for text in found)


def describe_largest_error(comparisons: Sequence[CellGroup]) -> str:
    """Return the largest error relative to its tolerance, if no cell disagrees."""
    lines = [line for comparison in comparisons for line in comparison.lines]
    if any(line.disagrees for line in lines):
        return ""
    worst = worst_of(line.agreement for line in lines if line.agreement)
    if worst is None:
        return ""
    owner = next(x for x in lines if x.agreement and x.agreement.worst is worst)
    floors = f", {significant(worst.floors)} floors" if known(worst.floors) else ""
    place = owner.place_in(worst.dtype)
    return (
        f"The largest error is {worst.said}{floors} ({join_labels([place])}: "
        f"{worst.place})."
    )


def _differences(comparisons: Sequence[CellGroup]) -> Iterator[str]:
    """Where cells differ first and why; alike ones in one sentence."""
    every = {line.variant for each in comparisons for line in each.lines}
    groups = cases(comparisons)
    for group in groups[:MOST]:
        yield differs(group, every=every)
    if (further := len(groups) - MOST) > 0:
        yield f"Under Where it first differs: {further} more."


def _left_open(comparisons: Sequence[CellGroup]) -> Iterator[str]:
    """What is undecided, and where variants diverged as the reference did."""
    undecided = [
        f"{_place(comparison, dtype)} ({said})"
        for comparison in comparisons
        for dtype, checks in _pooled(comparison)
        if (said := not_decided(checks))
    ]
    if undecided:
        yield (
            f"Undecided along the trajectory, because {BECAUSE}: "
            f"{', '.join(undecided)}."
        )
    for comparison in comparisons:
        for dtype, checks in _pooled(comparison):
            if where := both_diverged(checks):
                yield (
                    f"{_place(comparison, dtype)}: both diverged, the reference too "
                    f"left the range of {dtype}, from {where} on."
                )


def _pooled(comparison: CellGroup) -> Iterator[tuple[str, pd.DataFrame]]:
    """All variants' comparisons with the reference, dtype by dtype."""
    found = [against_reference(a.checks) for _, a in comparison.checked]
    if found:
        for dtype, rows in pd.concat(found).groupby("dtype", sort=False):
            yield str(dtype), rows


def _place(comparison: CellGroup, dtype: str) -> str:
    """Which trajectory; its dtype is named where it could be another."""
    device = f" on {comparison.device}" * comparison.names_device
    if comparison.heading != comparison.workload or dtype != comparison.dtype:
        return f"{comparison.workload} in {dtype}{device}"
    return comparison.workload
