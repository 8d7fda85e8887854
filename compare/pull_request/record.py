"""The result of ``graph-compare ci``, as its document has it."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from compare.stats.two_sides import Doubt, SideVerdict


class ChangeKind(StrEnum):
    """What may differ between base and head."""

    OUTCOME = "outcome"
    RESULTS = "results"  # of the reference: the model computes something else
    AGREEMENT = "agreement"  # of a mode with the reference
    GRAPH = "captured graph"
    BREAKS = "graph break"
    RETRACES = "captures"
    STEP_TIME = "step time"
    FIRST_CALL = "first call, warm cache"


class SideChange(msgspec.Struct, kw_only=True, frozen=True):
    """One thing that differs between base and head.

    Attributes:
        kind: what it is.
        variant: ``framework/mode``.
        before: of base, as text.
        after: of head, as text.
        is_worse: the exit code is 1.
        file: of head, relative to the repository; empty if it has no place.
        line: in this file.
    """

    kind: ChangeKind
    variant: str
    before: str
    after: str
    is_worse: bool = False
    file: str = ""
    line: int = 0


class SideInterval(msgspec.Struct, kw_only=True, frozen=True):
    """A ratio with its interval; None where it is unknown."""

    estimate: float | None = None
    low: float | None = None
    high: float | None = None


class SideTiming(msgspec.Struct, kw_only=True, frozen=True):
    """A duration of one variant in base and head.

    Attributes:
        kind: step time or first call.
        variant: ``framework/mode``.
        base_s: of its two workers: the median over launches, in seconds.
        head_s: the same of head.
        ratio: of head to base.
        base_control: of a second worker of base to the first. The intervals of all
            controls contain 1 in 98% of measurements.
        head_control: the same of head.
        p: that the change is within the margin, adjusted for all quantities.
        margin: a fraction.
        detectable: a fraction; 80% of changes of this size are found.
        verdict: whether head takes longer.
        doubt: why the verdict is *cannot tell*.
        launches: that count.
    """

    kind: ChangeKind
    variant: str
    base_s: float
    head_s: float
    ratio: SideInterval
    base_control: SideInterval
    head_control: SideInterval
    p: float | None
    margin: float
    detectable: float | None
    verdict: SideVerdict
    doubt: Doubt
    launches: int


class PullRequestResult(msgspec.Struct, kw_only=True, frozen=True):
    """Base and head compared.

    Attributes:
        subject: a workload, or a user's model.
        base: the commit.
        head: the commit of the working tree, and whether it has changes.
        changes: what differs, worse things first.
        timings: of every variant that runs on both sides.
        notes: what limits the result.
        seconds: from start to end.
        not_timed: variants that run on both sides, but could not be timed.
    """

    subject: str
    base: str
    head: str
    changes: list[SideChange]
    timings: list[SideTiming]
    notes: list[str]
    seconds: float
    not_timed: list[str] = []

    @property
    def is_worse(self) -> bool:
        """Whether something is worse in head."""
        return any(each.is_worse for each in self.changes)

    @property
    def is_decided(self) -> bool:
        """Whether every step time has a verdict."""
        return not self.undecided and not self.not_timed

    @property
    def undecided(self) -> list[SideTiming]:
        """The step times of which the measurement cannot tell."""
        return [
            each
            for each in self.timings
            if each.kind is ChangeKind.STEP_TIME
            and each.verdict is SideVerdict.CANNOT_TELL
        ]
