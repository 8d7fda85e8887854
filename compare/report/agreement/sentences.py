"""Sentences that answer "Do they agree?".

How many cells agree, which disagree and why, and what is undecided.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd

from compare.render.format import format_number, is_known
from compare.report.agreement.differing import (
    SECTION_TITLE,
    describe_difference,
    group_disagreements,
)
from compare.report.agreement.undecided import (
    BECAUSE,
    describe_divergence,
    describe_undecided,
)
from compare.results.agreement_words import describe_undecided_part
from compare.results.cells import MAX_NAMES, join_labels
from compare.results.findings import find_worst
from compare.runs.words import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.results.cells import CellGroup, CellResult

MAX_DIFFERENCES = 4  # on the first screen
MAX_OPEN = 8  # trajectories that are named
NOT_COMPARED = "not compared"
# The outcomes of cells without a verdict, in the order in which they are listed.
OUTCOMES = (Status.FAILED, Status.NOT_RUN, Verdict.UNDECIDED, NOT_COMPARED)


def summarize_agreement(groups: Sequence[CellGroup]) -> tuple[str, ...]:
    """Return the answer, with one or two sentences per fact."""
    lines = [line for group in groups for line in group.lines]
    if not any(line.agreement and line.agreement.dtypes for line in lines):
        return ("No cell was compared with the reference.",)
    counts = _count_agreeing(lines), _count_partly(lines)
    return (
        " ".join(sentence for sentence in counts if sentence),
        *_describe_differences(groups),
        *_describe_open(groups),
    )


def _count_agreeing(lines: Sequence[CellResult]) -> str:
    agreeing = sum(map(_agrees_completely, lines))
    share = f"{agreeing} of" if agreeing < len(lines) else "All" * (agreeing > 1)
    cells = "cell agrees" if agreeing == len(lines) == 1 else "cells agree"
    others = _describe_others(lines)
    return f"{share} {len(lines)} {cells} with the reference{others}.".lstrip()


def _judgement(line: CellResult) -> bool | None:
    return line.agreement.agrees if line.agreement else None


def _agrees_completely(line: CellResult) -> bool:
    return _judgement(line) is True and not _describe_part(line)


def _describe_part(line: CellResult) -> str:
    """Return what is undecided of a cell that agrees; empty if nothing is."""
    return describe_undecided_part(line.agreement) if line.agreement else ""


def _describe_others(lines: Sequence[CellResult]) -> str:
    """Return the cells that do not agree, by outcome.

    Cells that disagree are named by later sentences. The others are named here if they
    are few.
    """
    wrong = sum(line.disagrees for line in lines)
    found = [f"{wrong} disagree{'s' * (wrong == 1)}"] * bool(wrong)
    for outcome in OUTCOMES:
        which = [x for x in lines if _judgement(x) is None and _outcome(x) == outcome]
        if len(which) > MAX_NAMES:
            found.append(f"{len(which)} {outcome}")
        elif which:
            found.append(f"{outcome}: {join_labels(line.label for line in which)}")
    return "".join(f"; {text}" for text in found)


def _outcome(line: CellResult) -> str:
    """Return the outcome of a cell without a verdict."""
    if line.agreement and line.agreement.dtypes:
        return Verdict.UNDECIDED
    return NOT_COMPARED if line.state is Status.OK else line.state


def _count_partly(lines: Sequence[CellResult]) -> str:
    """Return how many other cells agree but are undecided in part, and in which part.

    They are not counted as agreeing, which would also claim the undecided part.
    """
    parts = Counter(part for line in lines if (part := _describe_part(line)))
    more = "more " * any(map(_agrees_completely, lines))
    return " ".join(
        f"{count:,} {more}{'agrees' if count == 1 else 'agree'} only in part: {part}."
        for part, count in parts.items()
    )


def describe_largest_error(groups: Sequence[CellGroup]) -> str:
    """Return the largest error relative to its tolerance, if no cell disagrees."""
    lines = [line for group in groups for line in group.lines]
    if any(line.disagrees for line in lines):
        return ""
    worst = find_worst(line.agreement for line in lines if line.agreement)
    if worst is None:
        return ""
    owner = next(x for x in lines if x.agreement and x.agreement.worst is worst)
    floors = f", {format_number(worst.floors)} floors" if is_known(worst.floors) else ""
    label = join_labels([owner.label_in(worst.dtype)])
    return (
        f"The largest error is {worst.description}{floors} ({label}: {worst.position})."
    )


def _describe_differences(groups: Sequence[CellGroup]) -> Iterator[str]:
    """Yield the first differences and their causes, equal ones in one sentence."""
    every = {line.variant for group in groups for line in group.lines}
    found = group_disagreements(groups)
    for same in found[:MAX_DIFFERENCES]:
        yield describe_difference(same, every=every)
    if (further := len(found) - MAX_DIFFERENCES) > 0:
        verb = "is" if further == 1 else "are"
        yield f"{further} more {verb} listed under {SECTION_TITLE}."


def _describe_open(groups: Sequence[CellGroup]) -> Iterator[str]:
    """Yield what is undecided, and where variants and reference both diverged."""
    undecided = list(_find_dtypes(groups, Verdict.UNDECIDED))
    named = [
        f"{_format_trajectory(group, dtype)} ({described})"
        for group, dtype in undecided[:MAX_OPEN]
        if (described := describe_undecided(_pool_variants(group, dtype)))
    ]
    if (further := len(undecided) - MAX_OPEN) > 0:
        named.append(f"and {further:,} more")
    if named:
        yield f"Undecided, because {BECAUSE}: {', '.join(named)}."
    diverged = list(_find_dtypes(groups, Verdict.BOTH_DIVERGED))
    for group, dtype in diverged[:MAX_OPEN]:
        where = describe_divergence(_pool_variants(group, dtype))
        yield (
            f"{_format_trajectory(group, dtype)}: both diverged. The variants "
            f"and the reference left the range of {dtype}, first at {where}."
        )
    if (further := len(diverged) - MAX_OPEN) > 0:
        yield f"{further:,} more diverged together with the reference."


def _find_dtypes(
    groups: Sequence[CellGroup], verdict: Verdict
) -> Iterator[tuple[CellGroup, str]]:
    """Yield each group with each dtype in which a tensor has a verdict."""
    for group in groups:
        agreements = [agreement for _, agreement in group.checked]
        for dtype in dict.fromkeys(d for each in agreements for d in each.dtypes):
            if any(each.has(verdict, dtype=dtype) for each in agreements):
                yield group, dtype


def _pool_variants(group: CellGroup, dtype: str) -> pd.DataFrame:
    """Return the comparisons of all variants with the reference in a dtype."""
    return pd.concat([agreement.compared(dtype) for _, agreement in group.checked])


def _format_trajectory(group: CellGroup, dtype: str) -> str:
    """Return the workload, with its dtype if the run has several."""
    device = f" on {group.device}" * group.names_device
    if group.heading != group.workload or dtype != group.dtype:
        return f"{group.workload} in {dtype}{device}"
    return group.workload
