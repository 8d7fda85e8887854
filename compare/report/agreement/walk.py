"""List the tensors up to a first difference, in the order in which a step computes."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from compare.contract import TensorKind, tensor_kind
from compare.render.format import (
    DASH,
    count_distinguishing_digits,
    format_computed,
    format_number,
    is_known,
)
from compare.render.table import Field, Table, Tone, Value, tabulate
from compare.report.agreement.differing import (
    DisagreeingCell,
    describe_activations,
    describe_cause,
    describe_error,
    describe_steps,
    group_disagreements,
)
from compare.report.run.section import Passage
from compare.results.findings import order_in_step
from compare.runs.tables import AGREEMENT, DIFFERENCES
from compare.runs.words import Check, Inputs, Verdict
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from compare.results.cells import CellGroup

BEFORE, AFTER = 4, 2  # tensors around the first difference with a row of their own
MAX_PASSAGES = 24  # in a report
SINGLE_TONES: dict[str, Tone] = {Verdict.AGREES: "good", Verdict.DISAGREES: "worse"}
MAX_NAMES = 4  # tensors that are named, not counted


@dataclass(frozen=True, kw_only=True)
class TensorSpan:
    """One row of the table: a tensor, or several tensors of a kind."""

    name: str
    rows: pd.DataFrame
    is_first: bool = False  # the first tensor out of its tolerance

    @property
    def is_single(self) -> bool:
        """Whether it is one tensor, which has an index and values."""
        return len(self.rows) == 1

    @property
    def disagreeing(self) -> int:
        """The number of tensors out of tolerance."""
        return int((self.rows["verdict"] == Verdict.DISAGREES).sum())


def difference_passages(groups: Iterable[CellGroup]) -> tuple[Passage, ...]:
    """Return one passage per difference, at most `MAX_PASSAGES`.

    Those equal to an earlier one are folded, and left out first.
    """
    found = group_disagreements(groups)
    room = MAX_PASSAGES - min(len(found), MAX_PASSAGES)
    passages: list[Passage] = []
    for same in found[:MAX_PASSAGES]:
        repeated = same[1 : 1 + room]
        room -= len(repeated)
        passages.append(_build_passage(same[0], is_folded=False))
        passages += [_build_passage(case, is_folded=True) for case in repeated]
    return tuple(passages)


def describe_further(groups: Iterable[CellGroup], *, shown: int) -> str:
    """Return how many differences have no passage, as a sentence; empty for none."""
    left_out = sum(len(same) for same in group_disagreements(groups)) - shown
    if not left_out:
        return ""
    verb = "is" if left_out == 1 else "are"
    return f" {left_out:,} more {verb} in {DIFFERENCES.file} and {AGREEMENT.file}."


def _build_passage(case: DisagreeingCell, *, is_folded: bool) -> Passage:
    where = case.group.heading_in(case.difference.dtype)
    tensors = select_tensors(case)
    sentences = (
        _describe_first(case),
        _describe_before(case, tensors),
        describe_cause(case.difference),
        describe_steps(case),
        describe_activations(case, tensors),
    )
    return Passage(
        heading=f"{case.line.variant} on {where}",
        sentences=tuple(sentence for sentence in sentences if sentence),
        table=_tabulate_tensors(case, tensors),
        is_folded=is_folded,
    )


def select_tensors(case: DisagreeingCell) -> pd.DataFrame:
    """Return the tensors of the differing check and step, in the order of computing."""
    found, agreement = case.difference, case.line.agreement
    assert agreement is not None, "a cell that disagrees was checked"
    compared = agreement.compared(found.dtype, inputs=found.inputs)
    rows = compared[
        (compared["check"] == found.check)
        & (compared["step"] == found.step).fillna(value=found.step is None)
    ]
    if found.check == Check.TIMED:  # compared with two kinds of results
        wrong = rows["verdict"] == Verdict.DISAGREES
        rows = rows[rows["against"] == rows["against"][wrong].iloc[0]]
    return rows.iloc[
        rows["quantity"].map(order_in_step).to_numpy().argsort(kind="stable")
    ]


def _describe_first(case: DisagreeingCell) -> str:
    found = case.difference
    at = f" at index ({found.worst_index})" if found.worst_index else ""
    error = ""
    if isfinite(found.fraction):
        floors = (
            f", {format_number(found.floors)} floors" if is_known(found.floors) else ""
        )
        error = (
            f" The error is {format_number(found.max_abs_error)}{floors}; rounding "
            f"explains up to {format_number(found.tolerance)}."
        )
    return (
        f"{found.quantity} is the first tensor out of tolerance:{at} it is "
        f"{describe_error(found)} ({_format_check(case)}).{error}"
    )


_CHECKS = {
    Check.DETERMINISM: "step {step}, repeated",
    Check.STEP: "step {step}, from the reference's own parameters",
    Check.PREDICTION: "prediction before step {step}, from the reference's own "
    "parameters",
    Check.TRAJECTORY: "step {step} of the trajectory",
    Check.TRAINING: "step {step}, the last one of the training, from the variant's own "
    "parameters",
    Check.VALIDATION: "validation after step {step}, with the variant's own parameters",
    Check.TIMED: "timed steps of launch {step}",
}


def _format_check(case: DisagreeingCell) -> str:
    found = case.difference
    where = " on the probe" if found.inputs is Inputs.PROBE else ""
    return f"{_CHECKS[found.check].format(step=found.step)}{where}"


def _describe_before(case: DisagreeingCell, tensors: pd.DataFrame) -> str:
    """Return the tensors computed before the difference, with their verdict."""
    before = tensors.iloc[: _find_position(case, tensors)]
    if before.empty:
        return "No compared tensor is computed before it."
    names = before["quantity"].tolist()
    is_few = len(names) <= MAX_NAMES
    which = join_words(names, conjunction="and") if is_few else _count_kinds(names)
    agree = f"agree{'s' * (len(names) == 1)}"
    verb = {Verdict.UNDECIDED: "are undecided", Verdict.BOTH_DIVERGED: "both diverged"}
    others = [verb[verdict] for verdict in _list_open(before)]
    return f"Before it, {which} {join_words(['agree', *others]) if others else agree}."


def _list_open(rows: pd.DataFrame) -> list[Verdict]:
    """Return which verdicts that are no agreement occur besides disagreement."""
    found = set(rows["verdict"])
    open_ = (Verdict.UNDECIDED, Verdict.BOTH_DIVERGED)
    return [verdict for verdict in open_ if verdict in found]


def _count_kinds(names: list[str]) -> str:
    """Return tensors by kind: ``5 activations, the loss and 2 gradients``."""
    kinds = [tensor_kind(name) for name in names]
    counts = {kind: kinds.count(kind) for kind in TensorKind if kind in kinds}
    return join_words(
        (
            "the loss" if kind == "loss" else format_count(number, kind)
            for kind, number in counts.items()
        ),
        conjunction="and",
    )


def _find_position(case: DisagreeingCell, tensors: pd.DataFrame) -> int:
    """Return the index of the first difference; after the end if its row is missing."""
    is_it = (tensors["quantity"] == case.difference.quantity).to_numpy()
    return int(is_it.argmax()) if is_it.any() else len(tensors)


def _tabulate_tensors(case: DisagreeingCell, tensors: pd.DataFrame) -> Table:
    step, dtype = case.difference.step, case.difference.dtype
    return tabulate(
        f"Errors at step {step} in {dtype}, in the order of computation",
        fields=(
            Field(title="tensor", show=lambda x: x.name, kind="word"),
            Field(title="verdict", show=_show_verdict, kind="word"),
            Field(title="error, floors", show=lambda x: _show_largest(x, "floors")),
            Field(
                title="error / tolerance", show=lambda x: _show_largest(x, "fraction")
            ),
            Field(title="worst index", show=_show_index, kind="word", optional=True),
            Field(title="expected", show=lambda x: _show_value(x, "expected")),
            Field(title="received", show=lambda x: _show_value(x, "received")),
        ),
        items=_split_spans(case, tensors),
    )


def _split_spans(case: DisagreeingCell, tensors: pd.DataFrame) -> Iterator[TensorSpan]:
    """Yield single tensors near the difference, and spans of one kind elsewhere.

    Only tensors of the same kind as the difference, the nearest before and after it,
    have a row of their own: a deep network has hundreds of tensors.
    """
    position = _find_position(case, tensors)
    kinds = tensors["quantity"].map(tensor_kind)
    for kind in dict.fromkeys(kinds):
        of_kind = tensors[(kinds == kind).to_numpy()]
        start = int((kinds == kind).to_numpy().argmax())
        if kind != case.difference.kind:
            yield from _join_span(of_kind)
            continue
        at = position - start
        low, high = max(0, at - BEFORE), at + AFTER + 1
        yield from _join_span(of_kind.iloc[:low])
        for number in range(low, min(high, len(of_kind))):
            row = of_kind.iloc[number : number + 1]
            yield TensorSpan(
                name=row["quantity"].iloc[0], rows=row, is_first=number == at
            )
        yield from _join_span(of_kind.iloc[high:], further=True)


def _join_span(rows: pd.DataFrame, *, further: bool = False) -> Iterator[TensorSpan]:
    if len(rows) == 1:
        yield TensorSpan(name=rows["quantity"].iloc[0], rows=rows)
    elif len(rows):
        more = "further " * further
        kind = tensor_kind(rows["quantity"].iloc[0])
        yield TensorSpan(name=f"{len(rows)} {more}{kind}s", rows=rows)


def _show_largest(span: TensorSpan, column: str) -> str:
    """Return the largest value of a column; ``not finite`` where there is none."""
    values = span.rows[column].dropna()
    if values.empty:
        return DASH
    if not span.rows["received"].map(isfinite).all():
        return "not finite"
    most = "" if span.is_single else "at most "
    return f"{most}{format_number(float(values.max()))}"


def _show_verdict(span: TensorSpan) -> Value:
    wrong, all_ = span.disagreeing, len(span.rows)
    if span.is_first:
        return Value(text="disagrees: the first", tone="bad")
    if span.is_single:
        verdict = str(span.rows["verdict"].iloc[0])
        return Value(text=verdict, tone=SINGLE_TONES.get(verdict, ""))
    if not wrong:
        open_ = _list_open(span.rows)
        return Value(text=join_words(["agree", *open_]), tone="" if open_ else "good")
    return Value(text=f"{wrong} of {all_} disagree", tone="worse")


def _show_index(span: TensorSpan) -> str:
    return span.rows["worst_index"].iloc[0] if span.is_single else DASH


def _show_value(span: TensorSpan, column: str) -> str:
    """Return a value with enough digits to differ from the one it is compared with."""
    if not span.is_single:
        return DASH
    row = span.rows.iloc[0]
    digits = (
        count_distinguishing_digits(row["expected"], row["received"])
        if span.disagreeing
        else 3
    )
    return format_computed(float(row[column]), digits=digits)
