"""The sections about agreement: differences, nearness, growth, repetition, formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.agreement.precision import ROUNDED_ONCE
from compare.render.format import percent
from compare.report.agreement import tables
from compare.report.agreement.determinism_tables import MEANING, determinism
from compare.report.agreement.precision_tables import precisions
from compare.report.agreement.sentences import describe_largest_error
from compare.report.agreement.trajectory import trajectories
from compare.report.agreement.trajectory_tables import errors_per_step
from compare.report.agreement.walk import difference_passages
from compare.report.run import figures
from compare.report.run.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.results.cells import CellGroup
    from compare.runs.folder import Run


def differences(compared: Sequence[CellGroup]) -> tuple[Section, ...]:
    """Only where a cell disagrees."""
    passages = difference_passages(compared)
    if not passages:
        return ()
    section = Section(
        ident="differences",
        title="Where it first differs",
        intro="A step computes activations forward, the loss, gradients backward, then "
        "updated parameters. What is wrong first is nearest to the cause; what follows "
        "from it is wrong as well.",
        passages=passages,
    )
    return (section,)


def agreement(run: Run, compared: Sequence[CellGroup]) -> Iterator[Section]:
    """How near to the reference, how errors grow, what repeats, what is rounded."""
    compared = [comparison for comparison in compared if comparison.checked]
    if not compared:
        return
    largest = describe_largest_error(compared)
    yield Section(
        ident="agreement",
        title="Agreement",
        intro="Loss, every gradient and every updated parameter against a NumPy "
        "float64 evaluation of the same mathematics. float64 is checked too: there any "
        f"real difference stands far above rounding. {largest}".rstrip(),
        tables=tuple(map(tables.agreement, compared)),
    )
    yield Section(
        ident="trajectory",
        title="How errors grow",
        intro="Every variant runs freely from the same parameters. Curves: the largest "
        "error of any tensor, relative to its largest magnitude; zero is not drawn. "
        "Band: what rounding explains, from the floor to the tolerance. The same slope "
        "as the floor is chaos: rounding errors that feed on themselves. A jump off "
        "the band is a defect.",
        figures=tuple(
            figure
            for comparison in compared
            for figure in figures.trajectory_figures(comparison)
        ),
        folded=tuple(
            errors_per_step(trajectory)
            for comparison in compared
            for trajectory in trajectories(comparison)
        ),
    )
    yield Section(
        ident="determinism",
        title="Does it repeat itself?",
        intro=MEANING,
        tables=tuple(determinism(comparison, run=run) for comparison in compared),
    )
    if rows := precisions(run):
        yield Section(
            ident="precision",
            title="What is computed in 16 bits",
            intro="A kernel may sum in a wider format than it stores and round once, "
            "at the end. The share of results that are the exact one rounded once "
            f"tells: above {percent(ROUNDED_ONCE, digits=2)} it sums wider, below it "
            "really computes in the format.",
            tables=rows,
        )
