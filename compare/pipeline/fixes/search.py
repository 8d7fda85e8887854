"""Try the rules of one break until a copy captures more and agrees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from compare.fixes.propose import apply_rule, propose_fixes
from compare.pipeline.fixes.places import count_places
from compare.runs.words import FixOutcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from compare.contract import BreakKind, GraphBreak
    from compare.fixes.fix import Fix, FixRule
    from compare.pipeline.fixes.places import BreakPlace
    from compare.pipeline.fixes.trial import Trial

# Failures, the most informative first.
WORST = [
    FixOutcome.CHANGES_RESULTS,
    FixOutcome.STILL_BREAKS,
    FixOutcome.DOES_NOT_RUN,
    FixOutcome.NO_RULE,
]
# A break that is gone may uncover the next: an `if` on what was a number.
MAX_STEPS = 3
MAX_TRIALS = 6  # of one break: each may compile


@dataclass(frozen=True, kw_only=True)
class FixStep:
    """One applied rule, and the line it was applied to."""

    rule: FixRule
    line: int
    text: str  # of the line
    kind: BreakKind

    def apply(self, source: str, *, variant: str) -> str | None:
        """Return another version of the file with the same change; None without."""
        lines = [
            number
            for number, text in enumerate(source.splitlines(), start=1)
            if text == self.text
        ]
        if not lines:
            return None
        nearest = min(lines, key=lambda number: abs(number - self.line))
        return apply_rule(self.rule, source, line=nearest, variant=variant)


@dataclass(frozen=True, kw_only=True)
class FoundFix:
    """The end of a search: the fixed source, or why there is none."""

    outcome: FixOutcome
    source: str = ""
    steps: tuple[FixStep, ...] = ()
    mode: str = ""  # the variant that is the fix
    explanation: str = ""


@dataclass(frozen=True, kw_only=True)
class Original:
    """A user's file, and the breaks of its model in the mode that is fixed."""

    source: str
    break_lines: frozenset[int]
    break_count: int  # of places, also in other files

    @property
    def break_texts(self) -> frozenset[str]:
        """The text of each line with a break."""
        lines = self.source.splitlines()
        return frozenset(lines[n - 1] for n in self.break_lines if 0 < n <= len(lines))


def search_fix(
    place: BreakPlace, original: Original, *, try_fix: Callable[[Fix], Trial]
) -> FoundFix:
    """Return the first fix that works; otherwise the most informative failure.

    Args:
        place: of the break.
        original: its file.
        try_fix: runs a copy.
    """
    failed, trials = FoundFix(outcome=FixOutcome.NO_RULE), 0
    left = [(replace(failed, source=original.source), place.line, place.kind)]
    while left:
        base, line, kind = left.pop(0)
        for fix in propose_fixes(
            base.source, line=line, variant=place.cell.variant, kind=kind
        ):
            if (trials := trials + 1) > MAX_TRIALS:
                return failed
            trial = try_fix(fix)
            found = judge_trial(
                add_step(base, fix, line=line, kind=kind), trial, original=original
            )
            if found.outcome is FixOutcome.WORKS:
                return found
            failed = min(failed, found, key=lambda each: WORST.index(each.outcome))
            further = find_uncovered(trial, found, original=original, file=place.file)
            if further is not None and len(found.steps) < MAX_STEPS:
                left.insert(0, (found, further.line, further.kind))
    return failed


def judge_trial(found: FoundFix, trial: Trial, *, original: Original) -> FoundFix:
    """Return a search result with the outcome of its trial.

    A fix works only if fewer places leave the graph than before.
    """
    is_better = count_places(trial.breaks) < original.break_count
    if trial.outcome is FixOutcome.WORKS and not is_better:
        reason = trial.breaks[0].reason if trial.breaks else ""
        return replace(found, outcome=FixOutcome.STILL_BREAKS, explanation=reason)
    return replace(found, outcome=trial.outcome, explanation=trial.explanation)


def add_step(base: FoundFix, fix: Fix, *, line: int, kind: BreakKind) -> FoundFix:
    """Return a search result with one more applied rule."""
    if fix.mode:
        return replace(base, mode=fix.mode)
    assert fix.rule is not None
    text = base.source.splitlines()[line - 1]
    step = FixStep(rule=fix.rule, line=line, text=text, kind=kind)
    return replace(base, source=fix.source, steps=(*base.steps, step))


def find_uncovered(
    trial: Trial, found: FoundFix, *, original: Original, file: Path
) -> GraphBreak | None:
    """Return a break of a copy at a line that is no break of the original."""
    lines = found.source.splitlines()
    for each in trial.breaks:
        is_here = Path(each.file).name == file.name and 0 < each.line <= len(lines)
        if is_here and lines[each.line - 1] not in original.break_texts:
            return each
    return None
