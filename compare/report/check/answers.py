"""The six questions of `graph-compare check`, answered from the card of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.contract import Captures
from compare.render.format import (
    format_factor,
    format_nanoseconds,
    format_number,
    format_ratio,
    format_seconds,
)
from compare.report.check.advice import list_advice
from compare.report.check.fixes import list_fix_sentences
from compare.report.run.answer import Answer
from compare.report.timing.break_even import Outcome, describe_break_even
from compare.results.card import Card, GradientVerdict, Judgement, ModeCard, build_card
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.results.cells import CellGroup
    from compare.runs.folder import Run
    from compare.runs.record import TargetFacts

MAX_TENSORS = 3  # named in a sentence
NS = 1e9


def list_card_answers(run: Run, groups: Sequence[CellGroup]) -> Iterator[Answer]:
    """Yield the answers of every model of a run."""
    for group in groups:
        if group.workload not in run.record.targets:
            continue
        card = build_card(run, group)
        yield Answer(question="What was checked?", sentences=_describe_models(card))
        yield Answer(question="Captured?", sentences=_describe_captures(card))
        yield Answer(question="Does it agree?", sentences=_describe_agreement(card))
        if any(mode.speed for mode in card.modes):
            yield Answer(question="Is it faster?", sentences=_describe_speed(card))
            yield Answer(
                question="Does it pay back?", sentences=_describe_payback(group)
            )
        yield Answer(question="Is it stable?", sentences=_describe_sizes(card))
        if fixes := tuple(list_fix_sentences(run.record, group.workload)):
            yield Answer(question="What does each fix gain?", sentences=fixes)
        if advice := tuple(list_advice(card)):
            yield Answer(question="What would help?", sentences=advice)


def _describe_models(card: Card) -> tuple[str, ...]:
    return tuple(_describe_model(model) for model in card.models)


def _describe_model(model: TargetFacts) -> str:
    inputs = join_words(model.inputs, conjunction="and")
    found = f", found from {model.found_by}" if model.found_by else ""
    first = (
        f"{model.source} ({model.framework}) on {inputs}{found}; loss {model.loss} of "
        f"{join_words(model.outputs, conjunction='and')}; "
        f"{format_count(model.trained, 'trained parameter')}, "
        f"{format_count(model.buffers, 'buffer')}."
    )
    parts = [first]
    if model.frozen:
        parts.append(f"Not trained: {_name(model.frozen)}.")
    if model.tied:
        parts.append(f"Tied to others: {_name(model.tied)}.")
    if model.narrowed:
        parts.append(f"Not widened to float64: {_name(model.narrowed)}.")
    if model.is_random:
        parts.append("It draws random numbers; each step draws the same in every mode.")
    if model.shortened:
        parts.append(model.shortened)
    if model.reference:
        parts.append(f"Compared with the NumPy reference of {model.reference}.")
    return " ".join(parts)


def _describe_captures(card: Card) -> tuple[str, ...]:
    return tuple(_describe_capture(mode) for mode in _captured_modes(card))


def _captured_modes(card: Card) -> Iterator[ModeCard]:
    return (mode for mode in card.modes if mode.capture.declared != Captures.NONE)


def _describe_capture(mode: ModeCard) -> str:
    if mode.reason:
        return f"{mode.variant}: {mode.status}: {mode.reason}"
    capture = mode.capture
    counts = [
        format_count(number, noun)
        for number, noun in (
            (capture.graphs, "capture"),
            (capture.graph_breaks, "graph break"),
            (capture.recaptures, "recapture"),
        )
        if number is not None
    ]
    counted = f" ({', '.join(counts)})" if counts else ""
    return f"{mode.variant}: {capture.captured}{counted}."


def _describe_agreement(card: Card) -> tuple[str, ...]:
    modes = [mode for mode in card.modes if not mode.reason]
    gradient = {
        GradientVerdict.CORRECT: (
            "The gradient is the derivative of the loss, by differences along random "
            "directions in float64."
        ),
        GradientVerdict.DIFFERS: (
            "The gradient is not the derivative of the loss"
            f"{_first_in(card.wrong_gradient)}. Something detaches it, or a backward "
            "function is wrong."
        ),
        GradientVerdict.UNDECIDED: (
            "Whether the gradient is the derivative of the loss is undecided: the loss "
            "is not smooth enough here."
        ),
        GradientVerdict.NOT_CHECKED: "",
    }[card.gradient]
    shared = _shared_conditions(modes)
    found = [_describe_judgement(m, card.dtype, shared=shared) for m in modes]
    if shared:
        names = _name(shared)
        found.append(f"Ill-conditioned here, rounding alone may change it: {names}.")
    return (*found, *((gradient,) if gradient else ()))


def _shared_conditions(modes: Sequence[ModeCard]) -> list[str]:
    """Return the tensors that are ill-conditioned in every mode, if all have these."""
    found = [mode.agreement.ill_conditioned for mode in modes]
    return found[0] if found and all(each == found[0] for each in found) else []


def _first_in(tensor: str) -> str:
    return f", first in {tensor}" if tensor else ""


def _describe_judgement(mode: ModeCard, dtype: str, *, shared: Sequence[str]) -> str:
    agreement = mode.agreement
    share = agreement.largest_share
    at_most = f", at most {format_number(share)} of a tolerance" if share else ""
    match agreement.judgement:
        case Judgement.WRONG:
            where = _first_in(agreement.first_layer)
            text = f"{mode.variant}: wrong{where}. {agreement.first_difference}."
            if agreement.script:
                text += f" The script {agreement.script} in the run's folder shows it."
        case Judgement.WRONG_SIZES:
            sizes = join_words(mode.wrong_sizes, conjunction="and")
            text = f"{mode.variant}: wrong on batches of size {sizes}."
        case Judgement.NOT_CHECKED:
            text = f"{mode.variant}: not checked."
        case Judgement.NEARER:
            error = format_number(agreement.error_to_eager or 0.0)
            text = (
                f"{mode.variant}: agrees; in {dtype} nearer to the truth than eager, "
                f"with {error} times its errors (median)."
            )
        case Judgement.ILL_CONDITIONED:
            text = f"{mode.variant}: undecided: rounding alone may change every digit."
        case _:
            text = f"{mode.variant}: agrees; differences are rounding{at_most}."
    is_decided = agreement.judgement is not Judgement.ILL_CONDITIONED
    own = agreement.ill_conditioned if agreement.ill_conditioned != shared else []
    if own and is_decided:
        names = _name(own)
        text += f" Ill-conditioned here, rounding alone may change it: {names}."
    return text


def _describe_speed(card: Card) -> tuple[str, ...]:
    found = []
    for mode in card.modes:
        if (speed := mode.speed) is None:
            continue
        step = format_nanoseconds(speed.step_s * NS)
        if mode.variant == card.baseline:
            found.append(f"{mode.variant}: {step} per step.")
            continue
        ratio = format_factor(speed.ratio)
        if speed.low is not None and speed.high is not None:
            ratio = format_ratio(speed.ratio, speed.low, speed.high)
        found.append(
            f"{mode.variant}: {speed.verdict}, {ratio} "
            f"of the step time of {card.baseline}, {step} per step."
        )
    if card.control_ratio is not None:
        ratio = format_factor(card.control_ratio)
        found.append(f"A second process of {card.baseline} (the control): {ratio}.")
    return tuple(found)


def _describe_payback(group: CellGroup) -> tuple[str, ...]:
    found = []
    for line, timing in group.timed:
        if line.is_baseline:
            continue
        described = describe_break_even(timing, baseline=group.baseline_timing)
        after = ""
        if described.outcome is Outcome.REACHED and timing.break_even_steps > 0:
            seconds = timing.break_even_steps * timing.step_time_ns / NS
            after = f", which take {format_seconds(seconds)}"
        found.append(f"{line.variant}: {described.clause}{after}.")
    return tuple(found) or ("No other mode was timed.",)


def _describe_sizes(card: Card) -> tuple[str, ...]:
    return tuple(_describe_mode_sizes(mode) for mode in card.modes if mode.sizes)


def _describe_mode_sizes(mode: ModeCard) -> str:
    parts = []
    for each in mode.sizes:
        if each.reason:
            parts.append(f"batch {each.text}: {each.reason}")
            continue
        captured = (
            f"{format_count(each.captures, 'capture')}, " if each.captures else ""
        )
        wrong = ", wrong loss" if each.agrees is False else ""
        step = format_nanoseconds(each.step_s * NS)
        parts.append(f"batch {each.text}: {captured}{step}{wrong}")
    return f"{mode.variant}: {'; '.join(parts)}."


def _name(names: Sequence[str]) -> str:
    shown = list(names[:MAX_TENSORS])
    more = len(names) - len(shown)
    return join_words([*shown, f"{more} more"] if more else shown, conjunction="and")
