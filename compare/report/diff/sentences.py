"""What changed between two runs, in sentences."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from compare.render.format import known, percent
from compare.report.diff.tables import is_unproven, moved
from compare.results.cells import join_labels
from compare.stats.change import minimum_detectable_change
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.history.diff import Diff, Pair, Row
    from compare.results.cells import CellResult

FEW = 3  # names that a label can hold
SURE = 0.001  # a smaller chance is not told apart from none


def label(found: Diff) -> str:
    """What a forced comparison is marked with; empty where all is alike."""
    names = [each.name for each in found.differing]
    if not names:
        return ""
    said = "; ".join(names) if len(names) <= FEW else f"{len(names)} facts"
    return f"forced: {said} {'differs' if len(names) == 1 else 'differ'}"


def regressions(found: Diff) -> tuple[str, ...]:
    """Everything that is worse, a sentence each; or that nothing is."""
    said = [
        sentence
        for pair in found.pairs
        for row in pair.rows
        for sentence in _worse(found, pair, row)
    ]
    return tuple(said) or (f"Nothing found beyond {beyond(found)}.",)


def beyond(found: Diff) -> str:
    """The threshold."""
    return f"{found.threshold * 100:g}%"


def hidden(found: Diff) -> str:
    """How many cells are not shown, and whether they are known to be as they were."""
    quiet = [row for row in found.rows if not row.moved and not row.changes]
    verdicts = Counter(row.verdict for row in quiet if row.is_judged)
    if not verdicts:
        return ""
    counted = (f"{number} {name}" for name, number in verdicts.items())
    return (
        f"Unchanged, and hidden: {join_words(counted, conjunction='and')}. Equivalent: "
        f"the interval is within {beyond(found)}; inconclusive: it is not. --all shows "
        "them."
    )


def context(found: Diff, pair: Pair) -> str:
    """What stands around a workload's changes: drift, noise floor, doubt."""
    said = [_doubt(pair), _resolution(found, pair)]
    if not found.absolute:
        said += [*_drift(pair), *_noise(pair)]
    return " ".join(sentence for sentence in said if sentence)


def notes(found: Diff) -> Iterator[str]:
    """What must be known before any figure is believed."""
    for each in found.differing:
        yield f"{each.name}: {each.before} in A, {each.after} in B."
    for name, run in (("A", found.before), ("B", found.after)):
        if not run.record.finished:
            yield f"{name} was stopped before it finished: cells may be missing."
    if found.absolute:
        yield (
            "Judged by step times themselves, measured at different times: whatever "
            "the machine did in between is in them, and differences between equals are "
            "common. Ratios to the baseline are free of it."
        )


def lone(found: Diff) -> Iterator[str]:
    """Cells that only one of the runs has."""
    for name, lines in (("A", found.only_before), ("B", found.only_after)):
        if lines:
            yield f"Only in {name}: {_places(lines)}."


def _worse(found: Diff, pair: Pair, row: Row) -> Iterator[str]:
    where = join_labels([row.after.place])
    doubt = " (unproven)" if is_unproven(pair) else ""
    if row.verdict == "slower":
        what = "step time" if found.absolute else f"ratio to {pair.after.baseline}"
        chance = "below 0.001" if row.p < SURE else f"{row.p:.3f}"
        yield (
            f"{where}{doubt}: {what} {moved(row.judged)}; p {chance}, by Holm's method."
        )
    for each in row.changes:
        if each.is_regression:
            yield f"{where}: {each.what}: {each.before} in A, {each.after} in B."


def _doubt(pair: Pair) -> str:
    which = [
        name
        for name, side in (("A", pair.before), ("B", pair.after))
        if side.is_unproven
    ]
    if not which:
        return ""
    runs = join_words(which, conjunction="and")
    return (
        f"Unproven: the control's interval excludes 1 in {runs}, so differences of "
        "this size appear between equals there."
    )


def _resolution(found: Diff, pair: Pair) -> str:
    """The smallest change that these runs could have told from none."""
    claims = [row.judged for row in found.rows if known(row.p)]
    finest = sorted(
        minimum_detectable_change(row.judged, claims=len(claims))
        for row in pair.rows
        if known(row.p)
    )
    if not finest:
        return "Resolution: unknown; there is no interval with fewer than 2 launches."
    least, most = (percent(width, digits=2) for width in (finest[0], finest[-1]))
    return (
        f"Resolution: {least} (the finest) to {most} (the coarsest). A smaller change "
        "could not have been told from none among so many cells."
    )


def _drift(pair: Pair) -> Iterator[str]:
    for row in pair.rows:
        if row.after.is_baseline and known(row.step.factor.estimate):
            yield (
                f"The step time of {row.after.variant}, the baseline, changed by "
                f"{moved(row.step)}: the drift of the machine is in it, and it is not "
                "judged."
            )


def _noise(pair: Pair) -> Iterator[str]:
    control = pair.control
    if control and known(control.ratio.factor.estimate):
        yield (
            f"The control's ratio changed by {moved(control.ratio)}: so much changes "
            "between equals."
        )


def _places(lines: Sequence[CellResult]) -> str:
    return join_labels(line.place for line in lines)
