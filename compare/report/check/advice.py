"""What would help a model: each with its reason and the user's own line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from compare.contract import BreakKind
from compare.files import read_file
from compare.results.card import GradientVerdict, Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.results.card import Card, ModeCard
    from compare.runs.record import BreakFacts

ACTIONS = {
    BreakKind.BREAK: "leaves its graph",
    BreakKind.RETRACE: "is captured again",
    BreakKind.PYTHON_CALL: "leaves its graph",
    BreakKind.FROZEN: "holds a value of its first inputs",
    BreakKind.REFUSED: "refuses the code",
}


def list_advice(card: Card) -> Iterator[str]:
    """Yield what would help, the most important first."""
    for mode in card.modes:
        yield from _advise_on_sizes(mode)
    for mode in card.modes:
        yield from _advise_on_breaks(mode)
    for mode in card.modes:
        yield from _advise_on_recaptures(mode)
    if card.gradient is GradientVerdict.DIFFERS:
        yield (
            "Look for detach(), stop_gradient, in-place changes of .data, and custom "
            "backward functions, unless the difference is intended."
        )
    for model in card.models:
        if model.narrowed:
            yield (
                "Create tensors in the dtype of the inputs: what stays in float32 "
                "limits the check in float64."
            )


def _advise_on_sizes(mode: ModeCard) -> Iterator[str]:
    if mode.agreement.judgement is Judgement.WRONG:
        return
    if wrong := mode.wrong_sizes:
        yield (
            f"{mode.variant} is wrong on batches of {', '.join(wrong)}: something that "
            "was read from the example is a constant of its graph. Compute it from the "
            "inputs, or capture again for each size."
        )


def _advise_on_breaks(mode: ModeCard) -> Iterator[str]:
    for each in mode.breaks:
        place = f"{each.file}:{each.line}: " if each.file else ""
        hint = f" {each.hint.rstrip('.')}." if each.hint else ""
        reason = each.reason.rstrip(".")
        fix = name_fix(each, variant=mode.variant)
        does = ACTIONS[each.kind]
        yield f"{place}{mode.variant} {does}: {reason}.{hint}{fix}"


def name_fix(found: BreakFacts, *, variant: str) -> str:
    """Return the mechanical fix of a break as a sentence; empty if there is none."""
    # Only reports with breaks need a parser of Python.
    from compare.fixes.propose import propose_fixes  # noqa: PLC0415

    try:
        source = read_file(Path(found.file)).decode("utf-8") if found.file else ""
    except (OSError, UnicodeDecodeError):
        return ""  # the report is shown where the model's file is not
    fixes = propose_fixes(source, line=found.line, variant=variant, kind=found.kind)
    first = next(fixes, None)
    if first is None:
        return ""
    return f" A mechanical fix: {first.rule}; try it with --fix."


def _advise_on_recaptures(mode: ModeCard) -> Iterator[str]:
    captured = [each for each in mode.sizes if each.captures]
    if len(captured) > 1:
        seconds = max(each.first_s for each in captured)
        yield (
            f"{mode.variant} is captured again for new sizes (up to "
            f"{seconds:.1f} s each): keep the sizes few, pad to them, or mark them "
            "as dynamic."
        )
