"""Mistakes in the update: its rate, momentum, order and scope."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from compare.agreement.causes.fitting import (
    expected_moves,
    fit_factor,
    flatten,
    is_one,
    received_moves,
)
from compare.agreement.causes.simulation import Mistake
from compare.contract import Snapshot, parameter_key
from compare.runs.words import Check
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.agreement.causes.evidence import Evidence
    from compare.agreement.causes.simulation import Step


def update_mistakes(evidence: Evidence) -> Iterator[Mistake]:
    """Return the steps with another update."""
    yield Mistake(
        name="loss_after_update",
        explanation="the loss is computed after the update",
        run=_run_loss_after,
    )
    yield Mistake(
        name="optimizer_not_reset",
        explanation="the optimizer's state was not reset when the parameters were "
        "loaded",
        run=lambda step: step.end(step.differentiate()),
        keeps_memory=True,
    )
    yield from _find_frozen(evidence)
    if evidence.is_plain:
        yield from _find_rate(evidence)
        yield from _find_momentum(evidence)


def _run_loss_after(step: Step) -> Snapshot:
    now = step.differentiate()
    after = step.differentiate(state=step.end_state(now.gradients))
    return step.end(now, loss=after.loss)


def _find_frozen(evidence: Evidence) -> Iterator[Mistake]:
    """Yield the parameters that the first differing step left as they were."""
    moves = expected_moves(evidence)
    names = [
        name
        for name, p in evidence.state.items()
        if moves[name].any()
        and np.array_equal(evidence.received[parameter_key(name)], p)
    ]
    if names:
        verb = "is" if len(names) == 1 else "are"
        which = join_words(names, conjunction="and")
        yield Mistake(
            name="frozen_parameter",
            explanation=f"{which} {verb} never updated",
            run=partial(_run_frozen, names=frozenset(names)),
        )


def _run_frozen(step: Step, *, names: frozenset[str]) -> Snapshot:
    now = step.differentiate()
    after = step.end(now)
    kept = {name: step.state[name] for name in names}
    parameters = {**after.parameters, **kept}
    return step.end(now, parameters=parameters)


def _find_rate(evidence: Evidence) -> Iterator[Mistake]:
    """Yield another learning rate, from the start or from a step of a trajectory."""
    factor = fit_factor(
        flatten(received_moves(evidence).values()),
        flatten(expected_moves(evidence).values()),
    )
    if evidence.first is None or is_one(factor) or not np.isfinite(factor):
        return
    is_late = evidence.first.expected.check is Check.TRAJECTORY
    number = evidence.first.expected.step
    since = f"from step {number} of a trajectory on, " * is_late
    yield Mistake(
        name="learning_rate",
        explanation=f"{since}the learning rate is {factor:.6g} times the requested one",
        run=partial(_run_rate, factor=factor, late=number if is_late else None),
    )


def _run_rate(step: Step, *, factor: float, late: int | None) -> Snapshot:
    now = step.differentiate()
    if late is not None and not (step.in_trajectory and step.number >= late):
        return step.end(now)
    return step.end(now, parameters=step.update(now.gradients, rate=factor))


def _find_momentum(evidence: Evidence) -> Iterator[Mistake]:
    """Yield momentum, with the factor that fits the first difference.

    Plain momentum shows in the second step, after which the velocity is the move
    before; Nesterov's shows in the first one as well. PyTorch adds weight decay to the
    velocity, Keras does not.
    """
    has_decay = bool(evidence.workload.optimizer.weight_decay)
    for title, is_nesterov in (("momentum", False), ("Nesterov momentum", True)):
        for is_coupled in (True, False) if has_decay else (True,):
            factor = _fit_momentum(
                evidence, is_nesterov=is_nesterov, is_coupled=is_coupled
            )
            if 0 < factor < 1:
                yield Mistake(
                    name="momentum",
                    explanation=f"{title} of {factor:.6g} is used",
                    run=partial(
                        _run_momentum,
                        factor=factor,
                        is_nesterov=is_nesterov,
                        is_coupled=is_coupled,
                    ),
                )


def _fit_momentum(evidence: Evidence, *, is_nesterov: bool, is_coupled: bool) -> float:
    optimizer = evidence.workload.optimizer
    usual = flatten(expected_moves(evidence).values())
    excess = flatten(received_moves(evidence).values()) - usual
    states, before = evidence.states[-2:], usual
    if not is_nesterov and evidence.moves_before:
        before = flatten(evidence.moves_before.values())
    if not is_coupled:
        decayed = optimizer.learning_rate * optimizer.weight_decay
        earlier = states[-1] if is_nesterov else states[0]
        before = before + decayed * flatten(earlier.values())
    return fit_factor(excess, before)


def _run_momentum(
    step: Step, *, factor: float, is_nesterov: bool, is_coupled: bool
) -> Snapshot:
    now = step.differentiate()
    decay = step.evidence.workload.optimizer.weight_decay * is_coupled
    whole = {n: g + decay * step.state[n] for n, g in now.gradients.items()}
    velocity = {
        n: factor * step.memory[n] + g if step.memory else g for n, g in whole.items()
    }
    used = velocity
    if is_nesterov:
        used = {n: whole[n] + factor * v for n, v in velocity.items()}
    after = step.update(used, decay=(lambda _, __: 0.0) if is_coupled else None)
    return Snapshot(
        loss=now.loss, gradients=now.gradients, parameters=after, memory=velocity
    )
