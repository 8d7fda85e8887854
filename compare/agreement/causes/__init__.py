"""Find the likely cause of a disagreement by testing known mistakes, one by one.

A mistake is an alternative reference: the same step with one error in it. It explains a
disagreement if it reproduces every tensor that was received in the decisive checks,
those that agree as well, within rounding. All mistakes are tried. One that explains
everything is named as the cause; several are listed.

Mistakes are the quirks of a workload (`ReferencedWorkload.respelled`) and the errors
that `MISTAKES` lists, by ingredient of the step. Each module yields them as `Mistake`:

- `batches`, `parameters`, `layers`, `losses`: what the forward pass reads and computes.
- `gradients`, `accumulation`, `updates`, `decay`: what follows the backward pass.
- `casts`: tensors in a narrower floating-point format.
- `simulation`: a session with a mistake, replayed through the checks.
- `evidence`: what was received, and whether a mistake explains it.
- `network`: the layers of a workload as parts that can be replaced.
- `fitting`: the number that a family of mistakes leaves open.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from compare import quirks
from compare.agreement.causes.accumulation import accumulation_mistakes
from compare.agreement.causes.batches import batch_mistakes
from compare.agreement.causes.casts import cast_mistakes
from compare.agreement.causes.decay import decay_mistakes
from compare.agreement.causes.evidence import FAILURES, Evidence
from compare.agreement.causes.gradients import gradient_mistakes
from compare.agreement.causes.layers import layer_mistakes
from compare.agreement.causes.losses import loss_mistakes
from compare.agreement.causes.parameters import parameter_mistakes
from compare.agreement.causes.simulation import Mistake
from compare.agreement.causes.updates import update_mistakes
from compare.numerics.einsum import matmul_einsum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.agreement.causes.simulation import Step
    from compare.contract import Reference, Snapshot

__all__ = ["Cause", "Evidence", "find_causes"]


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A mistake that reproduces everything that was received."""

    name: str
    explanation: str  # one sentence, without a full stop


def find_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Return every known mistake that explains a disagreement.

    One: it is the likely cause. Several: the checks do not distinguish them. None: no
    known mistake explains everything that was received.
    """
    if evidence.first is None:
        return ()
    found = [
        mistake
        for mistake in _list_mistakes(evidence)
        if evidence.explained_by(mistake, checks=evidence.decisive)
    ]
    if not found and evidence.differs_from_itself:
        return (NOT_REPEATABLE,)
    if len(found) > 1:
        later = evidence.further
        found = [m for m in found if evidence.explained_by(m, checks=later)] or found
        # Layer outputs are from a forward pass of their own. They only choose among
        # mistakes that explain the step itself equally well.
        found = [m for m in found if evidence.matches_activations(m)] or found
    return tuple(
        dict.fromkeys(Cause(name=m.name, explanation=m.explanation) for m in found)
    )


def _list_mistakes(evidence: Evidence) -> Iterator[Mistake]:
    """Yield the mistakes of every family that fits the workload."""
    for list_mistakes in MISTAKES:
        with suppress(*FAILURES), np.errstate(all="ignore"):
            yield from list_mistakes(evidence)


def quirk_mistakes(evidence: Evidence) -> Iterator[Mistake]:
    """Return the step in the other spelling of each quirk of the workload."""
    for name, reference in evidence.workload.respelled.items():
        yield Mistake(
            name=name,
            explanation=quirks.find_quirk(name).title,
            run=partial(_run_respelled, reference=reference),
        )


def _run_respelled(step: Step, *, reference: Reference) -> Snapshot:
    return reference(step.state, step.batch, einsum=matmul_einsum, memory=step.memory)


NOT_REPEATABLE = Cause(
    name="not_repeatable",
    explanation="the same step from the same state gives other results beyond "
    "rounding: it uses random numbers (dropout, noise) or a state that is kept",
)
MISTAKES = (
    quirk_mistakes,
    batch_mistakes,
    parameter_mistakes,
    layer_mistakes,
    loss_mistakes,
    gradient_mistakes,
    accumulation_mistakes,
    update_mistakes,
    decay_mistakes,
    cast_mistakes,
)
