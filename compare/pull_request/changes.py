"""Find what differs between the checks of base and head, apart from durations."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from linecache import checkcache, getline
from math import isclose
from typing import TYPE_CHECKING

from compare.contract import BreakKind
from compare.history.cell_changes import find_cell_changes
from compare.pull_request.record import ChangeKind, SideChange
from compare.pull_request.sides import remove_label
from compare.results.joining import group_cells
from compare.runs.words import Against, Check, Inputs
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.pull_request.sides import TreeSide
    from compare.results.cells import CellResult
    from compare.runs.folder import Run
    from compare.runs.record import BreakFacts, SizeFacts

# A float64 loss of the same code is equal to the last digits on one machine.
SAME_LOSS = 1e-9
KINDS = {
    "outcome": ChangeKind.OUTCOME,
    "agreement": ChangeKind.AGREEMENT,
    "captures": ChangeKind.GRAPH,
}


@dataclass(frozen=True, kw_only=True)
class CheckedSide:
    """A side, and the run that checked it."""

    side: TreeSide
    run: Run

    @cached_property
    def cells(self) -> dict[str, CellResult]:
        """The results by variant, without the label of the side."""
        return {
            remove_label(line.variant): line
            for group in group_cells(self.run)
            for line in group.lines
        }

    def list_breaks(self, variant: str) -> list[BreakFacts]:
        """Return the breaks of a user's model in a variant."""
        return [
            one
            for each in self.run.record.examined
            if remove_label(each.variant) == variant
            for one in each.breaks
        ]

    def list_sizes(self, variant: str) -> dict[str, SizeFacts]:
        """Return the other sizes of batches that ran in a variant."""
        return {
            size.text: size
            for each in self.run.record.examined
            if remove_label(each.variant) == variant
            for size in each.sizes
            if not size.reason
        }

    def identify_break(self, found: BreakFacts) -> BreakIdentity:
        """Return what a break is recognised by when lines above it were changed."""
        checkcache(found.file)
        text = getline(found.file, found.line).strip()
        return BreakIdentity(
            file=self.side.relative(found.file),
            text=text or self.side.clean(found.reason),
            kind=found.kind,
        )


@dataclass(frozen=True, kw_only=True)
class BreakIdentity:
    """What two breaks of base and head have in common if they are the same."""

    file: str
    text: str  # of the line
    kind: BreakKind


def find_changes(base: CheckedSide, head: CheckedSide) -> list[SideChange]:
    """Return what differs, worse things first."""
    before, after = base.cells, head.cells
    found = [*_compare_losses(base, head)]
    for variant in (each for each in before if each in after):
        found += _compare_cells(before[variant], after[variant], variant=variant)
        breaks = [*_compare_breaks(base, head, variant)]
        # The number alone is of use where no place is known.
        found += breaks or _compare_counts(before[variant], after[variant], variant)
        found += _compare_sizes(base, head, variant)
    return sorted(found, key=lambda change: not change.is_worse)


def _compare_cells(
    before: CellResult, after: CellResult, *, variant: str
) -> Iterator[SideChange]:
    for each in find_cell_changes(before, after):
        if each.what in KINDS:
            yield SideChange(
                kind=KINDS[each.what],
                variant=variant,
                before=each.before,
                after=_explain(after, each.after) if each.is_regression else each.after,
                is_worse=each.is_regression,
            )


def _compare_counts(
    before: CellResult, after: CellResult, variant: str
) -> Iterator[SideChange]:
    one, other = before.cell.graph_breaks, after.cell.graph_breaks
    if before.is_missing or after.is_missing or one is None or other is None:
        return
    if one != other:
        yield SideChange(
            kind=ChangeKind.BREAKS,
            variant=variant,
            before=f"{one}",
            after=f"{other}",
            is_worse=other > one,
        )


