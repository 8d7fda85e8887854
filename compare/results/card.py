"""The card of a user's model: everything that a check found, in one structure.

It is printed, shown in the page, and written as JSON. Its schema is published as
``compare/schemas/card.schema.json``.
"""

from __future__ import annotations

from enum import StrEnum
from math import inf, isfinite, isnan
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from compare.contract import Quantity, TensorKind
from compare.numerics.tolerance import is_clearly_wrong
from compare.pipeline.check.evidence import script_path
from compare.pipeline.context import PROOF
from compare.results.findings import select_compared
from compare.results.joining import group_cells
from compare.runs.record import (  # noqa: TC001 - msgspec reads the annotations
    BreakFacts,
    DerivativeFacts,
    Examined,
    SizeFacts,
    TargetFacts,
)
from compare.runs.words import Check, Inputs, Verdict

if TYPE_CHECKING:
    import pandas as pd

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.folder import Run
    from compare.runs.rows import TimingRow

CARD_VERSION = 1
# Errors of a variant that are half as large as those of eager are nearer to the truth.
NEARER = 0.5
# A difference quotient that is uncertain by more than this share decides nothing.
DECIDABLE, DERIVATIVE_TOLERANCE = 0.01, 1e-6


class Judgement(StrEnum):
    """What a difference between a variant and the float64 step is."""

    ROUNDING = "rounding"
    NEARER = "nearer to the truth than eager"
    ILL_CONDITIONED = "ill-conditioned here"
    WRONG = "wrong"
    WRONG_SIZES = "wrong on other sizes"
    NOT_CHECKED = "not checked"


class GradientVerdict(StrEnum):
    """Whether the gradient is the derivative of the loss."""

    CORRECT = "correct"
    DIFFERS = "differs from the derivative of the loss"
    UNDECIDED = "undecided"
    NOT_CHECKED = "not checked"


class CardPart(msgspec.Struct, kw_only=True):
    """Base class of the parts of a card."""


class CaptureFacts(CardPart, kw_only=True):
    """How much of a step is in a graph."""

    captured: str
    declared: str
    as_declared: bool
    graphs: int | None = None
    graph_breaks: int | None = None
    recaptures: int | None = None  # in steady state


class AgreementFacts(CardPart, kw_only=True):
    """Whether a mode computes what the float64 step computes."""

    judgement: Judgement
    largest_share: float | None = None  # of a tolerance
    at: str = ""  # the tensor with that share
    ill_conditioned: list[str] = []  # tensors that rounding alone may change wholly
    error_to_eager: float | None = None  # median ratio of errors
    first_difference: str = ""
    # The first layer beyond its bound, in the order of computation; empty if none is.
    first_layer: str = ""
    script: str = ""  # that shows it, in the folder of the run


class SpeedFacts(CardPart, kw_only=True):
    """The time of a step relative to eager."""

    verdict: str
    ratio: float
    low: float | None
    high: float | None
    step_s: float
    first_call_s: float | None = None
    # Steps after which the mode has cost less in total; None: never, or unknown.
    pays_back_steps: float | None = None
    pays_back_low: float | None = None
    pays_back_high: float | None = None
    pays_back_s: float | None = None  # the duration of this many steps
    never_pays_back: bool = False


class ModeCard(CardPart, kw_only=True):
    """One mode of a model."""

    variant: str
    status: str
    reason: str = ""
    capture: CaptureFacts
    agreement: AgreementFacts
    speed: SpeedFacts | None = None
    sizes: list[SizeFacts] = []
    breaks: list[BreakFacts] = []

    @property
    def wrong_sizes(self) -> list[str]:
        """The sizes at which the loss is wrong, as examples x length."""
        return [each.text for each in self.sizes if each.agrees is False]


class Card(CardPart, kw_only=True):
    """The card of one model."""

    version: int = CARD_VERSION
    run_id: str
    label: str
    baseline: str
    device: str
    dtype: str
    models: list[TargetFacts]
    gradient: GradientVerdict
    derivatives: list[DerivativeFacts]
    wrong_gradient: str = ""  # the first one, in the order of computation
    control_ratio: float | None = None  # of a second process of the baseline
    unproven: bool = False
    disturbed: bool = False
    modes: list[ModeCard]


