"""Locate the first tensor in which a variant differs, and find the likely cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.agreement import causes, examine, judge
from compare.contract import TensorKind, tensor_kind
from compare.errors import CompareError
from compare.runs.words import Check
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from compare.agreement.causes import Cause
    from compare.agreement.examine import Disagreement, Examination
    from compare.agreement.expectation import Expected
    from compare.contract import Arrays, Dtype, ReferencedWorkload
    from compare.runs.rows import Finding
    from compare.workers.process import Worker


@dataclass(frozen=True, kw_only=True)
class CheckedSession:
    """A session that was examined, and what is needed to search it for a difference.

    Attributes:
        worker: holds the session.
        prepare: builds the session of another mode in the worker.
        mode: of the session.
        fallback_mode: exposes layer outputs if the session's own mode does not.
        workload: what was trained.
        dtype: of the session.
        folder: for the arrays that the worker saves.
    """

    worker: Worker
    prepare: Callable[[str], object]
    mode: str
    fallback_mode: str
    workload: ReferencedWorkload
    dtype: Dtype
    folder: Path


@dataclass(frozen=True, kw_only=True)
class FirstDifference:
    """The first tensor out of tolerance, in the order of computation."""

    finding: Finding
    cause: Cause | None
    activations: list[Finding]  # of every layer, at the step that differs
    activations_mode: str  # the mode that exposed them; empty if there are none

    @property
    def sentence(self) -> str:
        """The difference and its likely cause in one sentence."""
        cause = f"; likely cause: {self.cause.explanation}" if self.cause else ""
        return f"{judge.describe_first_difference([self.finding])}{cause}"


def locate_first_difference(
    examined: Examination, *, session: CheckedSession
) -> FirstDifference | None:
    """Return the first difference of an examined session; None if it agrees.

    If a step disagrees, layer outputs are compared as well, because they come before
    the loss in the order of computation. If the worker fails to return them, the
    difference is located without them.
    """
    if (first := examined.first) is None:
        return None
    activations: list[Finding] = []
    mode = ""
    if first.expected.check is Check.STEP:
        try:
            mode, activations = _judge_activations(first, session=session)
        # The search adds detail to a result that is known. Its failure changes nothing.
        except (CompareError, CannotRunError):
            mode, activations = "", []
    finding = next(
        f for f in [*activations, *examined.findings] if not judge.agrees([f])
    )
    evidence = causes.Evidence(
        workload=session.workload, dtype=session.dtype, disagreement=first
    )
    return FirstDifference(
        finding=finding,
        cause=causes.find_cause(evidence),
        activations=activations,
        activations_mode=mode,
    )


def _judge_activations(
    first: Disagreement, *, session: CheckedSession
) -> tuple[str, list[Finding]]:
    """Return the mode that exposed the layer outputs, and the findings on them."""
    mode, outputs = _request_activations(first.expected, session=session)
    findings = judge.judge(
        {**outputs, **first.received}, expected=first.expected, dtype=session.dtype
    )
    return mode, [
        f for f in findings if tensor_kind(f.quantity) == TensorKind.ACTIVATION
    ]


def _request_activations(
    expected: Expected, *, session: CheckedSession
) -> tuple[str, Arrays]:
    """Return layer outputs, and the mode that exposed them."""
    worker, folder = session.worker, session.folder
    mode = session.mode
    try:
        outputs = examine.request_activations(worker, expected=expected, folder=folder)
    except CannotRunError:
        mode = session.fallback_mode
        session.prepare(mode)
        outputs = examine.request_activations(worker, expected=expected, folder=folder)
    return mode, outputs
