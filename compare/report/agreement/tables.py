"""The table of each variant's largest error against the reference."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING

import pandas as pd

from compare.render.format import DASH, format_computed, format_number
from compare.render.table import Field, Table, Tone, Value, tabulate
from compare.report.agreement.undecided import (
    BECAUSE,
    describe_divergence,
    describe_undecided,
)
from compare.results.agreement_words import describe_checks
from compare.results.findings import (
    find_undecided_from,
    judge_checks,
    select_trajectory,
)
from compare.results.joining import find_worst_check
from compare.runs.words import Inputs, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from compare.results.cells import CellGroup, CellResult
    from compare.results.findings import WorstError

NOTE = (
    "Error: of the tensor with the largest error relative to its tolerance. Floors: "
    "the same error divided by the error that rounding alone causes there."
)
TONES: dict[bool | None, Tone] = {True: "good", False: "bad", None: ""}


@dataclass(frozen=True, kw_only=True)
class CheckedDtype:
    """One variant's comparisons with the reference in one dtype, on some inputs."""

    line: CellResult
    dtype: str
    inputs: Inputs
    compared: pd.DataFrame

    @property
    def name(self) -> str:
        """The dtype, and the inputs if they are not the workload's own."""
        return self.dtype if self.inputs is Inputs.WORKLOAD else f"{self.dtype}, probe"

    @cached_property
    def worst(self) -> WorstError | None:
        """The largest error relative to its tolerance."""
        return find_worst_check(self.compared)


def tabulate_agreement(group: CellGroup) -> Table:
    """Return one row per variant and dtype: largest error, position, verdict."""
    items = tuple(_list_checked(group))
    return tabulate(
        f"{group.heading}: agreement with the reference",
        fields=(
            Field(title="variant", show=lambda x: x.line.variant, kind="word"),
            Field(title="checked in", show=lambda x: x.name, kind="word"),
            Field(title="compared", show=lambda x: f"{len(x.compared):,}"),
            Field(title="error / tolerance", show=_show_error),
            Field(title="floors", show=_show_floors),
            Field(title="where", show=_show_position, kind="word"),
            Field(title="verdict", show=_show_verdict, kind="prose"),
            Field(title="undecided", show=_counter(Verdict.UNDECIDED), optional=True),
            Field(
                title="both diverged",
                show=_counter(Verdict.BOTH_DIVERGED),
                optional=True,
            ),
        ),
        items=items,
        note=" ".join((NOTE, *_describe_open(items))),
    )


def _counter(verdict: Verdict) -> Callable[[CheckedDtype], str]:
    """Return a function that counts the comparisons with a verdict; empty for none."""

    def show(row: CheckedDtype) -> str:
        number = int((row.compared["verdict"] == verdict).sum())
        return f"{number:,}" if number else ""

    return show


def _describe_open(items: Sequence[CheckedDtype]) -> Iterator[str]:
    """Yield what is undecided in each dtype, for all variants together."""
    for name in dict.fromkeys(row.name for row in items):
        rows = pd.concat([row.compared for row in items if row.name == name])
        if undecided := describe_undecided(rows):
            yield f"Undecided in {name} ({undecided}), because {BECAUSE}."
        if position := describe_divergence(rows):
            yield f"Both diverged in {name}: first at {position}."


def _list_checked(group: CellGroup) -> Iterator[CheckedDtype]:
    for line, agreement in group.checked:
        for inputs in Inputs:
            for dtype in agreement.dtypes:
                rows = agreement.compared(dtype, inputs=inputs)
                if len(rows):
                    yield CheckedDtype(
                        line=line, dtype=dtype, inputs=inputs, compared=rows
                    )


def _show_error(row: CheckedDtype) -> str:
    """Return the error relative to its tolerance, or a value that is not finite."""
    found = row.worst
    if found is None:
        return DASH
    if not isfinite(found.fraction) and not isfinite(found.received):
        return format_computed(found.received)
    return format_number(found.fraction)


def _show_floors(row: CheckedDtype) -> str:
    found = row.worst
    return format_number(found.floors) if found and isfinite(found.floors) else DASH


def _show_position(row: CheckedDtype) -> str:
    return row.worst.position if row.worst else DASH


def _show_verdict(row: CheckedDtype) -> Value:
    judgement = judge_checks(row.compared)
    open_from = find_undecided_from(select_trajectory(row.compared))
    is_open = judgement is True and open_from is not None
    return Value(
        text=describe_checks(row.compared), tone="" if is_open else TONES[judgement]
    )
