"""The way to a difference: tensor by tensor, in the order in which a step computes."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from compare.render.format import DASH, in_words, known, significant, telling
from compare.render.table import Field, Table, Value, tabulate
from compare.report.agreement.differing import Disagreement, cases, seen_in, what, why
from compare.report.run.section import Passage
from compare.results.findings import KINDS, kind_of, rank
from compare.runs.words import Check, Verdict
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from compare.results.cells import CellGroup

BEFORE, AFTER = 4, 2  # tensors of the first difference's kind that have their own row
FEW = 4  # tensors that are named in a sentence


@dataclass(frozen=True, kw_only=True)
class TensorSpan:
    """One tensor on the way, or several of a kind together."""

    name: str
    rows: pd.DataFrame
    is_first: bool = False  # the first that is out of its tolerance

    @property
    def is_single(self) -> bool:
        """Whether it is one tensor, with an index and values to show."""
        return len(self.rows) == 1

    @property
    def disagreeing(self) -> int:
        """How many of its tensors are out of tolerance."""
        return int((self.rows["verdict"] == Verdict.DISAGREES).sum())


def difference_passages(comparisons: Iterable[CellGroup]) -> tuple[Passage, ...]:
    """A passage for each difference; one like another is folded."""
    return tuple(
        _passage(case, is_folded=number > 0)
        for group in cases(comparisons)
        for number, case in enumerate(group)
    )


def _passage(case: Disagreement, *, is_folded: bool) -> Passage:
    heading = (
        f"{case.line.variant} on {case.comparison.heading_in(case.difference.dtype)}"
    )
    tensors = on_the_way(case)
    said = (_first(case), _until(case, tensors), why(case.difference), seen_in(case))
    return Passage(
        heading=heading,
        sentences=tuple(sentence for sentence in said if sentence),
        table=_table(case, tensors),
        is_folded=is_folded,
    )


def on_the_way(case: Disagreement) -> pd.DataFrame:
    """The tensors of the check and step that differ, in the order of computing."""
    found, agreement = case.difference, case.line.agreement
    assert agreement is not None, "what disagrees was checked"
    compared = agreement.compared(found.dtype)
    rows = compared[
        (compared["check"] == found.check)
        & (compared["step"] == found.step).fillna(value=found.step is None)
    ]
    return rows.iloc[rows["quantity"].map(rank).to_numpy().argsort(kind="stable")]


def _first(case: Disagreement) -> str:
    found = case.difference
    at = f" at index ({found.worst_index})" if found.worst_index else ""
    error = ""
    if isfinite(found.fraction):
        floors = f", {significant(found.floors)} floors" if known(found.floors) else ""
        error = (
            f" The error is {significant(found.max_abs_error)}{floors}; up to "
            f"{significant(found.tolerance)} would be rounding."
        )
    return (
        f"{found.quantity} is the first tensor out of tolerance:{at} it is "
        f"{what(found)} ({_check(case)}).{error}"
    )


def _check(case: Disagreement) -> str:
    found = case.difference
    if found.check == Check.TRAJECTORY:
        return f"step {found.step} of the free-running trajectory"
    return f"step {found.step}, from the reference's own parameters"


def _until(case: Disagreement, tensors: pd.DataFrame) -> str:
    """What a step computes before, and that it agrees."""
    before = _before(case, tensors)
    if before.empty:
        return "Nothing that was compared comes before it."
    names = before["quantity"].tolist()
    said = (
        join_words(names, conjunction="and") if len(names) <= FEW else _counted(names)
    )
    agree = f"agree{'s' * (len(names) == 1)}"
    is_open = (before["verdict"] == Verdict.UNDECIDED).any()
    return f"Before it, {said} {'agree or are undecided' if is_open else agree}."


def _counted(names: list[str]) -> str:
    """``5 activations, the loss and 2 gradients``."""
    kinds = [kind_of(name) for name in names]
    counts = {kind: kinds.count(kind) for kind in KINDS if kind in kinds}
    return join_words(
        (_kind(kind, number) for kind, number in counts.items()), conjunction="and"
    )


def _kind(kind: str, number: int) -> str:
    if kind == "loss":
        return "the loss"
    return f"{number} {kind}{'s' * (number > 1)}"


def _before(case: Disagreement, tensors: pd.DataFrame) -> pd.DataFrame:
    position = _position(case, tensors)
    return tensors.iloc[:position]


def _position(case: Disagreement, tensors: pd.DataFrame) -> int:
    """Where the first difference stands; at the end where its row is missing."""
    is_it = (tensors["quantity"] == case.difference.quantity).to_numpy()
    return int(is_it.argmax()) if is_it.any() else len(tensors)


def _table(case: Disagreement, tensors: pd.DataFrame) -> Table:
    step, dtype = case.difference.step, case.difference.dtype
    return tabulate(
        f"Errors at step {step} in {dtype}, in the order of computing",
        fields=(
            Field(title="tensor", show=lambda x: x.name, kind="word"),
            Field(title="verdict", show=_verdict, kind="word"),
            Field(title="error, floors", show=lambda x: _most(x, "floors")),
            Field(title="error / tolerance", show=lambda x: _most(x, "fraction")),
            Field(title="worst index", show=_index, kind="word", optional=True),
            Field(title="expected", show=lambda x: _value(x, "expected")),
            Field(title="received", show=lambda x: _value(x, "received")),
        ),
        items=_spans(case, tensors),
    )


def _spans(case: Disagreement, tensors: pd.DataFrame) -> Iterator[TensorSpan]:
    """Near the difference each tensor by itself, further off each kind together."""
    position = _position(case, tensors)
    kinds = tensors["quantity"].map(kind_of)
    for kind in dict.fromkeys(kinds):
        of_kind = tensors[(kinds == kind).to_numpy()]
        start = int((kinds == kind).to_numpy().argmax())
        if kind != case.difference.kind:
            yield from _together(of_kind)
            continue
        at = position - start
        low, high = max(0, at - BEFORE), at + AFTER + 1
        yield from _together(of_kind.iloc[:low])
        for number in range(low, min(high, len(of_kind))):
            row = of_kind.iloc[number : number + 1]
            yield TensorSpan(
                name=row["quantity"].iloc[0], rows=row, is_first=number == at
            )
        yield from _together(of_kind.iloc[high:], further=True)


def _together(rows: pd.DataFrame, *, further: bool = False) -> Iterator[TensorSpan]:
    if len(rows) == 1:
        yield TensorSpan(name=rows["quantity"].iloc[0], rows=rows)
    elif len(rows):
        more = "further " * further
        kind = kind_of(rows["quantity"].iloc[0])
        yield TensorSpan(name=f"{len(rows)} {more}{kind}s", rows=rows)


def _most(span: TensorSpan, column: str) -> str:
    """The largest of a span; in words where it is no number."""
    values = span.rows[column].dropna()
    if values.empty:
        return DASH
    if not span.rows["received"].map(isfinite).all():
        return "not finite"
    most = "" if span.is_single else "at most "
    return f"{most}{significant(float(values.max()))}"


def _verdict(span: TensorSpan) -> Value:
    wrong, all_ = span.disagreeing, len(span.rows)
    if span.is_first:
        return Value(text="disagrees: the first", tone="bad")
    if span.is_single:
        verdict = str(span.rows["verdict"].iloc[0])
        return Value(text=verdict, tone="worse" if wrong else "good")
    if not wrong:
        is_open = (span.rows["verdict"] == Verdict.UNDECIDED).any()
        return Value(text="agree or undecided" if is_open else "agree", tone="good")
    return Value(text=f"{wrong} of {all_} disagree", tone="worse")


def _index(span: TensorSpan) -> str:
    return span.rows["worst_index"].iloc[0] if span.is_single else DASH


def _value(span: TensorSpan, column: str) -> str:
    """With the digits that tell what was expected from what was received."""
    if not span.is_single:
        return DASH
    row = span.rows.iloc[0]
    digits = telling(row["expected"], row["received"]) if span.disagreeing else 3
    return in_words(float(row[column]), digits=digits)
