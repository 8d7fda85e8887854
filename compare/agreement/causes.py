"""Find the likely cause of a disagreement by testing known mistakes, one by one.

A mistake is an alternative reference: the same step with one error in it. It is
reported as the cause if it reproduces every received tensor within rounding. There are
two exceptions: an update with an older gradient, and a parameter used in place of
another one, are recognised by the loss that they lead to (and the update also by the
parameters after it).

The mistakes are the workload's quirks (`ReferencedWorkload.respelled`) and errors of
training loops that are independent of the workload. The first match is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from compare import quirks, workloads
from compare.agreement.evaluation import as_float64
from compare.contract import LOSS, Quantity, TensorKind, tensor_kind
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

OTHER_BATCHES = 20  # the first batches, which are tried in place of a step's own
REPEATS = (2, 3)  # numbers of steps over which gradients may have accumulated
FLOAT32 = (2.0**-30, 2.0**-20)  # range of relative errors that float32 leaves
# Tolerance of a fitted factor. It is far above the rounding errors of a fit, which
# averages over a whole tensor, and far below any factor that a mistake introduces.
FACTOR_TOLERANCE = 1e-4


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A mistake that reproduces what was received."""

    name: str
    explanation: str  # one sentence, without a full stop


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A disagreement, with everything that is needed to repeat its step."""

    workload: ReferencedWorkload
    dtype: Dtype
    disagreement: Disagreement

    @cached_property
    def expected(self) -> Arrays:
        """The tensors that the reference computed."""
        return load_arrays(self.disagreement.expected.arrays)

    @property
    def received(self) -> Arrays:
        """The tensors that the variant computed."""
        return self.disagreement.received

    @property
    def step(self) -> int:
        """The step that disagrees."""
        return self.disagreement.expected.step

    @cached_property
    def state(self) -> Arrays:
        """The parameters that were loaded before the step, or before the trajectory."""
        return as_float64(load_arrays(self.disagreement.expected.state))

    def batch(self, step: int) -> Batch:
        """Return the batch of a step."""
        stream = workloads.stream(self.workload, dtype=self.dtype)
        return as_float64(next(islice(stream, step, None)))

    def run_reference(
        self,
        reference: Reference,
        *,
        state: Arrays | None = None,
        memory: Mapping[str, Array] = {},
        step: int | None = None,
    ) -> dict[str, Array]:
        """Return the tensors that a reference computes at the step that disagrees.

        Args:
            reference: the workload's own or an alternative one.
            state: parameters to start from, if not the loaded ones.
            memory: state of the optimizer to start from.
            step: the step whose batch is used, if not the step's own.
        """
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

    def is_explained_by(self, alternative: Arrays) -> bool:
        """Return whether an alternative step reproduces every received tensor."""
        return all(
            self.is_near(received, alternative.get(name), name=name)
            for name, received in self.received.items()
            if name in self.expected
        )

    def is_near(self, received: Array, alternative: Any, *, name: str) -> bool:  # noqa: ANN401
        """Return whether a tensor equals an alternative one, within rounding.

        The tolerance was computed for the expected tensor. It is scaled up where the
        alternative is larger, because rounding errors grow with magnitude.
        """
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

    def has_expected_loss(self) -> bool:
        """Return whether the loss agrees."""
        return self.is_near(self.received[LOSS], self.expected[LOSS], name=LOSS)


def find_cause(evidence: Evidence) -> Cause | None:
    """Return the first mistake that explains a disagreement; None if none does."""
    return next(_find_causes(evidence), None)


def _find_causes(evidence: Evidence) -> Iterator[Cause]:
    # Alternatives may overflow or divide by zero; they then explain nothing.
    with np.errstate(all="ignore"):
        yield from _find_other_spelling(evidence)
        if evidence.disagreement.expected.check is Check.STEP:
            for pattern in PATTERNS:
                yield from pattern(evidence)
        yield from _find_float32_rounding(evidence)


def _find_other_spelling(evidence: Evidence) -> Iterator[Cause]:
    """Test the other spelling of each quirk."""
    for name, reference in evidence.workload.respelled.items():
        try:
            alternative = evidence.run_reference(reference)
        except (CompareError, ArithmeticError, LookupError, TypeError, ValueError):
            continue  # the spelling does not fit the shapes of this workload
        if evidence.is_explained_by(alternative):
            yield Cause(name=name, explanation=quirks.find_quirk(name).title)


def _find_another_batch(evidence: Evidence) -> Iterator[Cause]:
    """Test whether the step used the batch of another step."""
    for step in range(OTHER_BATCHES):
        if step == evidence.step:
            continue
        alternative = evidence.run_reference(evidence.workload.reference, step=step)
        if evidence.is_explained_by(alternative):
            yield Cause(
                name="another_batch",
                explanation=f"step {evidence.step} used the batch of step {step}",
            )


def _find_kept_optimizer_state(evidence: Evidence) -> Iterator[Cause]:
    """Test whether the optimizer's state was not reset when parameters were loaded.

    The state then contains the steps of the checks themselves. `Session.snapshot` runs
    two steps per call, and the first state is visited by two snapshots: the check and
    its repetition. The disagreeing snapshot has run one step before its own.
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
    if not memory:
        return
    if evidence.is_explained_by(evidence.run_reference(reference, memory=memory)):
        yield Cause(
            name="optimizer_not_reset",
            explanation="the optimizer's state was not reset when the parameters were "
            "loaded",
        )


