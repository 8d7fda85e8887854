"""Why does a variant disagree? Each likely cause is tried out, none is guessed.

A cause is an alternative reference: the same step with one mistake in it. It is named
where what was received is what that step gives, every tensor of it, to within rounding
(an old gradient and a shared parameter are told by the loss they lead to).
The mistakes tried are the workload's quirks (`ReferencedWorkload.respelled`) and those
that any training loop can make, below; the first that explains everything wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from compare import quirks, workloads
from compare.agreement.expectation import as_float64
from compare.errors import CompareError
from compare.numerics.arrays import load_arrays
from compare.numerics.dtypes import UNIT_ROUNDOFF
from compare.numerics.einsum import matmul_einsum
from compare.numerics.tolerance import SAFETY_FACTORS
from compare.runs.words import Check
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.agreement.examine import Disagreement
    from compare.contract import (
        Array,
        Arrays,
        Batch,
        Dtype,
        Reference,
        ReferencedWorkload,
    )

OTHER_BATCHES = 20  # how many of the first batches a step may have mistaken for its own
REPEATS = (2, 3)  # steps that gradients may have gathered over
FLOAT32 = (2.0**-30, 2.0**-20)  # relative errors that float32 leaves


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A mistake that explains what was received."""

    name: str
    says: str  # one sentence


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A disagreement, and what is needed to step again with a mistake."""

    workload: ReferencedWorkload
    dtype: Dtype
    disagreement: Disagreement

    @cached_property
    def expected(self) -> Arrays:
        """What the reference computed."""
        return load_arrays(self.disagreement.expected.arrays)

    @property
    def received(self) -> Arrays:
        """What the variant computed."""
        return self.disagreement.received

    @property
    def step(self) -> int:
        """The step that disagrees."""
        return self.disagreement.expected.step

    @cached_property
    def state(self) -> Arrays:
        """The parameters that were loaded before it, or before the trajectory."""
        return as_float64(load_arrays(self.disagreement.expected.state))

    def batch(self, step: int) -> Batch:
        """The batch of a step."""
        stream = workloads.stream(self.workload, dtype=self.dtype)
        return as_float64(next(islice(stream, step, None)))

    def run(
        self,
        reference: Reference,
        *,
        state: Arrays | None = None,
        memory: Mapping[str, Array] = {},
        step: int | None = None,
    ) -> dict[str, Array]:
        """What a reference gives where the variant disagreed."""
        parameters = self.state if state is None else state
        if self.disagreement.expected.check is Check.STEP:
            batch = self.batch(self.step if step is None else step)
            now = reference(parameters, batch, einsum=matmul_einsum, memory=memory)
            return dict(now.quantities())
        stream = workloads.stream(self.workload, dtype=self.dtype)
        for batch in islice(stream, self.step + 1):
            now = reference(
                parameters, as_float64(batch), einsum=matmul_einsum, memory=memory
            )
            parameters, memory = now.parameters, now.memory
        return dict(now.quantities())

    def explained_by(self, alternative: Arrays) -> bool:
        """Whether all that was received is what an alternative step gives."""
        return all(
            self.near(received, alternative.get(name), name=name)
            for name, received in self.received.items()
            if name in self.expected
        )

    def near(self, received: Array, alternative: Any, *, name: str) -> bool:  # noqa: ANN401
        """Whether one tensor is an alternative one, but for rounding."""
        if alternative is None or received.shape != np.shape(alternative):
            return False
        with np.errstate(invalid="ignore", over="ignore"):
            error = float(np.abs(received - alternative).max(initial=0.0))
        largest = float(np.abs(alternative).max(initial=0.0))
        usual = float(np.abs(self.expected[name]).max(initial=0.0))
        growth = max(1.0, largest / usual) if usual else 1.0
        allowed = self.disagreement.expected.tolerance[name] * growth
        least = SAFETY_FACTORS[Check.STEP] * UNIT_ROUNDOFF[self.dtype] * largest
        return error <= max(allowed, least)


def likely(evidence: Evidence) -> Cause | None:
    """The first mistake that explains a disagreement; none may."""
    for cause in _causes(evidence):
        return cause
    return None


def _causes(evidence: Evidence) -> Iterator[Cause]:
    with np.errstate(all="ignore"):
        yield from _respelled(evidence)
        if evidence.disagreement.expected.check is Check.STEP:
            for pattern in PATTERNS:
                yield from pattern(evidence)
        yield from _rounded_to_float32(evidence)


def _respelled(evidence: Evidence) -> Iterator[Cause]:
    """The other spelling of a quirk."""
    for name, reference in evidence.workload.respelled.items():
        try:
            alternative = evidence.run(reference)
        except (CompareError, ArithmeticError, LookupError, TypeError, ValueError):
            continue  # of other shapes: not this one
        if evidence.explained_by(alternative):
            yield Cause(name=name, says=quirks.find_quirk(name).title)


def _another_batch(evidence: Evidence) -> Iterator[Cause]:
    """The step of another batch than its own."""
    for step in range(OTHER_BATCHES):
        if step == evidence.step:
            continue
        alternative = evidence.run(evidence.workload.reference, step=step)
        if evidence.explained_by(alternative):
            yield Cause(
                name="another_batch",
                says=f"step {evidence.step} was given the batch of step {step}",
            )


def _remembering_optimizer(evidence: Evidence) -> Iterator[Cause]:
    """An optimizer that was not put back with the parameters.

    It remembers what the check itself made it do: a snapshot takes two steps, the first
    state has two snapshots.
    """
    reference = evidence.workload.reference
    passed = evidence.disagreement.before
    history = [(each, 4 if number == 0 else 2) for number, each in enumerate(passed)]
    history.append((evidence.disagreement.expected, 1))
    memory: Arrays = {}
    for each, times in history:
        state, batch = as_float64(load_arrays(each.state)), evidence.batch(each.step)
        for _ in range(times):
            memory = reference(state, batch, einsum=matmul_einsum, memory=memory).memory
    if memory and evidence.explained_by(evidence.run(reference, memory=memory)):
        yield Cause(
            name="optimizer_not_reset",
            says="the optimizer remembers steps from before the parameters were loaded",
        )


def _early_update(evidence: Evidence) -> Iterator[Cause]:
    """Parameters moved by an older gradient before the forward pass."""
    if "." in evidence.workload.optimizer.name:  # has rates of its own
        return
    if _loss_agrees(evidence):
        return
    rate, decay = _rates(evidence)
    gradients = [evidence.expected] + [
        load_arrays(passed.arrays) for passed in evidence.disagreement.before
    ]
    for gradient in gradients:
        moved = {
            name: p - rate * (gradient[f"gradient:{name}"] + decay * p)
            for name, p in evidence.state.items()
        }
        alternative = evidence.run(evidence.workload.reference, state=moved)
        after = {
            name: p - rate * (evidence.received[f"gradient:{name}"] + decay * p)
            for name, p in evidence.state.items()
        }
        held = all(
            evidence.near(evidence.received[f"parameter:{n}"], a, name=f"parameter:{n}")
            for n, a in after.items()
        )
        loss = evidence.received["loss"]
        if held and evidence.near(loss, alternative["loss"], name="loss"):
            yield Cause(
                name="update_before_backward",
                says="the parameters were updated with an older gradient before the "
                "forward pass",
            )


def _scaled_gradients(evidence: Evidence) -> Iterator[Cause]:
    """Every gradient, and perhaps the loss, times one factor."""
    factors = {
        name: _factor(evidence.received[name], evidence.expected[name])
        for name in evidence.received
        if name.startswith("gradient:") and evidence.expected[name].any()
    }
    fits = all(
        evidence.near(
            evidence.received[name], factor * evidence.expected[name], name=name
        )
        for name, factor in factors.items()
    )
    if not fits:
        return
    changed = {n: f for n, f in factors.items() if not np.isclose(f, 1, rtol=1e-4)}
    if not changed:
        return
    common = float(np.median(list(factors.values())))
    if len(changed) < len(factors) or len(factors) == 1:
        for name, factor in changed.items():
            if np.isclose(factor, -1):
                yield Cause(name="negated_gradient", says=f"{name} is negated")
            if np.isclose(factor, 0, atol=1e-9):
                yield Cause(name="missing_gradient", says=f"{name} is zero")
    if all(np.isclose(f, common, rtol=1e-4) for f in factors.values()):
        of_loss = _factor(evidence.received["loss"], evidence.expected["loss"])
        if np.isclose(of_loss, common, rtol=1e-4):
            yield Cause(
                name="loss_reduction",
                says=f"loss and gradients are {common:.6g} times what was expected: "
                + (
                    "a sum where a mean belongs"
                    if common > 1
                    else "a mean where a sum belongs, or over more axes"
                ),
            )
        elif np.isclose(common, round(common), rtol=1e-4) and common > 1:
            yield Cause(
                name="gradients_not_zeroed",
                says=f"gradients are {round(common)} times what was expected: they "
                "gather from call to call",
            )


def _wrong_update(evidence: Evidence) -> Iterator[Cause]:
    """Loss and gradients agree, updated parameters do not."""
    if "." in evidence.workload.optimizer.name:  # has rates of its own
        return
    disagreeing = [
        name
        for name, array in evidence.received.items()
        if name in evidence.expected
        and not evidence.near(array, evidence.expected[name], name=name)
    ]
    wrong = [n.removeprefix("parameter:") for n in disagreeing]
    if not wrong or not all(name in evidence.state for name in wrong):
        return
    rate, decay = _rates(evidence)
    if decay and _follows(evidence, rate=rate, decay=0.0):
        yield Cause(name="weight_decay_left_out", says="no weight decay was applied")
    for times in REPEATS:
        if _follows(evidence, rate=rate, decay=decay, times=times):
            yield Cause(
                name="gradients_not_zeroed",
                says=f"the update followed {times} times the gradient: gradients "
                f"gather from call to call, or the learning rate is {times} times too "
                "large",
            )
    received = {name: evidence.received[f"parameter:{name}"] for name in wrong}
    if all(np.array_equal(received[name], evidence.state[name]) for name in wrong):
        names = join_words(wrong, conjunction="and")
        yield Cause(name="frozen_parameter", says=f"nothing moves {names}")
    name, state = wrong[0], evidence.state[wrong[0]]
    moved = evidence.expected[f"parameter:{name}"] - state
    factor = _factor(received[name] - state, moved)
    if factor > 0 and _follows(evidence, rate=rate * factor, decay=decay):
        yield Cause(
            name="learning_rate",
            says=f"the learning rate is {factor:.6g} times what was asked for",
        )


def _follows(
    evidence: Evidence, *, rate: float, decay: float, times: float = 1.0
) -> bool:
    """Whether every parameter moved by this rate, decay and multiple of a gradient."""
    return all(
        evidence.near(
            evidence.received[f"parameter:{name}"],
            p - rate * (times * evidence.expected[f"gradient:{name}"] + decay * p),
            name=f"parameter:{name}",
        )
        for name, p in evidence.state.items()
    )


def _wrong_parameter(evidence: Evidence) -> Iterator[Cause]:
    """One parameter used where another of its shape belongs."""
    if _loss_agrees(evidence):
        return
    for name, array in evidence.state.items():
        for other, taken in evidence.state.items():
            if other == name or taken.shape != array.shape:
                continue
            mistaken = {**evidence.state, name: taken}
            alternative = evidence.run(evidence.workload.reference, state=mistaken)
            received = evidence.received["loss"]
            if evidence.near(received, alternative["loss"], name="loss"):
                yield Cause(
                    name="wrong_parameter", says=f"{other} is used in place of {name}"
                )


def _rounded_to_float32(evidence: Evidence) -> Iterator[Cause]:
    """In float64, errors of the size that float32 leaves: told by that size alone."""
    if evidence.dtype != "float64":
        return
    errors = [
        float(np.abs(array - evidence.expected[name]).max() / scale)
        for name, array in evidence.received.items()
        if name in evidence.expected
        and (scale := float(np.abs(evidence.expected[name]).max()))
    ]
    if FLOAT32[0] <= max(errors, default=0.0) <= FLOAT32[1]:
        yield Cause(
            name="float32_rounding",
            says="the error has the size of float32's rounding: perhaps a tensor was "
            "cast to float32, or made in it",
        )


PATTERNS = (
    _remembering_optimizer,
    _wrong_update,
    _scaled_gradients,
    _another_batch,
    _early_update,
    _wrong_parameter,
)


def _loss_agrees(evidence: Evidence) -> bool:
    return evidence.near(
        evidence.received["loss"], evidence.expected["loss"], name="loss"
    )


def _rates(evidence: Evidence) -> tuple[float, float]:
    optimizer = evidence.workload.optimizer
    return optimizer.learning_rate, optimizer.weight_decay


def _factor(received: Array, expected: Array) -> float:
    """The multiple of what was expected that comes nearest to what was received."""
    square = float(np.vdot(expected, expected))
    return float(np.vdot(expected, received)) / square if square else float("nan")
