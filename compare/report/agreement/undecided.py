"""What checks leave open: rounding alone may have changed every digit by then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.results.findings import place
from compare.runs.words import Check, Verdict
from compare.wording import join_words

if TYPE_CHECKING:
    import pandas as pd

BECAUSE = "rounding alone may have changed every digit by then"
FEW = 2  # tensors that are named


@dataclass(frozen=True, kw_only=True)
class UndecidedFrom:
    """From where on a trajectory is not decided, in one dtype."""

    first: tuple[str, ...]  # the tensors that are undecided first
    tensors: int  # of how many
    some_from: int  # their step
    all_from: int | None  # the step after which no tensor is decided any more

    @property
    def said(self) -> str:
        """``loss from step 0 on, every tensor from step 12 on``."""
        every = f"every tensor from step {self.all_from} on"
        if self.all_from == self.some_from:
            return every
        some = f"{len(self.first)} of {self.tensors} tensors"
        if len(self.first) <= FEW:
            some = join_words(self.first, conjunction="and")
        begin = f"{some} from step {self.some_from} on"
        return begin if self.all_from is None else f"{begin}, {every}"


def left_open(trajectory: pd.DataFrame) -> UndecidedFrom | None:
    """What is not decided of a trajectory in one dtype; ``None``: nothing.

    Several variants' rows may be given: undecided is what is so for any of them.
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
        all_from=_all_from(trajectory, undecided),
    )


def _all_from(trajectory: pd.DataFrame, undecided: pd.DataFrame) -> int | None:
    """The first step after the last one at which anything was decided."""
    of_step = undecided.groupby("step")["quantity"].nunique()
    wanted = trajectory.groupby("step")["quantity"].nunique()
    decided = wanted[wanted > of_step.reindex(wanted.index, fill_value=0)]
    last = -1 if decided.empty else int(decided.index.max())
    later = wanted.index[wanted.index > last]
    return int(later.min()) if len(later) else None


def undecided_steps(compared: pd.DataFrame) -> str:
    """Single steps of which something is not decided, as prose; empty: none."""
    rows = compared[
        (compared["check"] == Check.STEP) & (compared["verdict"] == Verdict.UNDECIDED)
    ]
    steps = [f"{step}" for step in dict.fromkeys(rows["step"])]
    if not steps:
        return ""
    return f"part of the single step {join_words(steps, conjunction='and')}"


def both_diverged(compared: pd.DataFrame) -> str:
    """Where a variant and the reference first left the dtype's range; empty: never."""
    rows = compared[compared["verdict"] == Verdict.BOTH_DIVERGED]
    if rows.empty:
        return ""
    first = rows.iloc[0]
    return place(first["quantity"], step=first["step"], check=first["check"])


def not_decided(compared: pd.DataFrame) -> str:
    """All that is left open of a cell in one dtype, as prose; empty: nothing."""
    along = left_open(compared[compared["check"] == Check.TRAJECTORY])
    parts = [undecided_steps(compared), along.said if along else ""]
    return "; ".join(part for part in parts if part)
