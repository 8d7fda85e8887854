"""Describe what the checks leave undecided, where rounding may change every digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.results.findings import (
    find_undecided_from,
    format_position,
    select_trajectory,
)
from compare.runs.words import Check, Verdict
from compare.wording import join_words

if TYPE_CHECKING:
    import pandas as pd

BECAUSE = "rounding alone may have changed every digit"
MAX_NAMES = 2  # tensors that are named, not counted


@dataclass(frozen=True, kw_only=True)
class UndecidedFrom:
    """The steps from which on a trajectory is undecided, in one dtype."""

    first: tuple[str, ...]  # the tensors that are undecided first
    tensors: int  # the number of all tensors
    some_from: int  # the step of `first`
    all_from: int | None  # the step from which on no tensor is decided

    @property
    def description(self) -> str:
        """``loss from step 0 on, every tensor from step 12 on``."""
        every = f"every tensor from step {self.all_from} on"
        if self.all_from == self.some_from:
            return every
        some = f"{len(self.first)} of {self.tensors} tensors"
        if len(self.first) <= MAX_NAMES:
            some = join_words(self.first, conjunction="and")
        begin = f"{some} from step {self.some_from} on"
        return begin if self.all_from is None else f"{begin}, {every}"


def find_undecided(trajectory: pd.DataFrame) -> UndecidedFrom | None:
    """Return from which steps on a trajectory in one dtype is undecided, if any.

    The rows of several variants may be given: a tensor counts as undecided if it is
    undecided for one of them.
    """
    undecided = trajectory[trajectory["verdict"] == Verdict.UNDECIDED]
    if undecided.empty:
        return None
    first = int(undecided["step"].min())
    names = undecided.loc[undecided["step"] == first, "quantity"]
    return UndecidedFrom(
        first=tuple(dict.fromkeys(names)),
        tensors=trajectory["quantity"].nunique(),
        some_from=first,
        all_from=find_undecided_from(trajectory),
    )


def describe_undecided(compared: pd.DataFrame) -> str:
    """Return what is undecided in one dtype, as prose; empty if nothing is."""
    along = find_undecided(select_trajectory(compared))
    parts = [
        _describe_single_steps(compared),
        f"trajectory: {along.description}" if along else "",
    ]
    return "; ".join(part for part in parts if part)


def describe_divergence(compared: pd.DataFrame) -> str:
    """Return where a variant and the reference first diverged; empty if they did not.

    Diverged: the values left the range of the dtype.
    """
    rows = compared[compared["verdict"] == Verdict.BOTH_DIVERGED]
    if rows.empty:
        return ""
    first = rows.iloc[0]
    return format_position(
        first["quantity"],
        step=first["step"],
        check=first["check"],
        inputs=first["inputs"],
    )


def _describe_single_steps(compared: pd.DataFrame) -> str:
    """Return the single steps with an undecided tensor; empty if there are none."""
    rows = compared[
        (compared["check"] == Check.STEP) & (compared["verdict"] == Verdict.UNDECIDED)
    ]
    steps = [f"{step}" for step in dict.fromkeys(rows["step"])]
    if not steps:
        return ""
    noun = "step" if len(steps) == 1 else "steps"
    return f"part of the single {noun} {join_words(steps, conjunction='and')}"