def _find_early_update(evidence: Evidence) -> Iterator[Cause]:
    """Test whether an older gradient updated the parameters before the forward pass.

    Two things must hold: the loss is that of parameters moved by an older gradient, and
    the final parameters follow from the loaded ones and the received gradients.
    """
    if _has_spelled_optimizer(evidence) or evidence.has_expected_loss():
        return
    rate, decay = _optimizer_rates(evidence)
    after = _update(evidence.state, evidence.received, rate=rate, decay=decay)
    keeps_update_rule = all(
        evidence.is_near(evidence.received[key], array, name=key)
        for key, array in after.items()
    )
    if not keeps_update_rule:
        return
    older = [evidence.expected] + [
        load_arrays(passed.arrays) for passed in evidence.disagreement.before
    ]
    for tensors in older:
        moved = _update(evidence.state, tensors, rate=rate, decay=decay)
        state = {name: moved[_parameter_key(name)] for name in evidence.state}
        alternative = evidence.run_reference(evidence.workload.reference, state=state)
        if evidence.is_near(evidence.received[LOSS], alternative[LOSS], name=LOSS):
            yield Cause(
                name="update_before_backward",
                explanation="the parameters were updated with an older gradient before "
                "the forward pass",
            )


def _find_scaled_gradients(evidence: Evidence) -> Iterator[Cause]:
    """Test whether gradients, and perhaps the loss, are multiples of the expected ones.

    A factor is fitted to each gradient by least squares. The pattern of the factors
    distinguishes the mistakes:

    - the same factor for all gradients and the loss: another reduction of the loss;
    - the same whole factor for all gradients, but not for the loss: gradients that
      accumulate from call to call;
    - a factor of -1 or 0 for single gradients: negated or missing gradients.
    """
    factors = {
        key: _fit_factor(evidence.received[key], evidence.expected[key])
        for key in evidence.received
        # No factor can be fitted to a gradient of zeros.
        if tensor_kind(key) == TensorKind.GRADIENT and evidence.expected[key].any()
    }
    # A least-squares factor exists for any two tensors. It means something only if the
    # scaled gradients reproduce the received ones.
    are_multiples = all(
        evidence.is_near(
            evidence.received[key], factor * evidence.expected[key], name=key
        )
        for key, factor in factors.items()
    )
    if not are_multiples:
        return
    changed = {key: f for key, f in factors.items() if not _is_close(f, 1)}
    if not changed:
        return
    common = float(np.median(list(factors.values())))
    # If all of several gradients have changed, a common mistake is more likely than one
    # mistake per gradient. A single gradient may have either.
    if len(changed) < len(factors) or len(factors) == 1:
        for key, factor in changed.items():
            if np.isclose(factor, -1):
                yield Cause(name="negated_gradient", explanation=f"{key} is negated")
            if np.isclose(factor, 0, atol=1e-9):
                yield Cause(name="missing_gradient", explanation=f"{key} is zero")
    if all(_is_close(factor, common) for factor in factors.values()):
        of_loss = _fit_factor(evidence.received[LOSS], evidence.expected[LOSS])
        if _is_close(of_loss, common):
            yield Cause(
                name="loss_reduction",
                explanation=f"loss and gradients are {common:.6g} times the expected "
                "ones: "
                + (
                    "a sum instead of a mean"
                    if common > 1
                    else "a mean instead of a sum, or a mean over more axes"
                ),
            )
        elif _is_close(common, round(common)) and common > 1:
            yield Cause(
                name="gradients_not_zeroed",
                explanation=f"gradients are {round(common)} times the expected ones: "
                "they accumulate from call to call",
            )


