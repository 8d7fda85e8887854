"""Mistakes in gradients between the backward pass and the update."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from compare.agreement.causes.evidence import gradient_key
from compare.agreement.causes.fitting import (
    applied_gradients,
    expected_gradients,
    fit_factor,
    flatten,
    is_one,
    received_gradients,
)
from compare.agreement.causes.simulation import Mistake
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from compare.agreement.causes.evidence import Evidence
    from compare.agreement.causes.simulation import Step
    from compare.contract import Array, Arrays, Snapshot

    Change = Callable[[Arrays], Arrays]

TORCH_EPSILON = 1e-6  # that `clip_grad_norm_` adds to the norm


def gradient_mistakes(evidence: Evidence) -> Iterator[Mistake]:
    """Return the steps with gradients that are changed, clipped or missing."""
    is_seen = _are_gradients_wrong(evidence)
    for name, explanation, change in _list_changes(evidence, is_seen=is_seen):
        # PyTorch does not update a parameter without a gradient, not even by decay.
        can_keep = is_seen and name == "missing_gradient"
        for is_kept in (False, True) if can_keep else (False,):
            yield Mistake(
                name=name,
                explanation=explanation,
                run=partial(
                    _run_changed, change=change, is_seen=is_seen, is_kept=is_kept
                ),
            )


def _are_gradients_wrong(evidence: Evidence) -> bool:
    """Return whether gradients themselves differ, or only the update made with them."""
    received = received_gradients(evidence)
    return any(
        not evidence.is_near(received[name], g, name=gradient_key(name))
        for name, g in expected_gradients(evidence).items()
    )


def _run_changed(
    step: Step, *, change: Change, is_seen: bool, is_kept: bool
) -> Snapshot:
    """Return the step with changed gradients, in the update alone if not seen."""
    now = step.differentiate()
    changed = change(now.gradients)
    if not is_seen:
        return step.end(now, applied=changed)
    kept = [name for name, g in changed.items() if not g.any()] if is_kept else []
    return step.end(now, seen=changed, kept=kept)


def _list_changes(
    evidence: Evidence, *, is_seen: bool
) -> Iterator[tuple[str, str, Change]]:
    """Yield changes of the gradients that fit the first difference."""
    expected = expected_gradients(evidence)
    if not expected or not (is_seen or evidence.is_plain):
        return
    received = received_gradients(evidence) if is_seen else applied_gradients(evidence)
    # Without weight decay, a factor on the update is one on the learning rate, and an
    # update without a gradient keeps the parameter.
    is_distinct = is_seen or bool(evidence.workload.optimizer.weight_decay)
    for name, explanation, change in _list_factors(received, expected):
        if is_distinct or name == "negated_gradient":
            yield name, explanation, change
    yield from _list_clippings(received, expected)


def _list_factors(
    received: Arrays, expected: Arrays
) -> Iterator[tuple[str, str, Change]]:
    """Yield single gradients that are negated or zero, and a factor on all."""
    factors = {
        name: fit_factor(received[name], g) for name, g in expected.items() if g.any()
    }
    for value, title, words in (
        (-1.0, "negated_gradient", "negated"),
        (0.0, "missing_gradient", "zero"),
    ):
        names = [n for n, f in factors.items() if np.isclose(f, value, atol=1e-6)]
        if names:
            which = join_words(names, conjunction="and")
            is_ = "is" if len(names) == 1 else "are"
            yield (
                title,
                f"the gradient of {which} {is_} {words}",
                partial(_scale, factor=value, names=frozenset(names)),
            )
    common = fit_factor(flatten(received.values()), flatten(expected.values()))
    if not is_one(common) and common > 0:
        yield (
            "gradients_scaled",
            f"gradients are {common:.6g} times the expected ones",
            partial(_scale, factor=common, names=frozenset(expected)),
        )


def _scale(gradients: Arrays, *, factor: float, names: frozenset[str]) -> Arrays:
    return {n: factor * g if n in names else g for n, g in gradients.items()}


def _list_clippings(
    received: Arrays, expected: Arrays
) -> Iterator[tuple[str, str, Change]]:
    """Yield clipping by value and by norm, with the threshold that fits."""
    value = max(float(np.abs(g).max(initial=0.0)) for g in received.values())
    largest = max(float(np.abs(g).max(initial=0.0)) for g in expected.values())
    if value < largest:
        yield (
            "gradient_clipping_value",
            f"gradients are clipped to values of at most {value:.6g}",
            partial(_clip_values, most=value),
        )
    norm, usual = _norm(received), _norm(expected)
    if norm < usual:
        for epsilon in (0.0, TORCH_EPSILON):
            most = norm * (usual + epsilon) / usual
            yield (
                "gradient_clipping_norm",
                f"gradients are clipped to a norm of {most:.6g}",
                partial(_clip_norm, most=most, epsilon=epsilon),
            )
    each = max(
        (
            _norm({name: received[name]})
            for name, g in expected.items()
            if _norm({name: received[name]}) < (1 - 1e-6) * _norm({name: g})
        ),
        default=0.0,
    )
    if each and len(expected) > 1:
        yield (
            "gradient_clipping_norm",
            f"each gradient is clipped to a norm of {each:.6g}",
            partial(_clip_each, most=each),
        )


def _norm(gradients: Arrays) -> float:
    return float(np.linalg.norm(flatten(gradients.values())))


def _clip_values(gradients: Arrays, *, most: float) -> dict[str, Array]:
    return {name: np.clip(g, -most, most) for name, g in gradients.items()}


def _clip_norm(gradients: Arrays, *, most: float, epsilon: float) -> dict[str, Array]:
    factor = min(1.0, most / (_norm(gradients) + epsilon))
    return {name: factor * g for name, g in gradients.items()}


def _clip_each(gradients: Arrays, *, most: float) -> dict[str, Array]:
    return {
        name: _clip_norm({name: g}, most=most, epsilon=0.0)[name]
        for name, g in gradients.items()
    }