def _explain(cell: CellResult, text: str) -> str:
    """Return a text with the first difference of a cell, if it has one."""
    return f"{text}: {cell.cell.disagreement}" if cell.cell.disagreement else text


def _compare_breaks(
    base: CheckedSide, head: CheckedSide, variant: str
) -> Iterator[SideChange]:
    """Yield the breaks that only one side has."""
    before, after = (_count(side, variant) for side in (base, head))
    left = after - before
    for each in head.list_breaks(variant):
        identity = head.identify_break(each)
        if left[identity]:
            left[identity] -= 1
            yield SideChange(
                kind=_kind_of(each),
                variant=variant,
                before="none",
                after=f"{identity.file}:{each.line}: {head.side.clean(each.reason)}"
                if each.file
                else each.reason,
                # What is fixed at capture is a risk, and may be meant.
                is_worse=each.kind is not BreakKind.FROZEN,
                file=identity.file,
                line=each.line,
            )
    for identity, number in (before - after).items():
        yield SideChange(
            kind=ChangeKind.RETRACES
            if identity.kind is BreakKind.RETRACE
            else ChangeKind.BREAKS,
            variant=variant,
            before=f"{identity.file}: {identity.text}",
            after="gone" if number == 1 else f"{number} of them gone",
        )


def _count(side: CheckedSide, variant: str) -> Counter[BreakIdentity]:
    return Counter(map(side.identify_break, side.list_breaks(variant)))


def _kind_of(found: BreakFacts) -> ChangeKind:
    is_retrace = found.kind is BreakKind.RETRACE
    return ChangeKind.RETRACES if is_retrace else ChangeKind.BREAKS


def _compare_sizes(
    base: CheckedSide, head: CheckedSide, variant: str
) -> Iterator[SideChange]:
    """Yield sizes of batches whose captures or agreement differ.

    Sizes that a side did not reach in time count for neither.
    """
    before, after = base.list_sizes(variant), head.list_sizes(variant)
    common = [size for size in before if size in after]
    one, other = (sum(of[size].captures for size in common) for of in (before, after))
    if one != other:
        yield SideChange(
            kind=ChangeKind.RETRACES,
            variant=variant,
            before=format_count(one, "capture"),
            after=f"{format_count(other, 'capture')} at other batch sizes",
            is_worse=other > one,
        )
    for size in common:
        was, now = before[size].agrees, after[size].agrees
        if was is not now and now is False:
            yield SideChange(
                kind=ChangeKind.AGREEMENT,
                variant=variant,
                before="agrees" if was else "not compared",
                after=f"disagrees on batches of {size}",
                is_worse=was is True,
            )


def _compare_losses(base: CheckedSide, head: CheckedSide) -> Iterator[SideChange]:
    """Yield that the references compute other losses: the model itself was changed."""
    before, after = _list_losses(base.run), _list_losses(head.run)
    for where, loss in before.items():
        other = after.get(where, loss)
        if not isclose(loss, other, rel_tol=SAME_LOSS, abs_tol=SAME_LOSS):
            step, *_ = where
            yield SideChange(
                kind=ChangeKind.RESULTS,
                variant="reference",
                before=f"loss {loss:.6g}",
                after=f"loss {other:.6g} in step {step + 1}, float64",
            )
            return


def _list_losses(run: Run) -> dict[tuple[int, str], float]:
    """Return the reference's float64 losses by step and kind of check, in order."""
    rows = run.agreement
    chosen = rows[
        (rows["quantity"] == "loss")
        & (rows["dtype"] == "float64")
        & (rows["inputs"] == Inputs.WORKLOAD)
        & (rows["against"] == Against.REFERENCE)
        & (rows["check"] != Check.DETERMINISM)
        & rows["step"].notna()
    ].sort_values("step", kind="stable")
    keys = zip(chosen["step"].astype(int), chosen["check"].astype(str), strict=True)
    return dict(zip(keys, chosen["expected"].astype(float), strict=True))