def build_cards(run: Run) -> list[Card]:
    """Return the card of every model of a run; empty for a run of workloads."""
    if not run.record.targets:  # joining the tables takes long
        return []
    groups = [g for g in group_cells(run) if g.workload in run.record.targets]
    return [build_card(run, group) for group in groups]


def build_card(run: Run, group: CellGroup) -> Card:
    """Return the card of one model."""
    record = run.record
    derivatives = record.derivatives.get(group.workload, [])
    eager = next((line for line in group.lines if line.is_baseline), None)
    control = group.control.timing if group.control else None
    return Card(
        run_id=record.run_id,
        label=group.workload,
        baseline=group.baseline,
        device=group.device,
        dtype=group.dtype,
        models=record.targets[group.workload],
        gradient=judge_gradient(derivatives),
        derivatives=derivatives,
        wrong_gradient=name_wrong_gradient(derivatives),
        control_ratio=_finite(control.ratio) if control else None,
        unproven=group.is_unproven,
        disturbed=group.is_disturbed,
        modes=[_build_mode(run, line, eager=eager) for line in group.lines],
    )


def judge_gradient(derivatives: list[DerivativeFacts]) -> GradientVerdict:
    """Return whether computed derivatives are those of the differences."""
    if not derivatives:
        return GradientVerdict.NOT_CHECKED
    verdicts = [_judge_derivative(each) for each in derivatives if not each.tensor]
    if GradientVerdict.DIFFERS in verdicts:
        return GradientVerdict.DIFFERS
    decided = GradientVerdict.CORRECT in verdicts
    return GradientVerdict.CORRECT if decided else GradientVerdict.UNDECIDED


def _judge_derivative(found: DerivativeFacts) -> GradientVerdict:
    scale = max(abs(found.computed), abs(found.differences))
    error = abs(found.computed - found.differences)
    if not error <= inf or isnan(found.uncertainty):
        return GradientVerdict.UNDECIDED
    if error <= 2 * found.uncertainty + DERIVATIVE_TOLERANCE * scale:
        small = found.uncertainty <= DECIDABLE * scale
        return GradientVerdict.CORRECT if small else GradientVerdict.UNDECIDED
    return (
        GradientVerdict.DIFFERS
        if is_clearly_wrong(found)
        else GradientVerdict.UNDECIDED
    )


def _build_mode(run: Run, line: CellResult, *, eager: CellResult | None) -> ModeCard:
    examined = _find_examined(run, line)
    agreement = _add_script(run, line, judge_agreement(line, eager=eager))
    sizes = examined.sizes if examined else []
    is_wrong = agreement.judgement is Judgement.WRONG
    if not is_wrong and any(each.agrees is False for each in sizes):
        agreement.judgement = Judgement.WRONG_SIZES
    return ModeCard(
        variant=line.variant,
        status=line.state,
        reason=line.reason,
        capture=_build_capture(run, line),
        agreement=agreement,
        speed=_build_speed(line.timing) if line.timing else None,
        sizes=sizes,
        breaks=examined.breaks if examined else [],
    )


def _find_examined(run: Run, line: CellResult) -> Examined | None:
    return next(
        (
            each
            for each in run.record.examined
            if (each.workload, each.variant) == (line.cell.workload, line.variant)
        ),
        None,
    )


def _build_capture(run: Run, line: CellResult) -> CaptureFacts:
    starts = [
        each
        for each in run.record.starts
        if (each.workload, each.framework, each.mode)
        == (line.cell.workload, line.cell.framework, line.cell.mode)
    ]
    verdict = line.cell.capture_verdict
    return CaptureFacts(
        captured=line.captures,
        declared=line.cell.declared,
        as_declared=not verdict.is_problem and not line.is_missing,
        graphs=max((each.captures_count for each in starts), default=None),
        graph_breaks=line.cell.graph_breaks,
        recaptures=max((each.recaptures for each in starts), default=None),
    )


def _add_script(run: Run, line: CellResult, facts: AgreementFacts) -> AgreementFacts:
    path = script_path(line.cell)
    if facts.judgement is Judgement.WRONG and (run.folder / path).exists():
        facts.script = str(path)
    return facts


