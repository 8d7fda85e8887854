"""Locate the first tensor in which a variant differs, and find the likely cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.agreement import causes, examine, judge
from compare.contract import TensorKind, tensor_kind
from compare.errors import CompareError
from compare.runs.words import REPLAYED_CHECKS, Check
from compare.workers.process import CannotRunError

MAX_CANDIDATES = 4  # that are listed in words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from compare.agreement.causes import Cause
    from compare.agreement.examine import Checked, Examination
    from compare.contract import Arrays, Dtype, ReferencedWorkload
    from compare.reference.expectation import Expected
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
        workload: what was trained; None without a NumPy reference, in which mistakes
            can be tried.
        dtype: of the session.
        folder: for the arrays that the worker saves.
    """

    worker: Worker
    prepare: Callable[[str], object]
    mode: str
    fallback_mode: str
    workload: ReferencedWorkload | None
    dtype: Dtype
    folder: Path


@dataclass(frozen=True, kw_only=True)
class FirstDifference:
    """The first tensor out of tolerance, in the order of computation."""

    finding: Finding
    causes: tuple[Cause, ...]  # every known mistake that explains it
    activations: list[Finding]  # of every layer, at the step that differs
    activations_mode: str  # the mode that exposed them; empty if there are none
    failure: str = ""  # why the search for a cause ended without a result

    @property
    def cause(self) -> Cause | None:
        """The likely cause: the only known mistake that explains the difference."""
        return self.causes[0] if len(self.causes) == 1 else None

    @property
    def candidates(self) -> str:
        """The mistakes that explain it equally well, if there are several."""
        if len(self.causes) <= 1:
            return ""
        named = [cause.explanation for cause in self.causes[:MAX_CANDIDATES]]
        more = len(self.causes) - len(named)
        return "; or ".join([*named, f"{more} more"] if more else named)

    @property
    def sentence(self) -> str:
        """The difference and its likely cause in one sentence."""
        first = judge.describe_first_difference([self.finding])
        if self.failure:
            return f"{first}; the search for its cause failed: {self.failure}"
        if self.cause:
            return f"{first}; likely cause: {self.cause.explanation}"
        if self.candidates:
            return f"{first}; likely cause, one of: {self.candidates}"
        if self.finding.check not in REPLAYED_CHECKS:
            return first
        return f"{first}; likely cause: none of the known ones"


def first_unexplained(
    findings: Iterable[Finding], *, failure: str = ""
) -> FirstDifference | None:
    """Return the first difference, without a cause; None if everything agrees.

    Args:
        findings: of checks for which no cause is searched, or whose search failed.
        failure: why it failed.
    """
    first = next((each for each in findings if not judge.agrees([each])), None)
    if first is None:
        return None
    return FirstDifference(
        finding=first,
        causes=(),
        activations=[],
        activations_mode="",
        failure=failure,
    )


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
    mode = ""
    outputs: Arrays = {}
    if first.expected.check is Check.STEP:
        try:
            mode, outputs = _request_activations(first.expected, session=session)
            activations = _judge_activations(outputs, first, dtype=session.dtype)
        # The search adds detail to a result that is known. Its failure changes nothing.
        except (CompareError, CannotRunError):
            mode, outputs, activations = "", {}, []
    else:
        activations = []
    found: tuple[Cause, ...] = ()
    if session.workload is not None:
        evidence = causes.Evidence(
            workload=session.workload,
            dtype=session.dtype,
            checked=examined.checked,
            activations=outputs if mode == session.mode else {},
        )
        found = causes.find_causes(evidence)
    return FirstDifference(
        finding=_choose_finding(
            examined.findings, activations if mode == session.mode else []
        ),
        causes=found,
        activations=activations,
        activations_mode=mode,
    )


def _choose_finding(findings: list[Finding], activations: list[Finding]) -> Finding:
    """Return the first tensor out of tolerance, in the order of computation.

    Activations come from a forward pass of their own, so they locate a difference in
    the step only if the step itself differs from its loss on.

    Args:
        findings: of all checks.
        activations: those that the session's own mode exposed.
    """
    first = next(f for f in findings if not judge.agrees([f]))
    if tensor_kind(first.quantity) != TensorKind.LOSS:
        return first
    return next((f for f in activations if not judge.agrees([f])), first)


def _judge_activations(
    outputs: Arrays, first: Checked, *, dtype: Dtype
) -> list[Finding]:
    """Return the findings on layer outputs at the first check that disagrees."""
    findings = judge.judge(
        {**outputs, **first.received}, expected=first.expected, dtype=dtype
    )
    return [f for f in findings if tensor_kind(f.quantity) == TensorKind.ACTIVATION]


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
