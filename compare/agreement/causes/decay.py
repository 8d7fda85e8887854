"""Mistakes in weight decay: its size, the parameters that it applies to, its place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from compare.agreement.causes.evidence import gradient_key
from compare.agreement.causes.fitting import fit_factor, flatten, received_gradients
from compare.agreement.causes.simulation import Mistake
from compare.contract import parameter_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from compare.agreement.causes.evidence import Evidence
    from compare.agreement.causes.simulation import Step
    from compare.contract import Array, Snapshot

    Decay = Callable[[str, Array], float]  # of a parameter with this name
    Scope = Callable[[Array], bool]

TOLERANCE = 0.01  # of a fitted weight decay, relative to the usual one


def decay_mistakes(evidence: Evidence) -> Iterator[Mistake]:
    """Return the steps with another weight decay."""
    if not evidence.is_plain:
        return
    if evidence.workload.optimizer.weight_decay:
        yield from _list_scopes(evidence)
        yield from _list_places(evidence)
    for title, is_meant in SCOPES.items():
        yield from _list_sizes(evidence, title, is_meant)


def _is_any(_: Array) -> bool:
    return True


def _is_vector(array: Array) -> bool:
    return array.ndim == 1


def _is_weight(array: Array) -> bool:
    return array.ndim > 1


SCOPES: dict[str, Scope] = {
    "": _is_any,
    "biases": _is_vector,
    "weights": _is_weight,
}


def _list_scopes(evidence: Evidence) -> Iterator[Mistake]:
    """Yield weight decay of some parameters only, or of none."""
    usual = evidence.workload.optimizer.weight_decay
    yield _decayed(
        "weight_decay_left_out", "no weight decay was applied", lambda _, __: 0.0
    )
    for title, is_meant in SCOPES.items():
        if title and _select(evidence, is_meant):
            yield _decayed(
                "weight_decay_scope",
                f"weight decay applies to {title} only",
                partial(_choose, is_meant=is_meant, inside=usual, outside=0.0),
            )


def _list_places(evidence: Evidence) -> Iterator[Mistake]:
    """Yield weight decay of the usual size in another place."""
    optimizer = evidence.workload.optimizer
    usual = optimizer.weight_decay
    yield _decayed(
        "weight_decay_coupling",
        "weight decay is not multiplied by the learning rate",
        lambda _, __: usual / optimizer.learning_rate,
    )
    for words, left in (("", 0.0), (", and applied again by the update", usual)):
        yield Mistake(
            name="weight_decay_in_gradient",
            explanation=f"weight decay is part of the gradients{words}",
            run=partial(_run_in_gradient, decay=usual, left=left),
        )


def _list_sizes(evidence: Evidence, title: str, is_meant: Scope) -> Iterator[Mistake]:
    """Yield weight decay and a penalty in the loss, of the size that fits."""
    usual = evidence.workload.optimizer.weight_decay
    size = _fit_size(evidence, is_meant)
    if size is None:
        return
    of_which = f" of {title}" if title else ""
    yield _decayed(
        "weight_decay",
        f"weight decay{of_which} is {size:.6g}, not {usual:.6g}",
        partial(_choose, is_meant=is_meant, inside=size, outside=usual),
    )
    penalty = _fit_penalty(evidence, is_meant, otherwise=size - usual)
    yield Mistake(
        name="weight_decay",
        explanation=f"a penalty on parameters{of_which} of {penalty:.6g} is part "
        "of the loss",
        run=partial(_run_penalty, is_meant=is_meant, size=penalty),
    )


def _fit_size(evidence: Evidence, is_meant: Scope) -> float | None:
    """Return the weight decay that fits the update; ``None`` if it is tried anyway."""
    optimizer = evidence.workload.optimizer
    usual, rate = optimizer.weight_decay, optimizer.learning_rate
    meant = _select(evidence, is_meant)
    if not meant:
        return None
    state = flatten(evidence.state[n] for n in meant)
    size = usual + fit_factor(_excess(evidence, meant, parameter_key), -rate * state)
    near = TOLERANCE * usual
    is_known = any(abs(size - v) <= near for v in (0.0, usual, usual / rate))
    return size if np.isfinite(size) and not is_known else None


def _fit_penalty(evidence: Evidence, is_meant: Scope, *, otherwise: float) -> float:
    """Return the penalty that fits the gradients, `otherwise` if there are none.

    The update multiplies a penalty by the learning rate. A fit of the parameters
    divides their rounding errors by it: the loss would differ by more than rounding.
    """
    if not received_gradients(evidence):
        return otherwise
    meant = _select(evidence, is_meant)
    state = flatten(evidence.state[n] for n in meant)
    return fit_factor(_excess(evidence, meant, gradient_key), state)


def _excess(evidence: Evidence, names: list[str], key: Callable[[str], str]) -> Array:
    """Return received minus expected values of some parameters or gradients."""
    return flatten(evidence.received[key(n)] - evidence.expected[key(n)] for n in names)


def _select(evidence: Evidence, is_meant: Scope) -> list[str]:
    """Return the names of parameters of a scope; empty if it is all, but not meant."""
    meant = [name for name, p in evidence.state.items() if is_meant(p)]
    is_part = len(meant) < len(evidence.state)
    return meant if is_part or is_meant is _is_any else []


def _decayed(name: str, explanation: str, decay: Decay) -> Mistake:
    return Mistake(
        name=name, explanation=explanation, run=partial(_run_decay, decay=decay)
    )


def _choose(
    _: str, array: Array, *, is_meant: Scope, inside: float, outside: float
) -> float:
    return inside if is_meant(array) else outside


def _run_decay(step: Step, *, decay: Decay) -> Snapshot:
    now = step.differentiate()
    return step.end(now, parameters=step.update(now.gradients, decay=decay))


def _run_penalty(step: Step, *, is_meant: Scope, size: float) -> Snapshot:
    now = step.differentiate()
    meant = {n: p for n, p in step.state.items() if is_meant(p)}
    penalty = sum(float((p * p).sum()) for p in meant.values()) * size / 2
    gradients = {
        n: g + size * meant[n] if n in meant else g for n, g in now.gradients.items()
    }
    return step.end(now, loss=now.loss + penalty, seen=gradients)


def _run_in_gradient(step: Step, *, decay: float, left: float) -> Snapshot:
    """Return the step with decay in the gradients, and the rest of it in the update."""
    now = step.differentiate()
    gradients = {n: g + decay * step.state[n] for n, g in now.gradients.items()}
    after = step.update(gradients, decay=lambda _, __: left)
    return step.end(now, seen=gradients, parameters=after)