def judge_agreement(line: CellResult, *, eager: CellResult | None) -> AgreementFacts:
    """Return what the differences of a variant are, with the tensors that show it."""
    found = line.agreement
    if found is None or not found.counts:
        return AgreementFacts(judgement=Judgement.NOT_CHECKED)
    facts = AgreementFacts(judgement=Judgement.ROUNDING)
    if found.worst is not None:
        facts.largest_share = _finite(found.worst.fraction)
        facts.at = found.worst.position
    own = select_steps(found.checks, dtype=found.dtype)
    undecided = own[own["verdict"] == Verdict.UNDECIDED]
    facts.ill_conditioned = [str(q) for q in undecided["quantity"].drop_duplicates()]
    if eager is not None and eager.agreement is not None and eager is not line:
        other = select_steps(eager.agreement.checks, dtype=found.dtype)
        facts.error_to_eager = compare_errors(own, other)
    if found.agrees is False:
        facts.judgement = Judgement.WRONG
        facts.first_difference = line.cell.disagreement
        facts.first_layer = name_first_layer(line)
    elif found.agrees is None:
        facts.judgement = Judgement.ILL_CONDITIONED
    elif facts.error_to_eager is not None and facts.error_to_eager <= NEARER:
        facts.judgement = Judgement.NEARER
    return facts


def name_first_layer(line: CellResult) -> str:
    """Return where the first difference of a variant is, in the order of computation.

    A layer whose output differs, or the layer of the first wrong gradient or parameter;
    otherwise the kind of tensor, such as the loss.
    """
    proof = [each for each in line.differences if each.dtype == PROOF]
    first = next(iter([*proof, *line.differences]), None)
    return name_layer(first.quantity) if first is not None else ""


def name_layer(quantity: str) -> str:
    """Return the layer of a tensor in text form; its kind if it belongs to none."""
    parsed = Quantity.parse(quantity)
    if parsed.kind in (TensorKind.GRADIENT, TensorKind.PARAMETER):
        return parsed.name.rpartition(".")[0] or parsed.name
    return parsed.name or str(parsed.kind)


def name_wrong_gradient(derivatives: list[DerivativeFacts]) -> str:
    """Return the parameter of the first gradient that is no derivative of the loss."""
    wrong = (
        each.tensor
        for each in derivatives
        if each.tensor and _judge_derivative(each) is GradientVerdict.DIFFERS
    )
    return next(wrong, "")


def select_steps(checks: pd.DataFrame, *, dtype: str) -> pd.DataFrame:
    """Return the comparisons of single steps with the reference in a dtype."""
    chosen = select_compared(checks)
    is_step = (chosen["check"] == Check.STEP) & (chosen["dtype"] == dtype)
    return chosen[is_step & (chosen["inputs"] == Inputs.WORKLOAD)]


def compare_errors(own: pd.DataFrame, eager: pd.DataFrame) -> float | None:
    """Return the median ratio of a variant's errors to those of eager.

    Only tensors in which eager has an error of at least a floor are compared.
    """
    key = ["step", "quantity"]
    joined = own.merge(eager, on=key, suffixes=("", "_eager"))
    kept = joined[(joined["max_abs_error_eager"] > 0) & (joined["floors_eager"] >= 1)]
    if kept.empty:
        return None
    ratios = kept["max_abs_error"] / kept["max_abs_error_eager"]
    return float(np.median(ratios))


def _build_speed(timing: TimingRow) -> SpeedFacts:
    steps, step_s = timing.break_even_steps, timing.step_time_ns / 1e9
    return SpeedFacts(
        verdict=timing.verdict,
        ratio=timing.ratio,
        low=_finite(timing.ratio_low),
        high=_finite(timing.ratio_high),
        step_s=step_s,
        first_call_s=_finite(timing.first_call_cold_s),
        pays_back_steps=_finite(steps),
        pays_back_low=_finite(timing.break_even_low),
        pays_back_high=_finite(timing.break_even_high),
        pays_back_s=_finite(steps * step_s),
        never_pays_back=steps == inf,
    )


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None


def encode_card(card: Card) -> bytes:
    """Return a card as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n"
