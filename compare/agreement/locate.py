"""Where does a variant first differ, and what is the likely cause?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.agreement import causes, examine, judge
from compare.errors import CompareError
from compare.runs.words import Check
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from compare.agreement.causes import Cause
    from compare.agreement.examine import Examination
    from compare.agreement.expectation import Expected
    from compare.contract import Arrays, Dtype, ReferencedWorkload
    from compare.runs.rows import Finding
    from compare.workers.process import Worker


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The first tensor out of tolerance, in the order in which a step computes."""

    where: Finding
    cause: Cause | None
    activations: list[Finding]  # of every layer, at the step that differs
    seen_in: str  # the mode that showed them; empty: none was asked

    @property
    def sentence(self) -> str:
        """What differs and why, in short."""
        because = f"; likely cause: {self.cause.says}" if self.cause else ""
        return f"{judge.describe_first_difference([self.where])}{because}"


def locate_first_difference(  # noqa: PLR0913 - a disagreement and its circumstances
    examined: Examination,
    *,
    worker: Worker,
    prepare: Callable[[str], object],
    modes: tuple[str, str],
    workload: ReferencedWorkload,
    dtype: Dtype,
    folder: Path,
) -> Difference | None:
    """The first difference of an examined session; ``None`` where it agrees.

    Args:
        examined: what was found about the session that `worker` holds.
        worker: asked for the layers' outputs.
        prepare: has the worker build the session of a mode.
        modes: the session's own, and the one that stands in for it where it lets
            nobody see its layers' outputs.
        workload: what was trained.
        dtype: what it was computed in.
        folder: where the worker may save arrays.

    Where a worker fails while it is looked into, what it had computed before still
    stands, without activations.
    """
    if (first := examined.first) is None:
        return None
    shown: list[Finding] = []
    seen_in = ""
    if first.expected.check is Check.STEP:
        try:
            seen_in, outputs = _activations(
                first.expected,
                worker=worker,
                prepare=prepare,
                modes=modes,
                folder=folder,
            )
            judged = judge.judge(
                {**outputs, **first.received}, expected=first.expected, dtype=dtype
            )
        except (CompareError, CannotRunError):  # the disagreement stands without them
            seen_in, judged = "", []
        shown = [f for f in judged if f.quantity.startswith("activation:")]
    where = next(f for f in [*shown, *examined.findings] if not judge.agrees([f]))
    evidence = causes.Evidence(workload=workload, dtype=dtype, disagreement=first)
    return Difference(
        where=where, cause=causes.likely(evidence), activations=shown, seen_in=seen_in
    )


def _activations(
    expected: Expected,
    *,
    worker: Worker,
    prepare: Callable[[str], object],
    modes: tuple[str, str],
    folder: Path,
) -> tuple[str, Arrays]:
    """The mode that shows its layers' outputs, and the outputs."""
    own, stand_in = modes
    try:
        return own, examine.request_activations(
            worker, expected=expected, folder=folder
        )
    except CannotRunError:
        prepare(stand_in)
        outputs = examine.request_activations(worker, expected=expected, folder=folder)
        return stand_in, outputs
