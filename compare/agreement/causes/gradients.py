"""Mistakes in gradients between the backward pass and the update."""

from __future__ import annotations

from functools import partial
from itertools import islice
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

MOST_PARTS = 8  # into which a batch may have been split
TORCH_EPSILON = 1e-6  # that `clip_grad_norm_` adds to the norm


def gradient_mistakes(evidence: Evidence) -> Iterator[Mistake]:
    """Return the steps with gradients that are changed, missing or from elsewhere."""
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
    yield from _list_accumulations()
    yield from _list_uneven(evidence)
    yield from _list_split(evidence)


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


def _list_accumulations() -> Iterator[Mistake]:
    """Yield gradients that are kept from one call to the next."""
    yield Mistake(
        name="gradients_not_zeroed",
        explanation="gradients are not set to zero: they accumulate from call to call",
        run=_run_accumulated,
        remembers=True,
    )
    yield Mistake(
        name="stale_gradient",
        explanation="the update uses the gradients of the step before",
        run=_run_stale,
        remembers=True,
    )
    yield Mistake(
        name="update_before_backward",
        explanation="the gradients of the step before update the parameters before "
        "the forward pass",
        run=_run_updated_before,
        remembers=True,
    )


def _run_accumulated(step: Step) -> Snapshot:
    now = step.differentiate()
    before = step.kept.get("sums")
    sums = {n: g + before[n] if before else g for n, g in now.gradients.items()}
    step.kept["sums"] = sums
    return step.end(now, seen=sums)


def _run_stale(step: Step) -> Snapshot:
    now = step.differentiate()
    before = step.kept.get("before", now.gradients)
    step.kept["before"] = now.gradients
    return step.end(now, applied=before)


def _run_updated_before(step: Step) -> Snapshot:
    before = step.kept.get("before")
    state = step.state if before is None else step.end_state(before)
    now = step.differentiate(state=state)
    step.kept["before"] = now.gradients
    return step.end(now, parameters=state)


def _list_uneven(evidence: Evidence) -> Iterator[Mistake]:
    """Yield a mean that is divided by the size of a whole batch, in an uneven one."""
    first_epoch = evidence.workload.batches(evidence.dtype)
    sizes = {len(batch["targets"]) for batch in islice(first_epoch, 64)}
    if len(sizes) < 2:  # noqa: PLR2004 - all batches have the same size
        return
    for is_loss, words in ((True, "the loss and its gradients"), (False, "gradients")):
        for power, how in ((1, "too small"), (-1, "too large")):
            yield Mistake(
                name="last_batch_scaled",
                explanation=f"{words} of an uneven batch are {how} by the ratio of "
                "its size to that of a whole batch",
                run=partial(
                    _run_uneven, whole=max(sizes), power=power, is_loss=is_loss
                ),
            )


def _run_uneven(step: Step, *, whole: int, power: int, is_loss: bool) -> Snapshot:
    now = step.differentiate()
    factor = (len(step.batch["targets"]) / whole) ** power
    scaled = {name: factor * g for name, g in now.gradients.items()}
    return step.end(now, loss=factor * now.loss if is_loss else None, seen=scaled)


def _list_split(evidence: Evidence) -> Iterator[Mistake]:
    """Yield the mean over micro-batches of unequal size, all with the same weight."""
    if evidence.workload.loss == "sum_of_squares" or evidence.first is None:
        return
    samples = len(evidence.batch(evidence.first.expected.step)["targets"])
    sizes = {-(-samples // parts) for parts in range(2, MOST_PARTS + 1)}
    sizes |= {samples // parts + 1 for parts in range(2, MOST_PARTS + 1)}
    sizes |= {2**power for power in range(samples.bit_length())}
    for size in sorted(s for s in sizes if 1 < s < samples and samples % s):
        for is_loss in (True, False):
            yield Mistake(
                name="micro_batches",
                explanation=f"micro-batches of {size} samples, the last one smaller, "
                "are averaged with equal weights",
                run=partial(_run_split, size=size, is_loss=is_loss),
            )


def _run_split(step: Step, *, size: int, is_loss: bool) -> Snapshot:
    samples = len(step.batch["targets"])
    parts = [
        step.differentiate(
            batch={name: a[start : start + size] for name, a in step.batch.items()}
        )
        for start in range(0, samples, size)
    ]
    gradients = {
        name: np.asarray(sum(part.gradients[name] for part in parts) / len(parts))
        for name in step.state
    }
    loss = np.asarray(sum(part.loss for part in parts) / len(parts))
    now = parts[0] if is_loss else step.differentiate()
    return step.end(now, loss=loss if is_loss else None, seen=gradients)
