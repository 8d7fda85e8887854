"""Build the sections of a report about agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare import workloads
from compare.agreement.precision import ROUNDED_ONCE
from compare.errors import UsageError
from compare.render.format import format_percent
from compare.report.agreement import tables
from compare.report.agreement.determinism_tables import (
    EXPLANATION,
    tabulate_determinism,
)
from compare.report.agreement.differing import SECTION_TITLE
from compare.report.agreement.precision_tables import tabulate_precision
from compare.report.agreement.selection import describe_omission, select_detailed
from compare.report.agreement.sentences import describe_largest_error
from compare.report.agreement.trajectory import trajectories
from compare.report.agreement.trajectory_tables import tabulate_errors
from compare.report.agreement.walk import describe_further, difference_passages
from compare.report.run import figures
from compare.report.run.section import Section
from compare.runs.words import Inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.results.cells import CellGroup
    from compare.runs.folder import Run
    from compare.runs.record import RunRecord, WorkloadRequest


def difference_section(groups: Sequence[CellGroup]) -> tuple[Section, ...]:
    """Return the section on first differences; empty if no cell disagrees."""
    passages = difference_passages(groups)
    if not passages:
        return ()
    section = Section(
        ident="differences",
        title=SECTION_TITLE,
        intro="A training step computes activations, the loss, gradients and updated "
        "parameters, in this order. The first tensor out of tolerance is closest to "
        "the cause. Tensors computed from it are wrong as well."
        f"{describe_further(groups, shown=len(passages))}",
        passages=passages,
    )
    return (section,)


def describe_reference(run: Run) -> str:
    """Return what the workloads of a run are compared with."""
    record = run.record
    in_numpy = {_has_reference(record, each) for each in record.request.workloads}
    if in_numpy == {True}:
        return "a NumPy float64 evaluation of the same mathematics"
    if in_numpy == {False}:
        return "an eager float64 step of the same model"
    return (
        "a NumPy float64 evaluation of the same mathematics, or, for a model without "
        "one, with its eager float64 step"
    )


def _has_reference(record: RunRecord, workload: WorkloadRequest) -> bool | None:
    """Return whether a workload has a NumPy reference; None if it is unknown here."""
    if found := record.targets.get(workload.label):
        return bool(found[0].reference)
    try:
        return workloads.defines_reference(workload.name)
    except UsageError:
        return None


def describe_probe(run: Run) -> str:
    """Return what a probe is, if one was checked."""
    if Inputs.PROBE not in set(run.agreement["inputs"]):
        return ""
    return (
        "The probe is a small data set chosen to expose errors: images that are not "
        "square, different channels, zeros and ties, an uneven last batch. "
    )


def agreement_sections(run: Run, groups: Sequence[CellGroup]) -> Iterator[Section]:
    """Yield errors, error growth, determinism, and arithmetic in 16-bit formats."""
    checked = select_detailed(groups)
    if not checked:
        return
    omission = describe_omission(checked, groups=groups)
    closing = f"{describe_largest_error(groups)} {omission}".strip()
    followed = [(group, each) for group in checked for each in trajectories(group)]
    yield Section(
        ident="agreement",
        title="Agreement",
        intro="The loss, every gradient, every updated parameter and every prediction "
        f"are compared with {describe_reference(run)}. float64 is checked as well: "
        "there, a real difference is far larger than rounding. "
        f"{describe_probe(run)}{closing}".rstrip(),
        tables=tuple(map(tables.tabulate_agreement, checked)),
    )
    yield Section(
        ident="trajectory",
        title="Error growth along the trajectory",
        intro="Every variant runs the same steps from the same parameters, and is set "
        "back to the reference's parameters every few steps. Curves: the largest "
        "error of any tensor, relative to its largest magnitude; an error of zero is "
        "not drawn. Band: what rounding explains, from the floor to the tolerance. "
        "Between two restarts, rounding errors grow from step to step. A curve outside "
        f"the band is a defect. {omission}".rstrip(),
        figures=tuple(
            figures.make_trajectory_figure(group, trajectory)
            for group, trajectory in followed
        ),
        folded=tuple(tabulate_errors(trajectory) for _, trajectory in followed),
    )
    yield Section(
        ident="determinism",
        title="Determinism",
        intro=f"{EXPLANATION} {omission}".rstrip(),
        tables=tuple(tabulate_determinism(group, run=run) for group in checked),
    )
    if rows := tabulate_precision(run):
        yield Section(
            ident="precision",
            title="Arithmetic in 16-bit formats",
            intro="A kernel may sum in a wider format and round once, at the end. The "
            "table shows the share of results that equal the exact result rounded "
            f"once. Above {format_percent(ROUNDED_ONCE, digits=2)}, the kernel sums in "
            "a wider format; below, it sums in the format itself.",
            tables=rows,
        )