def _find_wrong_update(evidence: Evidence) -> Iterator[Cause]:
    """Test whether only updated parameters disagree, and loss and gradients agree."""
    if _has_spelled_optimizer(evidence):
        return
    disagreeing = [
        Quantity.parse(key)
        for key, array in evidence.received.items()
        if key in evidence.expected
        and not evidence.is_near(array, evidence.expected[key], name=key)
    ]
    if not disagreeing or any(q.kind is not TensorKind.PARAMETER for q in disagreeing):
        return
    wrong = [quantity.name for quantity in disagreeing]
    rate, decay = _optimizer_rates(evidence)
    if decay and _matches_update(evidence, rate=rate, decay=0.0):
        yield Cause(
            name="weight_decay_left_out", explanation="no weight decay was applied"
        )
    for times in REPEATS:
        if _matches_update(evidence, rate=rate, decay=decay, times=times):
            yield Cause(
                name="gradients_not_zeroed",
                explanation=f"the update used {times} times the gradient: gradients "
                f"accumulate from call to call, or the learning rate is {times} times "
                "too large",
            )
    received = {name: evidence.received[_parameter_key(name)] for name in wrong}
    if all(np.array_equal(received[name], evidence.state[name]) for name in wrong):
        names = join_words(wrong, conjunction="and")
        verb = "is" if len(wrong) == 1 else "are"
        yield Cause(
            name="frozen_parameter", explanation=f"{names} {verb} never updated"
        )
    name, state = wrong[0], evidence.state[wrong[0]]
    moved = evidence.expected[_parameter_key(name)] - state
    factor = _fit_factor(received[name] - state, moved)
    if factor > 0 and _matches_update(evidence, rate=rate * factor, decay=decay):
        yield Cause(
            name="learning_rate",
            explanation=f"the learning rate is {factor:.6g} times the requested one",
        )


def _find_wrong_parameter(evidence: Evidence) -> Iterator[Cause]:
    """Test whether one parameter is used in place of another one of its shape."""
    if evidence.has_expected_loss():
        return
    for name, array in evidence.state.items():
        for other, taken in evidence.state.items():
            if other == name or taken.shape != array.shape:
                continue
            mistaken = {**evidence.state, name: taken}
            alternative = evidence.run_reference(
                evidence.workload.reference, state=mistaken
            )
            if evidence.is_near(evidence.received[LOSS], alternative[LOSS], name=LOSS):
                yield Cause(
                    name="wrong_parameter",
                    explanation=f"{other} is used in place of {name}",
                )


def _find_float32_rounding(evidence: Evidence) -> Iterator[Cause]:
    """Test whether float64 errors have the size of float32's rounding.

    The size is the only evidence, so this is tested last.
    """
    if evidence.dtype != "float64":
        return
    errors = [
        float(np.abs(array - evidence.expected[key]).max() / scale)
        for key, array in evidence.received.items()
        if key in evidence.expected
        and (scale := float(np.abs(evidence.expected[key]).max()))
    ]
    if FLOAT32[0] <= max(errors, default=0.0) <= FLOAT32[1]:
        yield Cause(
            name="float32_rounding",
            explanation="the error has the size of float32's rounding: perhaps a "
            "tensor was created in float32 or converted to it",
        )


# In the order in which they are tested. Of the mistakes that reproduce the same
# tensors, the first one is reported.
PATTERNS = (
    _find_kept_optimizer_state,
    _find_wrong_update,
    _find_scaled_gradients,
    _find_another_batch,
    _find_early_update,
    _find_wrong_parameter,
)


def _gradient_key(name: str) -> str:
    return str(Quantity(TensorKind.GRADIENT, name))


def _parameter_key(name: str) -> str:
    return str(Quantity(TensorKind.PARAMETER, name))


def _update(
    state: Arrays, tensors: Arrays, *, rate: float, decay: float, times: float = 1.0
) -> dict[str, Array]:
    """Return the parameters after gradient descent with a multiple of the gradients."""
    return {
        _parameter_key(name): p
        - rate * (times * tensors[_gradient_key(name)] + decay * p)
        for name, p in state.items()
    }


def _matches_update(
    evidence: Evidence, *, rate: float, decay: float, times: float = 1.0
) -> bool:
    """Return whether all parameters follow from this update rule."""
    after = _update(
        evidence.state, evidence.expected, rate=rate, decay=decay, times=times
    )
    return all(
        evidence.is_near(evidence.received[key], array, name=key)
        for key, array in after.items()
    )


def _has_spelled_optimizer(evidence: Evidence) -> bool:
    """Return whether the optimizer is a spelling of a quirk, with rates of its own."""
    return "." in evidence.workload.optimizer.name


def _optimizer_rates(evidence: Evidence) -> tuple[float, float]:
    """Return learning rate and weight decay."""
    optimizer = evidence.workload.optimizer
    return optimizer.learning_rate, optimizer.weight_decay


def _is_close(one: float, other: float) -> bool:
    return bool(np.isclose(one, other, rtol=FACTOR_TOLERANCE))


def _fit_factor(received: Array, expected: Array) -> float:
    """Return the factor of `expected` that fits `received` best, by least squares."""
    square = float(np.vdot(expected, expected))
    return float(np.vdot(expected, received)) / square if square else float("nan")
