"""Judge whether timed steps compute what checked steps and the reference compute."""

from __future__ import annotations

import dataclasses
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from compare import workloads
from compare.agreement import judge, locate
from compare.pipeline import plan, reference
from compare.pipeline.agree import CellFindings
from compare.pipeline.context import CheckPart
from compare.reference.expectation import expectations
from compare.runs.words import Against, Check, Inputs, Verdict
from compare.timing.checking import FIRST_STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Array, Arrays, Dtype
    from compare.pipeline.context import RunContext
    from compare.reference.expectation import Expected
    from compare.runs.rows import Finding
    from compare.timing.checking import CheckedBlock
    from compare.timing.launching import LaunchResult

# Repetitions that differ among themselves bound the difference of the timed block.
SPREADS = 10


def judge_launch(
    context: RunContext, result: LaunchResult, *, label: str, launch: int
) -> list[CellFindings]:
    """Return the findings on the checked blocks of a launch, by cell."""
    judged = []
    expected = None if launch else _expect_first(context, label)
    for cell in plan.select_runnable_cells(context.record, workload=label):
        if (checked := result.checked.get(cell.variant)) is None:
            continue
        findings = judge_block(checked, dtype=cell.dtype, launch=launch)
        if checked.first is not None and expected is not None:
            findings += judge_first(checked.first, expected=expected, dtype=cell.dtype)
        part = CheckPart(inputs=Inputs.WORKLOAD, dtype=cell.dtype)
        found = CellFindings(cell=cell, part=part)
        found.add_findings(findings)
        _add_difference(found, findings)
        judged.append(found)
    return judged


def judge_block(checked: CheckedBlock, *, dtype: Dtype, launch: int) -> list[Finding]:
    """Return the findings on a timed block, compared with its repetitions.

    Equal bits are required, unless repetitions differ among themselves. What varies in
    one tensor reaches the others: all of them are then compared with a tolerance.
    """
    varies = max(
        (_relative_spread(checked.repeated, name) for name in checked.timed),
        default=0.0,
    )
    compared = judge.judge_repetition(
        checked.repeated[0], checked.timed, against=Against.ONE_BY_ONE, dtype=dtype
    )
    return [
        _judge_tensor(
            dataclasses.replace(finding, check=Check.TIMED, step=launch),
            repetitions=[each[finding.quantity] for each in checked.repeated],
            varies=varies,
        )
        for finding in compared
    ]


def judge_first(first: Arrays, *, expected: Expected, dtype: Dtype) -> list[Finding]:
    """Return the findings on the first steps, compared with the reference."""
    of_timed = dataclasses.replace(expected, check=Check.TIMED, step=0)
    return judge.judge(first, expected=of_timed, dtype=dtype)


def _relative_spread(repeated: Sequence[Arrays], name: str) -> float:
    """Return the spread of a tensor's repetitions, relative to its magnitude."""
    repetitions = [each[name] for each in repeated]
    largest = float(np.abs(repetitions[0]).max(initial=0.0))
    return judge.divide_by_unit(_measure_spread(repetitions), unit=largest)


def _measure_spread(repetitions: Sequence[Array]) -> float:
    return max(
        float(judge.absolute_error(one, other).max(initial=0.0))
        for one in repetitions
        for other in repetitions
    )


def _judge_tensor(
    finding: Finding, *, repetitions: Sequence[Array], varies: float
) -> Finding:
    """Return the finding with a tolerance for results that are not deterministic."""
    largest = float(np.abs(repetitions[0]).max(initial=0.0))
    shared = varies * largest if isfinite(varies * largest) else 0.0
    tolerance = SPREADS * max(_measure_spread(repetitions), shared)
    verdict = Verdict.DISAGREES
    if finding.max_abs_error <= tolerance:
        verdict = Verdict.AGREES
    if tolerance >= largest > 0:  # repetitions differ too much to decide
        verdict = Verdict.UNDECIDED
    return dataclasses.replace(finding, tolerance=tolerance, verdict=verdict)


def _expect_first(context: RunContext, label: str) -> Expected:
    """Return the reference's results after the first steps, with tolerances.

    They are those of the agreement check, unless an earlier process has made it.
    """
    part = CheckPart(inputs=Inputs.WORKLOAD, dtype=context.record.request.dtype)
    known = context.expected.get((label, part))
    is_known = known is not None and known.done() and not known.cancelled()
    if known is not None and is_known and known.exception() is None:
        for each in known.result():
            if each.check is Check.TRAJECTORY and each.step == FIRST_STEPS - 1:
                return each
    return _compute_first(context, label, dtype=part.dtype)


def _compute_first(context: RunContext, label: str, *, dtype: Dtype) -> Expected:
    staged = context.staged[label]
    workload = workloads.build(staged.name, staged.config)
    if not workloads.has_reference(workload):
        *_, last = reference.compute_in_worker(
            context, label, dtype=dtype, steps=FIRST_STEPS
        )
        return last
    with threadpool_limits(1):  # many small products
        *_, last = expectations(
            workload,
            dtype=dtype,
            steps=FIRST_STEPS,
            folder=context.scratch / "first" / label,
        )
    return last


def _add_difference(found: CellFindings, findings: Sequence[Finding]) -> None:
    """Describe the first difference of timed steps in a cell that agreed before."""
    difference = locate.first_unexplained(findings)
    if difference is None or found.cell.disagreement:
        return
    first = difference.finding
    where = "the reference computes"
    if first.against is Against.ONE_BY_ONE:
        where = "the same steps compute one by one"
    found.cell.disagreement = (
        f"timed steps do not compute what {where}: {difference.sentence}"
    )
    found.add_difference(difference)
