"""Does a fixed copy capture, run and agree with the original?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from compare.agreement.examine import examine_session
from compare.agreement.judge import agrees, describe_first_difference
from compare.contract import Captures
from compare.errors import CompareError
from compare.machine import available_cores
from compare.pipeline.context import PROOF
from compare.runs.words import FixOutcome
from compare.timing.launching import prepare_session
from compare.workers import messages
from compare.workers.failures import naming_bugs
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from pathlib import Path

    from compare.contract import GraphBreak
    from compare.pipeline.context import RunContext
    from compare.reference.expectation import Expected
    from compare.runs.record import Cell, WorkloadRequest
    from compare.workers.process import Worker


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What a copy did: its outcome by results alone, and the breaks that are left."""

    outcome: FixOutcome
    explanation: str = ""
    breaks: list[GraphBreak] = field(default_factory=list)


def try_copy(
    context: RunContext,
    cell: Cell,
    *,
    workload: WorkloadRequest,
    expected: list[Expected],
    name: str,
) -> Trial:
    """Check a copy against the original's eager float64 session, and find its breaks.

    Args:
        context: of the run.
        cell: whose mode is used.
        workload: with the copy as its source.
        expected: the results of the original.
        name: of the attempt, for its log.
    """
    try:
        with (
            naming_bugs(),
            context.pool.start_ready(
                cell.framework,
                cores=available_cores(),
                cache=context.compile_cache(cell.framework),
                log=f"fix-{name}",
                device=cell.device,
            ) as (worker, _),
        ):
            prepare_session(worker, cell, dtype=PROOF, workload=workload)
            folder = context.scratch / "fixes" / "received" / name
            return examine_copy(worker, expected=expected, folder=folder)
    except (CannotRunError, CompareError) as error:
        return Trial(outcome=FixOutcome.DOES_NOT_RUN, explanation=str(error))


def examine_copy(worker: Worker, *, expected: list[Expected], folder: Path) -> Trial:
    """Return what the session of a copy computes and captures."""
    examined = examine_session(worker, expected=expected, dtype=PROOF, folder=folder)
    if not agrees(examined.findings):
        difference = describe_first_difference(examined.findings)
        return Trial(outcome=FixOutcome.CHANGES_RESULTS, explanation=difference)
    described = worker.request(messages.Describe(), messages.Description)
    if described.captures is Captures.NONE:
        return Trial(
            outcome=FixOutcome.STILL_BREAKS, explanation="no graph was captured"
        )
    found = worker.request(messages.FindBreaks(), messages.Breaks).found
    return Trial(outcome=FixOutcome.WORKS, breaks=found)
