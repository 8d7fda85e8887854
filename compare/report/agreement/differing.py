"""Describe where cells first differ from the reference, equal differences together."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from compare import quirks
from compare.contract import TensorKind, tensor_kind
from compare.render.format import describe_received, describe_tolerance_share
from compare.results.cells import join_labels
from compare.results.findings import select_trajectory
from compare.runs.words import REPLAYED_CHECKS, Check, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import pandas as pd

    from compare.results.cells import CellGroup, CellResult
    from compare.results.findings import Difference

SECTION_TITLE = "First differences"
STEPS_AGREE = "Single steps from the reference's own parameters agree; the difference "
ACCUMULATES = f"{STEPS_AGREE}accumulates over steps."
# A larger error than this multiple of the error of the step before did not grow.
JUMP = 30.0
CHECKS_AGREE = "The checks before the timing agree: only timed steps differ."
NO_CAUSE = "No known mistake explains it."


@dataclass(frozen=True, kw_only=True)
class DisagreeingCell:
    """One cell that disagrees, in one dtype."""

    group: CellGroup
    line: CellResult
    difference: Difference

    @property
    def is_proof(self) -> bool:
        """Whether it was found only in the additional float64 check."""
        return self.difference.dtype != self.line.cell.dtype


def group_disagreements(groups: Iterable[CellGroup]) -> list[list[DisagreeingCell]]:
    """Return all disagreements; equal ones of one workload are in one list.

    Equal: the same check, step, tensor and causes. Each list begins with a cell in its
    own dtype, if it contains one.
    """
    found: dict[tuple[object, ...], list[DisagreeingCell]] = {}
    for case in _list_disagreements(groups):
        difference = case.difference
        key = (
            case.line.cell.workload,
            difference.check,
            difference.step,
            difference.quantity,
            difference.cause,
            difference.candidates,
            isfinite(difference.received),
        )
        found.setdefault(key, []).append(case)
    return [sorted(same, key=lambda case: case.is_proof) for same in found.values()]


def describe_difference(
    same: Sequence[DisagreeingCell], *, every: Collection[str] = ()
) -> str:
    """Return which tensor of some cells is out of tolerance first, and the cause.

    Args:
        same: equal disagreements.
        every: all variants of the run.
    """
    first = same[0].difference
    text = (
        f"{_join_cells(same, every=every)}: the first tensor out of tolerance is "
        f"{first.position}, {describe_error(first)}. {describe_cause(first)}"
    )
    return text.rstrip()


def describe_error(difference: Difference) -> str:
    """Return the received and the expected value, and the error over its tolerance."""
    values = describe_received(difference.expected, difference.received)
    if not isfinite(difference.fraction):
        return values
    return f"{values}, {describe_tolerance_share(difference.fraction)}"


def describe_cause(difference: Difference) -> str:
    """Return the likely cause, or that none is known; empty without a search."""
    if not difference.searched or difference.check not in REPLAYED_CHECKS:
        return ""
    if difference.candidates:
        return f"Likely cause, one of: {difference.candidates}."
    if not difference.cause:
        return NO_CAUSE
    if difference.cause in quirks.quirk_names():
        return (
            f"Likely cause: {difference.explanation} "
            f"(graph-compare quirks {difference.cause})."
        )
    return f"Likely cause: {difference.explanation} ({difference.cause})."


def describe_steps(case: DisagreeingCell) -> str:
    """Return how a difference grew over steps, or that only timed steps differ.

    Empty for a difference in a single step.
    """
    found, agreement = case.difference, case.line.agreement
    if found.check == Check.TIMED:
        return CHECKS_AGREE
    if found.check != Check.TRAJECTORY or agreement is None:
        return ""
    compared = agreement.compared(found.dtype, inputs=found.inputs)
    errors = select_trajectory(compared).groupby("step")["floors"].max()
    before, now = errors.get(_step_before(found)), errors.get(found.step)
    if now is None or (before is not None and now <= JUMP * before):
        return ACCUMULATES
    return f"{STEPS_AGREE}appears at step {found.step} at once."


def _step_before(difference: Difference) -> int:
    return -1 if difference.step is None else difference.step - 1


def describe_activations(case: DisagreeingCell, tensors: pd.DataFrame) -> str:
    """Return which graph the compared layer outputs are from, and what they show.

    Args:
        case: the cell.
        tensors: the tensors of the check and step that differ.
    """
    mode, shown = case.line.cell.mode, case.difference.activations
    if case.difference.check != Check.STEP or not shown:
        return ""
    if shown == mode:
        source = (
            f"The activations are from a separate forward pass of {case.line.variant}."
        )
        return f"{source} {_compare_with_loss(tensors)}".rstrip()
    return (
        f"{case.line.variant} does not expose the outputs of its layers: the "
        f"activations are from {case.line.cell.framework}/{shown}, another graph. They "
        f"are no evidence about the step of {case.line.variant}."
    )


def _compare_with_loss(tensors: pd.DataFrame) -> str:
    """Return where the layer outputs and the loss of the step contradict each other."""
    kinds = tensors["quantity"].map(tensor_kind)
    wrong = tensors["verdict"] == Verdict.DISAGREES
    outputs = wrong[kinds == TensorKind.ACTIVATION]
    losses = wrong[kinds == TensorKind.LOSS]
    if outputs.empty or losses.empty or outputs.any() == losses.any():
        return ""
    if outputs.any():
        return "Some of them disagree, but the loss of the step itself agrees."
    return (
        "All of them agree, but the loss of the step does not: the loss differs, or "
        "only the graph of the step does."
    )


def _join_cells(same: Sequence[DisagreeingCell], *, every: Collection[str]) -> str:
    """Return the cells; the dtype is named if it is not a cell's own."""
    names_dtype = any(case.is_proof for case in same)
    labels = (
        case.line.label_in(case.difference.dtype) if names_dtype else case.line.label
        for case in same
    )
    return join_labels(labels, every=every)


def _list_disagreements(groups: Iterable[CellGroup]) -> Iterator[DisagreeingCell]:
    for group in groups:
        for line in group.lines:
            for difference in line.differences:
                yield DisagreeingCell(group=group, line=line, difference=difference)
