"""How near each variant comes to the reference."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import pandas as pd

from compare.render.format import DASH, in_words, significant
from compare.render.table import Field, Table, Value, tabulate
from compare.report.agreement.undecided import BECAUSE, both_diverged, not_decided
from compare.report.timing.verdict_tables import toned
from compare.results.findings import against_reference, agree
from compare.results.joining import worst
from compare.runs.words import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from compare.results.cells import CellGroup, CellResult
    from compare.results.findings import Worst

NOTE = (
    "Error: of the tensor nearest to its tolerance. Floors: the same error divided by "
    "what rounding alone costs there."
)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One variant's comparisons with the reference in one dtype."""

    line: CellResult
    dtype: str
    compared: pd.DataFrame

    @property
    def worst(self) -> Worst | None:
        """The one nearest to its tolerance."""
        return worst(self.compared)


def agreement(comparison: CellGroup) -> Table:
    """One row a variant and dtype: the largest error, where, and the verdict."""
    items = tuple(_checked(comparison))
    return tabulate(
        f"{comparison.heading}: agreement with the NumPy reference",
        fields=(
            Field(title="variant", show=lambda x: x.line.variant, kind="word"),
            Field(title="checked in", show=lambda x: x.dtype, kind="word"),
            Field(title="compared", show=lambda x: f"{len(x.compared):,}"),
            Field(title="error / tolerance", show=_largest_error),
            Field(title="floors", show=_floors),
            Field(title="where", show=_where, kind="word"),
            Field(title="verdict", show=_verdict, kind="word"),
            Field(title="undecided", show=_share(Verdict.UNDECIDED), optional=True),
            Field(
                title="both diverged", show=_share(Verdict.BOTH_DIVERGED), optional=True
            ),
        ),
        items=items,
        note=" ".join((NOTE, *_left_open(items))),
    )


def _share(verdict: str) -> Callable[[Checked], str]:
    """How many comparisons have a verdict; nothing where none has."""

    def show(row: Checked) -> str:
        number = int((row.compared["verdict"] == verdict).sum())
        return f"{number:,}" if number else ""

    return show


def _left_open(items: Sequence[Checked]) -> Iterator[str]:
    """What the trajectories leave open, dtype by dtype, for all variants together."""
    for dtype in dict.fromkeys(row.dtype for row in items):
        rows = pd.concat([row.compared for row in items if row.dtype == dtype])
        if said := not_decided(rows):
            yield f"Undecided in {dtype}: {said}, because {BECAUSE}."
        if said := both_diverged(rows):
            yield f"Both diverged in {dtype}: from {said} on."


def _checked(comparison: CellGroup) -> Iterator[Checked]:
    for line, agreement in comparison.checked:
        compared = against_reference(agreement.checks)
        for dtype, rows in compared.groupby("dtype", sort=False):
            yield Checked(line=line, dtype=str(dtype), compared=rows)


def _largest_error(row: Checked) -> str:
    """What was received, where that is no number."""
    found = row.worst
    if found is None:
        return DASH
    if not isfinite(found.fraction) and not isfinite(found.received):
        return in_words(found.received)
    return significant(found.fraction)


def _floors(row: Checked) -> str:
    found = row.worst
    return significant(found.floors) if found and isfinite(found.floors) else DASH


def _where(row: Checked) -> str:
    return row.worst.place if row.worst else DASH


def _verdict(row: Checked) -> Value:
    judgement = agree(row.compared)
    return toned({True: "agrees", False: "disagrees", None: DASH}[judgement])
