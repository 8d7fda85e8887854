"""Sentences about what changed between two runs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from compare.render.format import format_percent, is_known
from compare.report.diff.tables import find_doubts, format_change
from compare.results.cells import join_labels, mark_doubts
from compare.stats.change import minimum_detectable_change
from compare.stats.estimates import MIN_LAUNCHES, TimingVerdict
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.history.diff import CellDiff, Diff, GroupDiff

MAX_FACTS = 3  # that the mark of a forced comparison names
SMALLEST_P = 0.001  # a smaller p value is reported as "below 0.001"


def format_mark(found: Diff) -> str:
    """Return the mark of a forced comparison; empty if no fact differs."""
    names = [each.name for each in found.differing]
    if not names:
        return ""
    facts = "; ".join(names) if len(names) <= MAX_FACTS else f"{len(names)} facts"
    return f"forced: {facts} {'differs' if len(names) == 1 else 'differ'}"


def format_threshold(found: Diff) -> str:
    """Return the threshold as a percentage."""
    return f"{found.threshold * 100:g}%"


def describe_regressions(found: Diff) -> tuple[str, ...]:
    """Return one sentence per regression, or a sentence that there is none."""
    sentences = [
        sentence
        for group in found.groups
        for row in group.rows
        for sentence in _describe_row(found, group, row)
    ]
    none = f"No regression beyond {format_threshold(found)} was found."
    return tuple(sentences) or (none,)


def describe_hidden(found: Diff) -> str:
    """Return how many cells without a change are hidden, by verdict."""
    quiet = [row for row in found.rows if not row.is_changed and not row.changes]
    verdicts = Counter(row.verdict for row in quiet if row.is_judged)
    if not verdicts:
        return ""
    counts = (f"{number} {verdict}" for verdict, number in verdicts.items())
    return (
        f"Hidden, no change found: {join_words(counts, conjunction='and')}. "
        f"Equivalent: the interval is within {format_threshold(found)}. Inconclusive: "
        "it is not. To show them, use --all."
    )


def describe_context(found: Diff, group: GroupDiff) -> str:
    """Return what a reader needs to judge the changes of a workload.

    Whether a run is unproven, the smallest significant change, the drift of the
    machine and the noise floor.
    """
    parts = [_describe_doubt(group), _describe_resolution(found, group)]
    if not found.absolute:
        parts += [*_describe_drift(group), *_describe_noise(group)]
    return " ".join(sentence for sentence in parts if sentence)


def describe_caveats(found: Diff) -> Iterator[str]:
    """Yield what limits the meaning of all figures."""
    for each in found.differing:
        yield f"{each.name}: {each.before} in A, {each.after} in B."
    for label, facts in found.left_out.items():
        differing = "; ".join(
            f"{d.name}: {d.before} in A, {d.after} in B" for d in facts
        )
        yield (
            f"{label} is not compared, because it ran on machines that differ: "
            f"{differing}. To compare it nevertheless, use --force."
        )
    for name, run in (("A", found.before), ("B", found.after)):
        if not run.record.finished:
            yield f"{name} was stopped before it finished: cells may be missing."
    if found.absolute:
        yield (
            "Step times are compared, which were measured at different times. They "
            "include the drift of the machine, so that runs of the same code often "
            "differ. Ratios to the baseline do not include the drift."
        )


def describe_unmatched(found: Diff) -> Iterator[str]:
    """Yield the cells that only one of the runs has."""
    for name, lines in (("A", found.only_before), ("B", found.only_after)):
        if lines:
            yield f"Only in {name}: {join_labels(line.label for line in lines)}."


def _describe_row(found: Diff, group: GroupDiff, row: CellDiff) -> Iterator[str]:
    cell = join_labels([row.after.label])
    if row.verdict is TimingVerdict.SLOWER:
        what = "step time" if found.absolute else f"ratio to {group.after.baseline}"
        p = f"below {SMALLEST_P}" if row.p < SMALLEST_P else f"{row.p:.3f}"
        named = mark_doubts(cell, find_doubts(group))
        yield f"{named}: {what} {format_change(row.judged)}; p (Holm) {p}."
    for each in row.changes:
        if each.is_regression:
            yield f"{cell}: {each.what}: {each.before} in A, {each.after} in B."


def _describe_doubt(group: GroupDiff) -> str:
    sides = (("A", group.before), ("B", group.after))
    unproven = [name for name, side in sides if side.is_unproven]
    disturbed = [name for name, side in sides if side.is_disturbed]
    sentences = []
    if disturbed:
        runs = join_words(disturbed, conjunction="and")
        sentences.append(
            f"Cannot tell: something else used the machine during {runs}, so no change "
            "of a step time is judged. Repeat on an idle machine."
        )
    if unproven:
        runs = join_words(unproven, conjunction="and")
        sentences.append(
            f"Unproven: the control's interval excludes 1 in {runs}. Two workers of "
            "the same variant differ by that much there."
        )
    return " ".join(sentences)


def _describe_resolution(found: Diff, group: GroupDiff) -> str:
    """Return the smallest change that would have been significant, by variant."""
    claims = sum(is_known(row.p) for row in found.rows)
    widths = sorted(
        minimum_detectable_change(row.judged, claims=claims)
        for row in group.rows
        if is_known(row.p)
    )
    if not widths:
        reason = _explain_no_interval(found, group)
        return f"Smallest significant change: unknown; {reason}."
    least, most = (format_percent(width, digits=2) for width in (widths[0], widths[-1]))
    span = least if least == most else f"{least} to {most}, by variant"
    return f"Smallest significant change: {span}. Smaller changes may be missed."


def _explain_no_interval(found: Diff, group: GroupDiff) -> str:
    """Return why no change in a group has an interval."""
    rows = [row for row in group.rows if is_known(row.judged.factor.estimate)]
    if not rows:
        if found.absolute:
            return "no cell was timed in both runs"
        return f"no other cell has a ratio to {group.after.baseline} in both runs"
    before, after = max(row.launches for row in rows)
    if min(before, after) < MIN_LAUNCHES:
        return (
            f"an interval requires at least {MIN_LAUNCHES} launches in each run; "
            f"A has {before}, B has {after}"
        )
    return "the launches of each run are all equal"


def _describe_drift(group: GroupDiff) -> Iterator[str]:
    for row in group.rows:
        if row.after.is_baseline and is_known(row.step.factor.estimate):
            yield (
                f"The step time of the baseline {row.after.variant} changed by "
                f"{format_change(row.step)}. This includes the drift of the machine "
                "and is not judged."
            )


def _describe_noise(group: GroupDiff) -> Iterator[str]:
    control = group.control
    if control and is_known(control.ratio.factor.estimate):
        yield (
            "The ratio of the control, a second worker of the baseline, changed by "
            f"{format_change(control.ratio)}: this is the noise floor."
        )
